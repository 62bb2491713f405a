//! Executions, their records and object versions, and the health of the stack. Most of it only
//! reads.

pub(crate) mod current;
pub(crate) mod dead_letter;
pub(crate) mod dead_letter_queue;
pub(crate) mod destination_bucket;
pub(crate) mod execution_name;
pub(crate) mod find_execution;
pub(crate) mod follow;
pub(crate) mod follow_restore;
pub(crate) mod health;
mod heartbeat;
pub(crate) mod last_runs;
pub(crate) mod next_run;
pub(crate) mod nothing_found;
pub(crate) mod object_metadata;
pub(crate) mod object_pages;
pub(crate) mod object_versions;
pub(crate) mod read_runs;
pub(crate) mod recorded;
pub(crate) mod restores;
pub(crate) mod rules;
pub(crate) mod split_advice;
pub(crate) mod tasks;
pub(crate) mod text;
mod transfer_rate;
pub(crate) mod tree_listing;
pub(crate) mod version_origin;
