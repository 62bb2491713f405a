//! Trees by chance: the same seed makes the same tree and the same edits, times included.
//!
//! A tree has what trips up a copy: names with every sign that CSV, URLs and shells give a meaning,
//! empty directories and files, links that lead nowhere or out of the tree, hard links, permissions
//! without any right, owners up to the highest number, and times to the nanosecond from 1902 to
//! 2400.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use filetime::FileTime;
use sha2::{Digest, Sha256};

const NAMES: [&str; 24] = [
    "report.txt",
    "with space",
    " leading",
    "trailing ",
    "comma,comma",
    "say \"hi\"",
    "it's",
    "1+1=2",
    "100%",
    "%41",
    "a&b;c",
    "#5",
    "Größe – 漢字",
    "e\u{301}",
    "é",
    ".hidden",
    "-rf",
    "back\\slash",
    "two\nlines",
    "tab\there",
    "[1]{2}(3)",
    "*?",
    "~",
    "$HOME",
];
const FILE_MODES: [u32; 8] = [0o644, 0o600, 0o755, 0o444, 0o000, 0o4755, 0o2640, 0o666];
const FOLDER_MODES: [u32; 6] = [0o755, 0o700, 0o2775, 0o1777, 0o750, 0o555];
const OWNERS: [u32; 7] = [0, 65_534, 65_535, 65_536, (1 << 31) - 1, 1 << 31, u32::MAX - 1];
const TARGETS: [&str; 10] = [
    "nowhere",
    "report.txt",
    "../..",
    "/etc/passwd",
    "two\nlines",
    ".",
    " ",
    "trailing/",
    "../report.txt",
    "é",
];
const DEEPEST: usize = 4;

/// By path: content (of a link: where it leads), type and permissions, owner, group, modification
/// time in nanoseconds.
pub type Snapshot = BTreeMap<PathBuf, (String, u32, u32, u32, i128)>;

/// A sequence that a seed determines (xorshift64*).
#[derive(Clone, Debug)]
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn random_below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or_default() % bound.max(1)
    }

    fn pick_from<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.random_below(choices.len())]
    }

    fn random_owner(&mut self) -> u32 {
        let common = 1000 + u32::try_from(self.random_below(50)).unwrap_or_default();
        if self.random_below(4) == 0 { self.pick_from(&OWNERS) } else { common }
    }

    fn random_content(&mut self) -> Vec<u8> {
        let length = match self.random_below(8) {
            0 => 0,
            1 => 1,
            2 => 100_000 + self.random_below(100_000),
            _ => self.random_below(3_000),
        };
        (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(length).collect()
    }

    fn random_time(&mut self) -> FileTime {
        let nanos = u32::try_from(self.random_below(1_000_000_000)).unwrap_or_default();
        let seconds = match self.random_below(10) {
            0 => 1,
            1 => 4_102_444_800,
            2 => -1,
            3 => {
                -2_145_916_800 + i64::try_from(self.random_below(2_000_000_000)).unwrap_or_default()
            }
            // Beyond what 64 bits of nanoseconds count; ext4 holds times to 2446.
            4 => {
                9_223_372_036 + i64::try_from(self.random_below(4_000_000_000)).unwrap_or_default()
            }
            _ => 1_000_000_000 + i64::try_from(self.random_below(700_000_000)).unwrap_or_default(),
        };
        FileTime::from_unix_time(seconds, nanos)
    }
}

/// Makes a tree of about so many entries in the directory, which may be missing.
///
/// # Errors
/// When an entry cannot be made.
pub fn create_tree(root: &Path, seed: u64, entries: usize) -> Result<()> {
    let mut chance = Chance::new(seed);
    fs::create_dir_all(root)?;
    let mut folders = vec![(root.to_owned(), 0)];
    let mut files = Vec::new();
    for number in 0..entries {
        let (folder, depth) = folders[chance.random_below(folders.len())].clone();
        let name = chance.pick_from(&NAMES);
        let path = folder.join(if chance.random_below(3) == 0 {
            name.to_owned()
        } else {
            format!("{name}{number}")
        });
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match chance.random_below(10) {
            0..3 if depth < DEEPEST => {
                fs::create_dir(&path)?;
                folders.push((path, depth + 1));
            }
            3 => symlink(chance.pick_from(&TARGETS), &path)?,
            4 if !files.is_empty() => {
                fs::hard_link(&files[chance.random_below(files.len())], &path)?
            }
            _ => {
                fs::write(&path, chance.random_content())?;
                files.push(path);
            }
        }
    }
    dress_all(root, &mut chance)
}

