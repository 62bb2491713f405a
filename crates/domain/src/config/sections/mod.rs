//! The sections of `stack.toml`: a file each, with the struct, how it is read, and its rules.

pub(super) mod alerts;
pub(super) mod destination;
pub(super) mod file_system;
pub(super) mod functions;
pub(super) mod instance;
pub(super) mod limits;
pub(super) mod network;
pub(super) mod proof;
pub(super) mod schedule;
pub(super) mod source;
pub(super) mod stack;
pub(super) mod task;
