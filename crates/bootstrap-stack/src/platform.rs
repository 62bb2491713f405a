//! The operating system of the instance: Ubuntu, or Amazon Linux 2023 where there is no internet
//! access. The packages of Amazon Linux are in a bucket of each region and so come through the S3
//! gateway endpoint, and its image contains the agent of Systems Manager ([decision 14]).
//!
//! [decision 14]: ../../../docs/decisions/0014-private-network.md

use domain::config::NetworkConfig;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Ubuntu,
    AmazonLinux,
}

/// Canonical's public parameters (Ubuntu on AWS documentation, "Find Ubuntu images with the SSM
/// Parameter Store").
const UBUNTU: &str = "/aws/service/canonical/ubuntu/server/24.04/stable/current";
/// Amazon's public parameters (Amazon Linux 2023 User Guide, "Launching AL2023 using the SSM
/// parameter and AWS CLI").
const AMAZON_LINUX: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default";

impl Platform {
    pub(crate) fn for_network(network: &NetworkConfig) -> Self {
        if network.is_private() { Self::AmazonLinux } else { Self::Ubuntu }
    }

    /// The image for `RunInstances`: an image id, or the parameter that contains one.
    pub(crate) fn image_reference(self, configured: Option<&str>, instance_type: &str) -> String {
        let image = configured.map_or_else(|| self.newest_image(instance_type), str::to_owned);
        if image.starts_with("ami-") { image } else { format!("resolve:ssm:{image}") }
    }

    fn newest_image(self, instance_type: &str) -> String {
        let is_graviton = is_graviton(instance_type);
        match self {
            Self::Ubuntu => {
                let architecture = if is_graviton { "arm64" } else { "amd64" };
                format!("{UBUNTU}/{architecture}/hvm/ebs-gp3/ami-id")
            }
            Self::AmazonLinux => {
                let architecture = if is_graviton { "arm64" } else { "x86_64" };
                format!("{AMAZON_LINUX}-{architecture}")
            }
        }
    }

    /// The device name of the root volume. It differs by image (EC2 User Guide, "Device names for
    /// volumes on Amazon EC2 instances").
    pub(crate) fn root_device(self) -> &'static str {
        match self {
            Self::Ubuntu => "/dev/sda1",
            Self::AmazonLinux => "/dev/xvda",
        }
    }
}

/// Whether the type has Graviton processors. Families with a `g` behind the generation do: `t4g`,
/// `m7gd`, `c6gn` (EC2 User Guide, "Instance type naming conventions"); `a1` came before that rule.
fn is_graviton(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or(instance_type);
    let attributes = family
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .trim_start_matches(|c: char| c.is_ascii_digit());
    family == "a1" || attributes.starts_with('g')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_fits_the_processor() {
        for arm in
            ["t4g.micro", "m7gd.large", "c6gn.xlarge", "a1.medium", "im4gn.large", "x2gd.medium"]
        {
            assert!(is_graviton(arm), "{arm}");
        }
        for intel_or_amd in
            ["t3.micro", "m7i.large", "g5.xlarge", "c6a.large", "u-6tb1.metal", "mac2.metal"]
        {
            assert!(!is_graviton(intel_or_amd), "{intel_or_amd}");
        }
    }

    #[test]
    fn a_configured_image_is_used_and_the_newest_otherwise() {
        let reference = |platform: Platform, image, of| platform.image_reference(image, of);
        for platform in [Platform::Ubuntu, Platform::AmazonLinux] {
            assert_eq!(reference(platform, Some("ami-0123"), "t3.micro"), "ami-0123");
            assert_eq!(reference(platform, Some("/aws/x"), "t3.micro"), "resolve:ssm:/aws/x");
        }
        let newest = ["t4g.micro", "t3.micro"].map(|of| {
            [Platform::Ubuntu, Platform::AmazonLinux]
                .map(|platform| reference(platform, None, of))
                .join("\n")
        });
        insta::assert_snapshot!(newest.join("\n"), @"
        resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id
        resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64
        resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id
        resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
        ");
    }
}
