//! The names of S3's general purpose buckets.
//!
//! Source: S3 User Guide, "General purpose bucket naming rules".

const RESERVED_BEGINNINGS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Endings of other names in the place of a bucket's name, none of which can be a destination.
const RESERVED_ENDINGS: [(&str, &str); 5] = [
    ("-s3alias", "the alias of an access point"),
    ("--ol-s3", "the alias of an Object Lambda access point"),
    (".mrap", "a Multi-Region Access Point"),
    ("--x-s3", "a directory bucket, which has no versions"),
    ("--table-s3", "a table bucket"),
];

/// Checks the name of an existing bucket.
pub(super) fn check_bucket_name(name: &str) -> Result<(), String> {
    if name.starts_with("arn:") || name.starts_with("s3://") {
        return Err("must be only the name, without arn:aws:s3::: or s3:// before it".to_owned());
    }
    if !(3..=63).contains(&name.len()) {
        return Err(format!(
            "must have 3 to 63 characters, not {}: a rule of S3 for bucket names",
            name.len()
        ));
    }
    check_characters(name)?;
    if let Some(beginning) = reserved_beginning(name) {
        return Err(format!("must not begin with {beginning}: S3 reserves such names"));
    }
    let reserved = RESERVED_ENDINGS.iter().find(|(ending, _)| name.ends_with(ending));
    reserved.map_or(Ok(()), |(_, other)| {
        Err(format!("must be a general purpose bucket: this is the name of {other}"))
    })
}

fn check_characters(name: &str) -> Result<(), String> {
    let is_inner = |byte: u8| is_outer(byte) || matches!(byte, b'-' | b'.');
    if !name.bytes().all(is_inner) {
        return Err("must contain only a-z, 0-9, - and .: a rule of S3 for bucket names".to_owned());
    }
    let ends = [name.bytes().next(), name.bytes().last()];
    if !ends.into_iter().flatten().all(is_outer) {
        return Err(
            "must begin and end with one of a-z and 0-9: a rule of S3 for bucket names".to_owned()
        );
    }
    if name.contains("..") {
        return Err("must not contain two dots in a row: a rule of S3 for bucket names".to_owned());
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("must not look like an IP address: a rule of S3 for bucket names".to_owned());
    }
    Ok(())
}

pub(in crate::config) fn reserved_beginning(name: &str) -> Option<&'static str> {
    RESERVED_BEGINNINGS.into_iter().find(|beginning| name.starts_with(beginning))
}

fn is_outer(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_s3_takes() {
        for good in [
            "abc",
            "backup-2026",
            "my.files.example.com",
            "1.2.3",
            "a--b",
            "s3alias",
            &"a".repeat(63),
        ] {
            assert_eq!(check_bucket_name(good), Ok(()), "{good}");
        }
    }

    const NO_BUCKET_NAMES: [&str; 18] = [
        "",
        "ab",
        "A-bucket",
        "a_bucket",
        "-ab",
        "ab-",
        ".ab",
        "a..b",
        "192.168.5.4",
        "xn--a",
        "sthree-a",
        "amzn-s3-demo-a",
        "a-s3alias",
        "a--ol-s3",
        "a.mrap",
        "a--x-s3",
        "a--table-s3",
        "bücket",
    ];

    #[test]
    fn what_s3_refuses() {
        for bad in NO_BUCKET_NAMES {
            assert!(check_bucket_name(bad).is_err(), "{bad}");
        }
        assert!(check_bucket_name(&"a".repeat(64)).is_err());
    }
}
