//! Files below one directory, reached through no symlink, with their owners, modes and times.
//!
//! Rule: below the root of a file system no path is resolved through a symlink, neither in reading
//! nor in writing: an object `link/passwd` beside a symlink `link` must not write outside, and a
//! directory swapped for a symlink must not be read through.

mod beneath;
mod directory;
mod metadata;

pub use beneath::open_directory;
pub use directory::MountedDirectory;
pub use metadata::{TimeNotKept, check_mtime, ownership_of, posix_of, timestamps_of};
