//! Owner, mode and times between [`Posix`] and the system calls.

use domain::posix::{FileTime, Posix};
use rustix::fs::{Gid, Stat, Timespec, Timestamps, UTIME_OMIT, Uid};

/// A file system that can't hold a time takes the nearest that it can, and says nothing (ext4 from
/// 1901 to 2446, XFS to 2486): only a look afterwards tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this file system can't hold the modification time {}: it made {} of it",
    .wanted.report_text(),
    .held.report_text()
)]
pub struct TimeNotKept {
    pub wanted: FileTime,
    pub held: FileTime,
}

/// Reads a file's metadata from `stat`.
#[must_use]
pub fn posix_of(stat: &Stat) -> Posix {
    Posix {
        mode: Some(stat.st_mode),
        uid: Some(stat.st_uid),
        gid: Some(stat.st_gid),
        mtime: time_of(stat.st_mtime, stat.st_mtime_nsec),
        atime: time_of(stat.st_atime, stat.st_atime_nsec),
    }
}

/// The kernel gives nanoseconds below a second.
fn time_of(seconds: i64, nanos: impl TryInto<u32>) -> Option<FileTime> {
    FileTime::new(seconds, nanos.try_into().ok()?)
}

/// Returns both times, each if it is known.
#[must_use]
pub fn timestamps_of(posix: &Posix) -> Timestamps {
    Timestamps {
        last_access: to_timespec(posix.atime),
        last_modification: to_timespec(posix.mtime),
    }
}

fn to_timespec(time: Option<FileTime>) -> Timespec {
    match time {
        Some(time) => Timespec { tv_sec: time.seconds(), tv_nsec: time.subsec_nanos().into() },
        None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
    }
}

/// Returns owner and group, each if it is known; `None` if neither is.
#[must_use]
pub fn ownership_of(posix: &Posix) -> Option<(Option<Uid>, Option<Gid>)> {
    // The highest number means "leave it" to the system call.
    let known = |id: Option<u32>| id.filter(|id| *id != u32::MAX);
    let (uid, gid) = (known(posix.uid).map(Uid::from_raw), known(posix.gid).map(Gid::from_raw));
    (uid.is_some() || gid.is_some()).then_some((uid, gid))
}

/// Checks that the file system has kept the modification time that was set, to the precision in
/// which it is known.
///
/// # Errors
/// [`TimeNotKept`] when it holds another.
pub fn check_mtime(wanted: &Posix, now: &Stat) -> Result<(), TimeNotKept> {
    match (wanted.mtime, posix_of(now).mtime) {
        (Some(wanted), Some(held)) if !wanted.is_same_time(held) => {
            Err(TimeNotKept { wanted, held })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use rustix::fs::{fstat, futimens};

    use super::*;

    const YEARS: [i64; 11] = [
        -290_000_000_000,
        -400,
        1_901,
        1_969,
        2_000,
        2_106,
        2_262,
        2_300,
        2_446,
        2_500,
        290_000_000_000,
    ];

    /// Sets a time, which is held, or told with what became of it.
    fn require_held_or_told(file: &File, seconds: i64) {
        let posix = Posix { mtime: FileTime::new(seconds, 999_999_999), ..Posix::default() };
        if futimens(file, &timestamps_of(&posix)).is_err() {
            return;
        }
        let held = fstat(file).unwrap();
        match check_mtime(&posix, &held) {
            Ok(()) => assert_eq!((held.st_mtime, held.st_mtime_nsec), (seconds, 999_999_999)),
            Err(told) => assert_eq!(told.held.seconds(), held.st_mtime, "{told}"),
        }
    }

    /// File systems differ in the times that they hold; one that is not held is reported with what
    /// became of it.
    #[test]
    fn a_time_is_held_or_told() {
        let years = YEARS.map(|year| (year - 1_970) * 31_556_952);
        for folder in [std::env::temp_dir(), "/dev/shm".into()] {
            let Ok(file) = tempfile::tempfile_in(folder) else { continue };
            for seconds in years.into_iter().chain([i64::MIN, i64::MAX, -1]) {
                require_held_or_told(&file, seconds);
            }
        }
    }

    #[test]
    fn a_time_that_is_not_held_is_told_with_its_date() {
        let stat = fstat(tempfile::tempfile().unwrap()).unwrap();
        let wanted = Posix { mtime: Some(FileTime::from_seconds(i64::MAX)), ..posix_of(&stat) };
        let told = check_mtime(&wanted, &stat).unwrap_err().to_string();
        assert!(
            told.starts_with(
                "this file system can't hold the modification time +292277026596-12-04"
            ),
            "{told}"
        );
        assert_eq!(check_mtime(&posix_of(&stat), &stat), Ok(()));
        assert_eq!(check_mtime(&Posix::default(), &stat), Ok(()), "what is not known can't differ");
    }

    #[test]
    fn only_what_is_known_is_set() {
        assert_eq!(ownership_of(&Posix::default()), None);
        assert_eq!(ownership_of(&Posix { uid: Some(u32::MAX), ..Posix::default() }), None);
        let one =
            Posix { gid: Some(u32::MAX - 1), mtime: FileTime::new(-1, 5), ..Posix::default() };
        assert_eq!(ownership_of(&one), Some((None, Some(Gid::from_raw(u32::MAX - 1)))));
        let times = timestamps_of(&one);
        assert_eq!((times.last_modification.tv_sec, times.last_modification.tv_nsec), (-1, 5));
        assert_eq!(times.last_access.tv_nsec, UTIME_OMIT);
    }
}
