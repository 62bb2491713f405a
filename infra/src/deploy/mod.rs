//! The desired state of both planes, and the operations that bring AWS to it.

pub(crate) mod alarms;
#[cfg(test)]
mod cloudformation;
pub(crate) mod control_plane;
mod dashboard;
pub(crate) mod data_plane;
pub(crate) mod deployed_state;
pub(crate) mod deployed_syncs;
mod expected_control_plane;
mod findings;
pub(crate) mod function_digests;
pub(crate) mod lock;
pub(crate) mod lock_owner;
pub(crate) mod pauses;
pub(crate) mod plan;
pub(crate) mod plan_file;
pub(crate) mod plan_text;
pub(crate) mod policies;
mod sync_changes;
mod verification;
