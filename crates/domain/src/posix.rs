//! POSIX metadata of a file, and the S3 user metadata that carries it.
//!
//! Keys are those DataSync, FSx for Lustre and Storage Gateway share. What nobody has confirmed for
//! DataSync in Basic mode (the unit of the times it writes) is decided in [`FileTime`]'s `Display`
//! alone; reading accepts every form seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod time;

pub use time::{FileTime, FileTimeError};

/// `x-amz-meta-file-owner`: decimal uid.
pub const OWNER_KEY: &str = "file-owner";
/// `x-amz-meta-file-group`: decimal gid.
pub const GROUP_KEY: &str = "file-group";
/// `x-amz-meta-file-permissions`: octal `st_mode` with the type bits, such as `0100644`.
pub const PERMISSIONS_KEY: &str = "file-permissions";
/// `x-amz-meta-file-mtime`: see [`FileTime`].
pub const MTIME_KEY: &str = "file-mtime";
/// `x-amz-meta-file-atime`: as the mtime, best effort.
pub const ATIME_KEY: &str = "file-atime";
/// `x-amz-meta-user-agent`: who wrote the object.
pub const USER_AGENT_KEY: &str = "user-agent";
/// The value DataSync gives to [`USER_AGENT_KEY`].
pub const USER_AGENT: &str = "aws-datasync";

/// To every system call this is no owner, but "leave it as it is".
const NO_ID: u32 = u32::MAX;
const TYPE_BITS: u32 = 0o170_000;
const PERMISSION_BITS: u32 = 0o7_777;

/// What a file is, by the type bits of its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileKind {
    Regular,
    Directory,
    Symlink,
    /// FIFOs, sockets, devices: they have no object form.
    Special,
}

/// What is kept of a file besides its bytes. A field is `None` where the task's options (or a
/// foreign writer) leave it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posix {
    /// `st_mode`, type bits included when the writer knew them.
    pub mode: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub mtime: Option<FileTime>,
    pub atime: Option<FileTime>,
}

impl FileKind {
    /// The kind that the type bits of `mode` name; `None` when there are none.
    #[must_use]
    pub fn from_mode(mode: u32) -> Option<Self> {
        match mode & TYPE_BITS {
            0 => None,
            0o100_000 => Some(Self::Regular),
            0o040_000 => Some(Self::Directory),
            0o120_000 => Some(Self::Symlink),
            _ => Some(Self::Special),
        }
    }

    /// The word reports use in `Type`. That of a symlink is not confirmed by any source.
    #[must_use]
    pub fn report_word(self) -> &'static str {
        match self {
            Self::Regular => "Regular",
            Self::Directory => "Directory",
            Self::Symlink => "Symlink",
            Self::Special => "Special",
        }
    }
}

impl Posix {
    /// The user metadata of the object, keys without `x-amz-meta-`.
    #[must_use]
    pub fn to_metadata(&self) -> BTreeMap<String, String> {
        let fields = [
            (OWNER_KEY, self.uid.map(|uid| uid.to_string())),
            (GROUP_KEY, self.gid.map(|gid| gid.to_string())),
            (PERMISSIONS_KEY, self.mode.map(|mode| format!("{mode:07o}"))),
            (MTIME_KEY, self.mtime.map(|time| time.to_string())),
            (ATIME_KEY, self.atime.map(|time| time.to_string())),
            (USER_AGENT_KEY, Some(USER_AGENT.to_owned())),
        ];
        fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }

