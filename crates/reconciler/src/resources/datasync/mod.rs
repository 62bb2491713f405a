//! AWS DataSync: locations and tasks.
//!
//! DataSync has no client token and no search by tag, and allows duplicates (API model 2018-11-09).
//! So a call that creates a resource is never sent twice by the SDK, unless it was throttled: when
//! its response is lost, the next apply finds the resource by its tags.

pub mod location_efs;
pub mod location_s3;
pub mod task;

pub(crate) mod lists;
pub(crate) mod locations;
mod refusals;
mod tagging;
#[cfg(test)]
mod testing;
