//! The tree of the demo: small, but with everything that trips up a copy.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use anyhow::Result;
use filetime::FileTime;

/// Plain files, in nested folders.
const PLAIN_FILES: usize = 1_190;
/// 64 MiB: large enough for a multipart upload.
const LARGE_FILE: usize = 64 << 20;

/// Files, directories and links that [`create_tree`] makes, without the root.
pub const ENTRIES: usize = PLAIN_FILES + FOLDERS + SPECIAL;
/// 5 departments of 8 years each, and the departments themselves.
const FOLDERS: usize = 5 * 8 + 5;
/// Two empty directories (one nested in the other), an empty file, three odd names, a symbolic
/// link, two names of one hard link, the large file.
const SPECIAL: usize = 10;

/// The changes that the second sync has to find.
#[derive(Clone, Debug)]
pub struct Edits {
    pub changed: Vec<String>,
    pub added: Vec<String>,
    pub deleted: Vec<String>,
}

fn create_report(root: &Path, number: usize) -> Result<()> {
    let folder = root.join(format!("department-{}/{}", number % 5, 2018 + number % 8));
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("report-{number:04}.txt"));
    fs::write(&path, format!("report {number}\n").repeat(1 + number % 97))?;
    let mode = [0o644, 0o600, 0o755, 0o640][number % 4];
    fs::set_permissions(&path, Permissions::from_mode(mode))?;
    // A whole number of milliseconds: finer times are compared only where both sides have them.
    let time = FileTime::from_unix_time(1_700_000_000 + i64::try_from(number)?, 250_000_000);
    Ok(filetime::set_file_mtime(&path, time)?)
}

/// Makes the tree below `root`. The same call makes the same tree, times included.
///
/// # Errors
/// When a file cannot be made.
pub fn create_tree(root: &Path) -> Result<()> {
    for number in 0..PLAIN_FILES {
        create_report(root, number)?;
    }
    fs::create_dir_all(root.join("empty/also empty"))?;
    fs::write(root.join("nothing in it"), "")?;
    fs::write(root.join("name with spaces.txt"), "spaces\n")?;
    fs::write(root.join("Größe – maß.txt"), "letters beyond ASCII\n")?;
    fs::write(root.join("1+1=2 & more (50%).txt"), "signs that URLs give a meaning\n")?;
    symlink("name with spaces.txt", root.join("symbolic link"))?;
    fs::write(root.join("one name"), "two names, one file\n")?;
    fs::hard_link(root.join("one name"), root.join("other name"))?;
    write_large_file(&root.join("large.bin"))
}

fn write_large_file(path: &Path) -> Result<()> {
    let mut file = File::create(path)?;
    // Not compressible to nothing, and no two parts of an upload alike.
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut block = Vec::with_capacity(1 << 20);
    for _ in 0..LARGE_FILE >> 20 {
        block.clear();
        while block.len() < 1 << 20 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block.extend_from_slice(&state.to_le_bytes());
        }
        file.write_all(&block)?;
    }
    Ok(())
}

/// Changes, adds and deletes a few files, and changes only the mode of one.
///
/// # Errors
/// When a file is not there to be edited.
pub fn edit_tree(root: &Path) -> Result<Edits> {
    let changed = ["department-0/2018/report-0000.txt", "name with spaces.txt", "Größe – maß.txt"];
    for path in changed {
        fs::write(root.join(path), format!("changed: {path}\n"))?;
    }
    let mode_only = "department-1/2019/report-0001.txt";
    fs::set_permissions(root.join(mode_only), Permissions::from_mode(0o400))?;
    let added = ["department-0/2018/new.txt", "empty/also empty/no longer.txt"];
    for path in added {
        fs::write(root.join(path), format!("added: {path}\n"))?;
    }
    let deleted = "department-2/2020/report-0002.txt";
    fs::remove_file(root.join(deleted))?;
    Ok(Edits {
        changed: changed.iter().chain([&mode_only]).map(|path| format!("/{path}")).collect(),
        added: added.iter().map(|path| format!("/{path}")).collect(),
        deleted: vec![format!("/{deleted}")],
    })
}
