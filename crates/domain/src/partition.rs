//! The partitions of AWS: sets of regions with accounts, ARNs and host names of their own.
//!
//! Source: `partitions.json` of botocore (`regionRegex`, `dnsSuffix`), which all SDKs share; the
//! console of `aws-eusc`: AWS European Sovereign Cloud, "Service endpoints".

/// A partition that a stack can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second part of each ARN.
    pub name: &'static str,
    /// The end of the host names of AWS's services.
    pub dns_suffix: &'static str,
    /// The end of the host name of the console, behind the region.
    pub console_domain: &'static str,
    /// The beginning of the names of VPC endpoint services.
    pub endpoint_prefix: &'static str,
}

/// Its endpoint services for S3 and Systems Manager are named as in `aws` (Amazon VPC in China,
/// "Gateway endpoints"; others begin with `cn.`).
const AWS_CN: Partition = Partition {
    name: "aws-cn",
    dns_suffix: "amazonaws.com.cn",
    console_domain: "console.amazonaws.cn",
    endpoint_prefix: "com.amazonaws",
};

const AWS_US_GOV: Partition = Partition {
    name: "aws-us-gov",
    console_domain: "console.amazonaws-us-gov.com",
    ..Partition::AWS
};

/// The prefix is the reversed DNS suffix; no stack has been deployed there yet.
const AWS_EUSC: Partition = Partition {
    name: "aws-eusc",
    dns_suffix: "amazonaws.eu",
    console_domain: "console.amazonaws-eusc.eu",
    endpoint_prefix: "eu.amazonaws",
};

impl Partition {
    /// The one that most regions are in.
    pub const AWS: Self = Self {
        name: "aws",
        dns_suffix: "amazonaws.com",
        console_domain: "console.aws.amazon.com",
        endpoint_prefix: "com.amazonaws",
    };

    /// The partition of a region; `None` for those closed to the public (`us-iso-east-1`,
    /// `us-isob-east-1`, `eu-isoe-west-1`, `us-isof-south-1`) and for names that no partition has.
    #[must_use]
    pub fn of_region(region: &str) -> Option<Self> {
        let mut parts = region.split('-');
        let (place, next) = (parts.next()?, parts.next()?);
        match (place, next) {
            ("cn", _) => Some(AWS_CN),
            ("us", "gov") => Some(AWS_US_GOV),
            ("eusc", _) => Some(AWS_EUSC),
            (_, closed) if closed.starts_with("iso") => None,
            // A region of tomorrow may be in another country: as the SDKs, `aws` has the rest.
            (country, _) if country.len() == 2 => Some(Self::AWS),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMERCIAL_REGIONS: [&str; 6] = [
        "eu-central-1",
        "us-east-1",
        "mx-central-1",
        "il-central-1",
        "ap-southeast-5",
        "nz-north-1",
    ];

    const CLOSED_REGIONS: [&str; 5] =
        ["us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"];

    #[test]
    fn each_region_is_in_its_partition() {
        let name = |region| Partition::of_region(region).map(|partition| partition.name);
        for region in COMMERCIAL_REGIONS {
            assert_eq!(name(region), Some("aws"), "{region}");
        }
        for region in ["cn-north-1", "cn-northwest-1"] {
            assert_eq!(name(region), Some("aws-cn"), "{region}");
        }
        for region in ["us-gov-west-1", "us-gov-east-1"] {
            assert_eq!(name(region), Some("aws-us-gov"), "{region}");
        }
        assert_eq!(name("eusc-de-east-1"), Some("aws-eusc"));
        for region in CLOSED_REGIONS.into_iter().chain(["local", "", "moon-base-1", "usx-east-1"]) {
            assert_eq!(name(region), None, "{region}");
        }
    }
}
