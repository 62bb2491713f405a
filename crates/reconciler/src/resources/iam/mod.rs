//! AWS IAM: roles and the instance profile.

pub mod instance_profile;
pub mod role;
