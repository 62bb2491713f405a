#![doc = include_str!("../README.md")]

pub mod head;
pub mod list_versions;
mod switch;

pub use switch::FastPath;
