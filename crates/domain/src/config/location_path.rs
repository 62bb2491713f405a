//! The paths of DataSync's locations: a directory of the file system, a prefix of the bucket.
//!
//! Sources: DataSync API model 2018-11-09 (`Subdirectory`: `^[a-zA-Z0-9_\-\+\./\(\)\p{Zs}]*$`, at
//! most 4,096 characters); DataSync User Guide, "Configuring transfers with Amazon S3": objects
//! whose prefix begins with `/` or holds `//`, `/./` or `/../` can't be transferred.

const MAX_CHARACTERS: usize = 4096;
/// S3 User Guide, "Naming Amazon S3 objects".
const MAX_KEY_BYTES: usize = 1024;

/// Checks a directory of the source.
pub(crate) fn check_folder(path: &str) -> Result<(), String> {
    if !path.starts_with('/') || !path.ends_with('/') {
        return Err(
            "must begin and end in /: it is a directory, seen from the top of the file system"
                .to_owned(),
        );
    }
    check_both(path)
}

/// Checks a prefix of the destination.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), String> {
    if prefix.starts_with('/') {
        return Err(
            "must not begin with /: DataSync can't transfer objects below such a prefix".to_owned()
        );
    }
    if !prefix.is_empty() && !prefix.ends_with('/') {
        return Err("must be empty or end in /: a prefix names a directory".to_owned());
    }
    if prefix.len() >= MAX_KEY_BYTES {
        return Err(
            "must be shorter than 1,024 bytes: an object's whole key has no more".to_owned()
        );
    }
    check_both(prefix)
}

fn check_both(path: &str) -> Result<(), String> {
    if let Some(c) = path.chars().find(|c| !is_allowed(*c)) {
        return Err(format!(
            "must not contain {c:?}: DataSync accepts only A-Z a-z 0-9 _ - + . / ( ) and spaces"
        ));
    }
    if path.contains("//") || path.split('/').any(|part| part == "." || part == "..") {
        return Err(
            "must not contain //, /./ or /../: DataSync can't transfer such paths".to_owned()
        );
    }
    if path.chars().count() > MAX_CHARACTERS {
        return Err("must be at most 4,096 characters: DataSync takes no more".to_owned());
    }
    Ok(())
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-+./()".contains(c) || is_space_separator(c)
}

/// Unicode's category Zs: its white space without tabs and line breaks.
fn is_space_separator(c: char) -> bool {
    c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_datasync_can_transfer() {
        for folder in ["/", "/a/", "/a b/c.d/(1)/", "/...\u{3000}/"] {
            assert_eq!(check_folder(folder), Ok(()), "{folder}");
        }
        for prefix in ["", "a/", "a b/c.d/(1)/", ".../"] {
            assert_eq!(check_prefix(prefix), Ok(()), "{prefix}");
        }
    }

    const NO_FOLDERS: [&str; 10] =
        ["", "a/", "/a", "/./", "/a/../b/", "//", "/a:b/", "/ä/", "/a\tb/", "/a\u{2028}b/"];

    #[test]
    fn what_it_can_not() {
        let long = format!("/{}/", "a".repeat(MAX_CHARACTERS));
        for folder in NO_FOLDERS {
            assert!(check_folder(folder).is_err(), "{folder}");
        }
        assert!(check_folder(&long).is_err(), "{long}");
        let longer_than_a_key = &long[long.len() - 1025..];
        for prefix in ["/", "/a/", "a", "./", "a/../", "a//b/", "date=1/", longer_than_a_key] {
            assert!(check_prefix(prefix).is_err(), "{prefix}");
        }
    }
}