/// Changes, adds, deletes, renames and replaces entries by others of another kind.
///
/// # Errors
/// When an entry cannot be changed.
pub fn edit_tree(root: &Path, seed: u64) -> Result<()> {
    let mut chance = Chance::new(seed ^ 0xED17);
    let mut all = Vec::new();
    collect_paths(root, &mut all)?;
    for (number, path) in all.into_iter().enumerate() {
        // It may have gone with its directory.
        let Ok(at) = path.symlink_metadata() else { continue };
        match (chance.random_below(12), at.is_dir()) {
            (0, true) => fs::remove_dir_all(&path)?,
            (0 | 1, false) => fs::remove_file(&path)?,
            (2, _) => fs::rename(&path, path.with_file_name(format!("renamed {number}")))?,
            (3, false) => {
                fs::remove_file(&path)?;
                fs::write(&path, chance.random_content())?;
            }
            (4, false) => {
                fs::remove_file(&path)?;
                fs::create_dir(&path)?;
                fs::write(path.join("within"), chance.random_content())?;
            }
            (4, true) => {
                fs::remove_dir_all(&path)?;
                fs::write(&path, chance.random_content())?;
            }
            (5, false) => {
                fs::remove_file(&path)?;
                symlink("elsewhere", &path)?;
            }
            (6, true) => fs::write(path.join(format!("added {number}")), chance.random_content())?,
            (7, _) => set_metadata(&path, &mut chance)?,
            _ => {}
        }
    }
    Ok(())
}

/// All entries below the root; without it.
///
/// # Errors
/// When one cannot be read.
pub fn read_snapshot(root: &Path) -> Result<Snapshot> {
    let (mut all, mut snapshot) = (Vec::new(), Snapshot::new());
    collect_paths(root, &mut all)?;
    for path in all {
        let at = path.symlink_metadata()?;
        let content = if at.is_dir() {
            String::new()
        } else if at.is_symlink() {
            format!("→ {}", fs::read_link(&path)?.display())
        } else {
            hex::encode(Sha256::digest(fs::read(&path)?))
        };
        let time = i128::from(at.mtime()) * 1_000_000_000 + i128::from(at.mtime_nsec());
        snapshot.insert(
            path.strip_prefix(root)?.to_owned(),
            (content, at.mode(), at.uid(), at.gid(), time),
        );
    }
    Ok(snapshot)
}

/// The first difference between two snapshots, in words.
#[must_use]
pub fn first_difference(expected: &Snapshot, found: &Snapshot) -> Option<String> {
    let differs = expected.iter().find_map(|(path, state)| match found.get(path) {
        None => Some(format!("{} is missing", path.display())),
        Some(other) if other != state => {
            Some(format!("{} is {other:?} instead of {state:?}", path.display()))
        }
        Some(_) => None,
    });
    let more = || found.keys().find(|path| !expected.contains_key(*path));
    differs.or_else(|| more().map(|path| format!("{} is there, and should not be", path.display())))
}

/// The deepest first, links too.
fn dress_all(root: &Path, chance: &mut Chance) -> Result<()> {
    let mut all = Vec::new();
    collect_paths(root, &mut all)?;
    all.iter().rev().try_for_each(|path| set_metadata(path, chance))
}

fn set_metadata(path: &Path, chance: &mut Chance) -> Result<()> {
    let at = path.symlink_metadata()?;
    // Owners are changed where we may; that clears setuid and setgid, so it comes first.
    let (uid, gid) = (Some(chance.random_owner()), Some(chance.random_owner()));
    match lchown(path, uid, gid) {
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error.into()),
        _ => {}
    }
    let mode =
        if at.is_dir() { chance.pick_from(&FOLDER_MODES) } else { chance.pick_from(&FILE_MODES) };
    let time = chance.random_time();
    if at.is_symlink() {
        return Ok(filetime::set_symlink_file_times(path, time, time)?);
    }
    // Without root's rights what cannot be read could not be compared.
    let mode = if at.uid() == 0 { mode } else { mode | 0o400 };
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(filetime::set_file_mtime(path, time)?)
}

/// Each after the directory it is in.
fn collect_paths(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("reading `{}`", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    names.sort();
    for path in names {
        found.push(path.clone());
        if path.symlink_metadata()?.is_dir() {
            collect_paths(&path, found)?;
        }
    }
    Ok(())
}
