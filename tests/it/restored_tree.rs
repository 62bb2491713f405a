//! The tree that the tests of restore copy, edit and compare.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::random_tree::{Snapshot, first_difference, read_snapshot};

/// S3 tells versions apart by the second.
pub(crate) const NEXT_SECOND: Duration = Duration::from_millis(1_100);
/// The time of a link in the tree, in 1960.
pub(crate) const LINK_TIME: i64 = -315_619_200;

pub(crate) fn require_equal(expected: &Snapshot, root: &Path, what: &str) -> Result<()> {
    let differs = first_difference(expected, &read_snapshot(root)?);
    ensure!(differs.is_none(), "{what} differs: {}", differs.unwrap_or_default());
    Ok(())
}

pub(crate) fn create_tree(root: &Path) -> Result<()> {
    fs::create_dir_all(root.join("a/deep/er"))?;
    fs::create_dir_all(root.join("empty directory/in another"))?;
    fs::create_dir(root.join("kind"))?;
    fs::write(root.join("kind/x"), "x")?;
    fs::write(root.join("kind/y"), "y")?;
    create_files(root)?;
    symlink("a/one.txt", root.join("link"))?;
    let time = filetime::FileTime::from_unix_time(LINK_TIME, 5);
    filetime::set_symlink_file_times(root.join("link"), time, time)?;
    set_directory_metadata(root)
}

const NAMES: [&str; 8] = [
    "a/one.txt",
    "a/deep/two",
    "a/deep/er/three",
    "Größe – 漢字.txt",
    "with,comma",
    "say \"hi\"",
    "1+1=2 & 50%",
    "empty",
];

fn create_files(root: &Path) -> Result<()> {
    for (number, name) in NAMES.into_iter().enumerate() {
        let path = root.join(name);
        let lines = if name == "empty" { 0 } else { number + 1 };
        fs::write(&path, format!("{name}\n").repeat(lines))?;
        let mode = [0o640, 0o600, 0o755, 0o444][number % 4];
        fs::set_permissions(&path, Permissions::from_mode(mode))?;
        // The first one before 1970.
        let seconds = if number == 0 { -86_400 } else { 1_600_000_000 + i64::try_from(number)? };
        let time = filetime::FileTime::from_unix_time(seconds, 250_000_000);
        filetime::set_file_mtime(&path, time)?;
        // Owners are changed where we may.
        let _ = lchown(&path, Some(1000 + u32::try_from(number)?), Some(2000));
    }
    Ok(())
}

/// The deepest directory first: a new entry changes the time of its directory.
fn set_directory_metadata(root: &Path) -> Result<()> {
    const DIRECTORIES: [(&str, u32); 5] = [
        ("a/deep/er", 0o750),
        ("a/deep", 0o2775),
        ("a", 0o700),
        ("empty directory/in another", 0o1777),
        ("empty directory", 0o555),
    ];
    for (number, (name, mode)) in DIRECTORIES.into_iter().enumerate() {
        let path = root.join(name);
        let _ = lchown(&path, Some(3000 + u32::try_from(number)?), Some(2000));
        fs::set_permissions(&path, Permissions::from_mode(mode))?;
        let seconds = 1_500_000_000 + i64::try_from(number)?;
        filetime::set_file_mtime(&path, filetime::FileTime::from_unix_time(seconds, 123_456_789))?;
    }
    Ok(())
}

pub(crate) fn edit_tree(root: &Path) -> Result<()> {
    fs::write(root.join("a/one.txt"), "changed")?;
    fs::remove_file(root.join("with,comma"))?;
    fs::rename(root.join("a/deep/two"), root.join("a/deep/renamed"))?;
    fs::write(root.join("added"), "added")?;
    fs::remove_dir_all(root.join("kind"))?;
    fs::write(root.join("kind"), "a file now")?;
    Ok(())
}
