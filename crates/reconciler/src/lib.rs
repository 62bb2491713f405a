//! The reconciler: makes AWS equal to a graph of desired resources, and nothing else.
//!
//! ```text
//! graph ─► observe ─► plan ─► render ─► apply ─► observe
//! ```
//! `observe` only reads, `plan` and `render` are pure, `apply` is the only module that changes AWS.
//!
//! There is no state file: a resource is found by its fixed name or by its tags. A crash between
//! any two calls is repaired by the next apply. A resource without our tags is never changed.

pub mod actions;
pub mod apply;
pub mod clients;
pub mod data_sources;
mod denial;
mod diff;
pub mod graph;
mod kind_error;
mod local_code;
mod observation_cache;
pub mod observe;
pub mod plan;
mod policy_document;
mod reference;
mod regional_clients;
pub mod render;
mod resource_id;
mod resource_kind;
pub mod resources;
mod tagging;
#[cfg(test)]
mod testing;
pub mod wait;

pub use clients::Aws;
pub use denial::is_denial;
pub use kind_error::{Cause, KindError};
pub use policy_document::{StatementChange, list_statement_changes};
pub use regional_clients::ClientsOfRegion;
pub use resource_kind::{Actions, LiveResource};
