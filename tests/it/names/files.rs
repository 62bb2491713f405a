//! The files whose names are keys, and those whose names cannot be.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{A_DIRECTORY, FETCHED, LONGEST_KEY, long_path};

/// One file or directory for each name, and a key as long as keys can be. Returns all keys.
pub(super) fn create_files(root: &Path, names: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    let mut folder = String::new();
    for (at, name) in scatter_names(names).enumerate() {
        if at % A_DIRECTORY == A_DIRECTORY - 1 {
            folder = format!("{name}/");
            fs::create_dir(root.join(&folder)).with_context(|| format!("making {folder:?}"))?;
            keys.insert(folder.clone());
            continue;
        }
        let is_fetched = FETCHED.contains(&name.as_str());
        let path = if is_fetched { name.clone() } else { format!("{folder}{name}") };
        fs::write(root.join(&path), format!("content of {name}"))
            .with_context(|| format!("writing {path:?}"))?;
        keys.insert(path);
    }
    keys.extend(create_longest(root)?);
    Ok(keys)
}

/// The names, not in their order, which would put like beside like.
fn scatter_names(names: &BTreeSet<String>) -> impl Iterator<Item = &String> {
    let (first, second): (Vec<_>, Vec<_>) =
        names.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    first.into_iter().chain(second).map(|(_, name)| name)
}

/// Makes the file with the longest key. Returns the keys of its directories and its own.
fn create_longest(root: &Path) -> Result<Vec<String>> {
    let longest = long_path(LONGEST_KEY);
    let mut keys = Vec::new();
    for (at, _) in longest.match_indices('/') {
        fs::create_dir(root.join(&longest[..at]))?;
        keys.push(longest[..=at].to_owned());
    }
    fs::write(root.join(&longest), "a key of 1,024 bytes")?;
    keys.push(longest);
    Ok(keys)
}

/// Makes the files that cannot be keys.
pub(super) fn create_no_keys(root: &Path) -> Result<Vec<PathBuf>> {
    let no_utf8: [&[u8]; 4] = [b"\xff", b"a\xc3(", b"\xed\xa0\x80", b"\xf4\x90\x80\x80 "];
    let longer = root.join(long_path(LONGEST_KEY + 1));
    fs::write(&longer, "too long")?;
    let mut made = vec![longer];
    for name in no_utf8 {
        let path = root.join(OsStr::from_bytes(name));
        fs::write(&path, "no UTF-8")?;
        made.push(path);
    }
    Ok(made)
}
