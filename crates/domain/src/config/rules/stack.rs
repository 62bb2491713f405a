//! `[stack]`: a name that every other name can hold, and a region.

use super::Problems;
use crate::config::StackSettings;
use crate::config::ids::check_managed_policy;
use crate::partition::Partition;

pub(super) fn check(stack: &StackSettings, problems: &mut Problems) {
    let name = stack.name.as_bytes();
    let name_ok = (1..=20).contains(&name.len())
        && name[0].is_ascii_lowercase()
        && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && !stack.name.ends_with('-');
    let allowed = "must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it \
        becomes part of bucket names";
    problems.require(name_ok, "stack.name", &stack.name, allowed);
    let reserved = super::bucket_name::reserved_beginning(&stack.name);
    if let Some(beginning) = reserved {
        problems.add(
            "stack.name",
            &stack.name,
            format!("must not begin with {beginning}: S3 keeps bucket names that do for itself"),
        );
    }
    // "Cannot start with sg-" (EC2 API reference, `CreateSecurityGroup`, `GroupName`): ours begin
    // with the stack's name.
    if stack.name == "sg" || stack.name.starts_with("sg-") {
        let why =
            "must not be sg or begin with sg-: EC2 takes names of security groups that do for ids";
        problems.add("stack.name", &stack.name, why.to_owned());
    }
    let allowed = "must be a region such as eu-central-1; `aws account list-regions` knows yours";
    problems.require(is_region(&stack.region), "stack.region", &stack.region, allowed);
    if let Some(arn) = &stack.permissions_boundary_arn
        && let Err(message) = check_managed_policy(arn, &stack.region)
    {
        problems.add_with("stack.permissions_boundary_arn", arn, &["stack.region"], message);
    }
    if is_region(&stack.region) && Partition::of_region(&stack.region).is_none() {
        let why = "must be in one of the partitions aws, aws-cn, aws-us-gov and aws-eusc: the \
            names of others are not public";
        problems.add("stack.region", &stack.region, why.to_owned());
    }
}

fn is_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let [words @ .., number] = &parts[..] else { return false };
    words.len() >= 2
        && words
            .iter()
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
