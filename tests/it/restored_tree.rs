//! The tree that the tests of restore copy, edit and compare.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
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
    for (number, name) in [
        "a/one.txt",
        "a/deep/two",
        "a/deep/er/three",
        "Größe – 漢字.txt",
        "with,comma",
        "say \"hi\"",
        "1+1=2 & 50%",
        "empty",
    ]
    .iter()
    .enumerate()
    {
        let path = root.join(name);
        fs::write(
            &path,
            if *name == "empty" { String::new() } else { format!("{name}\n").repeat(number + 1) },
        )?;
        fs::set_permissions(
            &path,
            Permissions::from_mode([0o640, 0o600, 0o755, 0o444][number % 4]),
        )?;
        // The first one before 1970.
        let seconds = if number == 0 { -86_400 } else { 1_600_000_000 + i64::try_from(number)? };
        let time = filetime::FileTime::from_unix_time(seconds, 250_000_000);
        filetime::set_file_mtime(&path, time)?;
        // Owners are changed where we may.
        let _ = std::os::unix::fs::lchown(&path, Some(1000 + u32::try_from(number)?), Some(2000));
    }
    symlink("a/one.txt", root.join("link"))?;
    let time = filetime::FileTime::from_unix_time(LINK_TIME, 5);
    filetime::set_symlink_file_times(root.join("link"), time, time)?;
    // The deepest first: what is made within a directory changes its time.
    for (number, name) in
        ["a/deep/er", "a/deep", "a", "empty directory/in another", "empty directory"]
            .iter()
            .enumerate()
    {
        let path = root.join(name);
        let _ = std::os::unix::fs::lchown(&path, Some(3000 + u32::try_from(number)?), Some(2000));
        fs::set_permissions(
            &path,
            Permissions::from_mode([0o750, 0o2775, 0o700, 0o1777, 0o555][number]),
        )?;
        let time =
            filetime::FileTime::from_unix_time(1_500_000_000 + i64::try_from(number)?, 123_456_789);
        filetime::set_file_mtime(&path, time)?;
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