    /// Reads user metadata; `lookup` gives the value of a key (without `x-amz-meta-`). What does
    /// not parse is `None`.
    pub fn from_metadata<'a>(lookup: impl Fn(&str) -> Option<&'a str>) -> Self {
        let id =
            |key| lookup(key).and_then(|text| text.trim().parse().ok()).filter(|id| *id != NO_ID);
        let time = |key| lookup(key).and_then(|text| text.parse().ok());
        Self {
            mode: lookup(PERMISSIONS_KEY).and_then(|text| u32::from_str_radix(text.trim(), 8).ok()),
            uid: id(OWNER_KEY),
            gid: id(GROUP_KEY),
            mtime: time(MTIME_KEY),
            atime: time(ATIME_KEY),
        }
    }

    /// The permission bits with setuid, setgid and sticky, without the type.
    #[must_use]
    pub fn permissions(&self) -> Option<u32> {
        self.mode.map(|mode| mode & PERMISSION_BITS)
    }

    /// `Mode` as reports print it: four octal digits.
    #[must_use]
    pub fn report_mode(&self) -> Option<String> {
        self.permissions().map(|bits| format!("{bits:04o}"))
    }

    /// Whether everything `self` (the source) states is stated alike by `other` (the object). The
    /// atime is best effort and never compared; the type bits count only where both sides have
    /// them.
    #[must_use]
    pub fn is_kept_by(&self, other: &Self) -> bool {
        self.ownership_and_mode_kept_by(other) && self.mtime_kept_by(other)
    }

    /// [`Self::is_kept_by`] for uid, gid and mode alone.
    #[must_use]
    pub fn ownership_and_mode_kept_by(&self, other: &Self) -> bool {
        kept(self.uid, other.uid) && kept(self.gid, other.gid) && mode_kept(self.mode, other.mode)
    }

    /// [`Self::is_kept_by`] for the mtime alone.
    #[must_use]
    pub fn mtime_kept_by(&self, other: &Self) -> bool {
        match (self.mtime, other.mtime) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ours), Some(theirs)) => ours.is_same_time(theirs),
        }
    }
}

fn kept(ours: Option<u32>, theirs: Option<u32>) -> bool {
    ours.is_none() || ours == theirs
}

fn mode_kept(ours: Option<u32>, theirs: Option<u32>) -> bool {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return ours.is_none() };
    let typed = ours & TYPE_BITS != 0 && theirs & TYPE_BITS != 0;
    let mask = if typed { TYPE_BITS | PERMISSION_BITS } else { PERMISSION_BITS };
    ours & mask == theirs & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posix(mode: u32, uid: u32, mtime: i64) -> Posix {
        Posix {
            mode: Some(mode),
            uid: Some(uid),
            gid: Some(7),
            mtime: FileTime::new(mtime, 123_456_789),
            atime: FileTime::new(0, 1),
        }
    }

    #[test]
    fn metadata_comes_back_as_it_was_written() {
        let file = posix(0o100_644, 1000, 1_595_002_920);
        let map = file.to_metadata();
        let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k}={v}")).collect();
        insta::assert_snapshot!(pairs.join(" "), @"file-atime=1ns file-group=7 file-mtime=1595002920123456789ns file-owner=1000 file-permissions=0100644 user-agent=aws-datasync");
        assert_eq!(Posix::from_metadata(|key| map.get(key).map(String::as_str)), file);
    }

    #[test]
    fn an_object_keeps_what_the_source_states() {
        let source = posix(0o100_644, 1, 5);
        for (object, keeps) in [
            (posix(0o100_644, 1, 5), true),
            (posix(0o644, 1, 5), true),
            (posix(0o120_644, 1, 5), false),
            (posix(0o100_640, 1, 5), false),
            (posix(0o100_644, 2, 5), false),
            (posix(0o100_644, 1, 6), false),
            (Posix { atime: None, ..posix(0o100_644, 1, 5) }, true),
            (Posix::default(), false),
        ] {
            assert_eq!(source.is_kept_by(&object), keeps, "{object:?}");
        }
        assert!(
            Posix::default().is_kept_by(&source),
            "what the source does not state cannot differ"
        );
    }

    #[test]
    fn only_what_can_be_an_owner_is_one() {
        for (text, uid) in [
            ("0", Some(0)),
            (" 65534 ", Some(65_534)),
            ("4294967294", Some(u32::MAX - 1)),
            ("4294967295", None),
            ("4294967296", None),
            ("-1", None),
            ("nobody", None),
        ] {
            let read = Posix::from_metadata(|key| (key == OWNER_KEY).then_some(text));
            assert_eq!((read.uid, read.gid), (uid, None), "{text}");
        }
    }

    #[test]
    fn permissions_are_read_with_and_without_the_leading_zero() {
        for (text, kind) in [
            ("0100755", Some(FileKind::Regular)),
            ("100755", Some(FileKind::Regular)),
            ("0040755", Some(FileKind::Directory)),
            ("0120755", Some(FileKind::Symlink)),
            ("0010755", Some(FileKind::Special)),
            ("0755", None),
        ] {
            let read = Posix::from_metadata(|key| (key == PERMISSIONS_KEY).then_some(text));
            assert_eq!(read.mode.and_then(FileKind::from_mode), kind, "{text}");
            assert_eq!(read.report_mode().as_deref(), Some("0755"), "{text}");
        }
    }
}
