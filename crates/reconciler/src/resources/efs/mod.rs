//! Amazon EFS: the file system with its mount targets, access points and policy.

pub mod access_point;
pub mod file_system;
pub mod file_system_policy;
pub mod mount_targets;
