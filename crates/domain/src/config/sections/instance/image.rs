//! The image: of Ubuntu, or of Amazon Linux 2023 in private mode, whose packages are in S3 and so
//! can be installed without internet access.

use crate::config::ids::is_id;
use crate::config::rule_problems::RuleProblems;

/// Canonical's public parameters are below this path (Ubuntu on AWS documentation, "Find Ubuntu
/// images with the SSM Parameter Store").
const UBUNTU: &str = "/aws/service/canonical/";
/// Amazon's public parameters begin with this path (Amazon Linux 2023 User Guide, "Launching AL2023
/// using the SSM parameter and AWS CLI"). Those of minimal images, `al2023-ami-minimal-…`, are not
/// among them: they have no agent of Systems Manager ("Comparing AL2023 standard (default) and
/// minimal AMIs").
const AMAZON_LINUX: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-";

pub(super) fn check_image(image: &str, in_private_mode: bool, problems: &mut RuleProblems) {
    let is_id = is_id(image, "ami-");
    if in_private_mode {
        let message = "must be an image of Amazon Linux 2023, ami- and 8 or 17 hexadecimal digits, \
            or the SSM parameter of one, \
            /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-…: with network.mode = \
            \"private\" the EFS client can be installed in no other; remove the key for the newest";
        if !is_id && !is_parameter(image, AMAZON_LINUX) {
            problems.add_combined("instance.image", image, &["network.mode"], message);
        }
        return;
    }
    let allowed = "must be an image of Ubuntu, ami- and 8 or 17 hexadecimal digits, or the SSM \
        parameter of one, /aws/service/canonical/…; remove the key for the newest";
    problems.require_value(is_id || is_parameter(image, UBUNTU), "instance.image", image, allowed);
}

fn is_parameter(text: &str, path: &str) -> bool {
    let is_rest = |rest: &str| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.ends_with('/')
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    };
    text.strip_prefix(path).is_some_and(is_rest)
}
