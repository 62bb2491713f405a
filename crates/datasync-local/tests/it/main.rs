//! Whole executions through the API, against an S3 endpoint in this process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod crash;
mod document;
mod events;
mod fake;
mod faults;
mod foreign_client;
mod foreign_objects;
mod live;
mod locations;
mod logs;
mod manifests;
mod metadata;
mod metadata_cache;
mod model;
mod process;
mod regions;
mod restore;
mod times;
mod unprivileged;
mod world;
