//! Amazon EFS: the file system and what belongs to it.

pub mod access_point;
pub mod file_system;
pub mod file_system_policy;
pub mod mount_targets;
