//! The formats of AWS's identifiers. Only AWS knows whether a resource exists.

use crate::arn::Arn;
use crate::names::Names;

/// Whether it is the prefix and 8 or 17 hexadecimal digits: the old and the new length of EC2's and
/// EFS's ids.
pub(super) fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|hex| matches!(hex.len(), 8 | 17) && hex.bytes().all(is_hexadecimal))
}

/// Whether it is 12 digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is words of a-z, then a number, with - between them. Whether AWS has such a region,
/// [`crate::partition::Partition::of_region`] does not say either.
pub(super) fn is_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    let [words @ .., number] = &parts[..] else { return false };
    words.len() >= 2
        && words
            .iter()
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks the ARN of a KMS key that is used in a region.
///
/// Source: KMS Developer Guide, "Key identifiers":
/// `arn:<partition>:kms:<region>:<account>:key/<id>`, the id a UUID or, of a key in several
/// regions, `mrk-` and 32 hexadecimal digits. An alias could be moved to another key behind our
/// back.
pub(super) fn check_kms_key(arn: &str, region: &str) -> Result<(), String> {
    let partition = Names::new("", "", region).partition();
    let shape = format!("arn:{partition}:kms:{region}:ACCOUNT:key/ID");
    let Some(arn) = Arn::parse(arn).filter(|arn| arn.service == "kms") else {
        return Err(format!(
            "must be the ARN of a KMS key, {shape}: AWS reports a key only by its ARN"
        ));
    };
    if arn.resource.starts_with("alias/") {
        return Err(format!(
            "must be the ARN of the key, {shape}, not of an alias: an alias can be moved to \
                another key"
        ));
    }
    if (arn.partition, arn.region) != (partition, region) {
        return Err(format!(
            "must be the ARN of a key in {region}, {shape}: services use only keys of their own \
                region"
        ));
    }
    if !arn.has_account_id() || !arn.resource.strip_prefix("key/").is_some_and(is_key_id) {
        return Err(format!(
            "must be the ARN of a KMS key, {shape}, with 12 digits and the key's id; see `aws kms \
                list-keys`"
        ));
    }
    Ok(())
}

/// Checks the ARN of a managed policy that is used in a region.
///
/// Source: IAM API reference, `CreatePolicy`: `arn:<partition>:iam::<account>:policy/<path><name>`,
/// the name 1 to 128 of letters, digits and `+=,.@_-`; IAM User Guide, "IAM identifiers": AWS's own
/// have `aws` in place of the account.
pub(super) fn check_managed_policy(arn: &str, region: &str) -> Result<(), String> {
    let partition = Names::new("", "", region).partition();
    let shape = format!("arn:{partition}:iam::ACCOUNT:policy/NAME");
    let Some(arn) = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.region.is_empty())
    else {
        return Err(format!(
            "must be the ARN of a managed policy, {shape}; see `aws iam list-policies`"
        ));
    };
    if arn.partition != partition {
        return Err(format!(
            "must be the ARN of a managed policy in the partition of stack.region, {shape}"
        ));
    }
    let account_ok = arn.account == "aws" || arn.has_account_id();
    if account_ok && is_policy_path(arn.resource) {
        return Ok(());
    }
    Err(format!(
        "must be the ARN of a managed policy, {shape}, with 12 digits and the policy's path and \
            name"
    ))
}

fn is_policy_path(resource: &str) -> bool {
    let path = resource.strip_prefix("policy/").unwrap_or_default();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    let name_ok = (1..=128).contains(&name.len()) && name.bytes().all(allowed);
    let folders_ok =
        path.len() <= 640 && folders.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*');
    name_ok && folders_ok
}

fn is_key_id(id: &str) -> bool {
    if let Some(hex) = id.strip_prefix("mrk-") {
        return hex.len() == 32 && hex.bytes().all(is_hexadecimal);
    }
    let groups: Vec<&str> = id.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(is_hexadecimal))
}

fn is_hexadecimal(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn ids_have_8_or_17_digits() {
        for (text, expected) in [
            ("vpc-0123456789abcdef0", true),
            ("vpc-00000001", true),
            ("vpc-", false),
            ("vpc-0123456789abcdef", false),
            ("vpc-0123456789ABCDEF0", false),
            ("subnet-00000001", false),
        ] {
            assert_eq!(is_id(text, "vpc-"), expected, "{text}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_arn_in_the_region() {
        for good in [
            format!("arn:aws:kms:eu-central-1:111122223333:key/{KEY}"),
            format!("arn:aws:kms:eu-central-1:111122223333:key/mrk-{}", "0".repeat(32)),
        ] {
            assert_eq!(check_kms_key(&good, "eu-central-1"), Ok(()), "{good}");
        }
        let chinese = format!("arn:aws-cn:kms:cn-north-1:111122223333:key/{KEY}");
        assert_eq!(check_kms_key(&chinese, "cn-north-1"), Ok(()));
    }

    const POLICIES: [(&str, &str); 4] = [
        ("arn:aws:iam::111122223333:policy/boundary", "eu-central-1"),
        ("arn:aws:iam::111122223333:policy/teams/storage/boundary", "eu-central-1"),
        ("arn:aws:iam::aws:policy/PowerUserAccess", "eu-central-1"),
        ("arn:aws-cn:iam::111122223333:policy/boundary", "cn-north-1"),
    ];

    const NO_POLICIES: [&str; 9] = [
        "",
        "boundary",
        "arn:aws-cn:iam::111122223333:policy/boundary",
        "arn:aws:iam:eu-central-1:111122223333:policy/boundary",
        "arn:aws:iam::1111:policy/boundary",
        "arn:aws:iam::111122223333:role/boundary",
        "arn:aws:iam::111122223333:policy/",
        "arn:aws:iam::111122223333:policy/a*",
        "arn:aws:iam::111122223333:policy/*/a",
    ];

    #[test]
    fn a_managed_policy_is_named_by_its_arn_in_the_partition() {
        for (arn, region) in POLICIES {
            assert_eq!(check_managed_policy(arn, region), Ok(()), "{arn}");
        }
        for bad in NO_POLICIES {
            assert!(check_managed_policy(bad, "eu-central-1").is_err(), "{bad}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            String::new(),
            KEY.to_owned(),
            "alias/files".to_owned(),
            "arn:aws:kms:eu-central-1:111122223333:alias/files".to_owned(),
            format!("arn:aws:kms:us-east-1:111122223333:key/{KEY}"),
            format!("arn:aws-cn:kms:eu-central-1:111122223333:key/{KEY}"),
            format!("arn:aws:kms:eu-central-1::key/{KEY}"),
            format!("arn:aws:kms:eu-central-1:111122223333:key/{}", &KEY[1..]),
            "arn:aws:kms:eu-central-1:111122223333:key/mrk-0".to_owned(),
        ] {
            assert!(check_kms_key(&bad, "eu-central-1").is_err(), "{bad}");
        }
    }
}
