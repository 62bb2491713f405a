//! The transfer: items are written, removed, and directories finished.

pub(crate) mod buffers;
pub(crate) mod directories;
mod download;
mod headers;
mod make_directories;
pub(crate) mod remove;
pub(crate) mod staging;
pub(crate) mod throttle;
mod upload;
pub(crate) mod upload_journal;
mod upload_parts;
pub(crate) mod write_items;
pub(crate) mod written_item;
