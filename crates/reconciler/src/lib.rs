//! The reconciler: makes AWS equal to a graph of desired resources, and nothing else.
//!
//! ```text
//! graph ─► observe (reads only) ─► plan (pure) ─► render (pure) ─► apply (the only module that mutates) ─► observe again
//! ```
//! There is no state file: a resource is found by its fixed name or by its tags, and a crash
//! between any two calls is mended by the next apply. What bears no tag of ours is never touched.

pub mod actions;
pub mod apply;
pub mod clients;
mod denial;
#[cfg(test)]
mod fake_logs;
pub mod graph;
pub mod kinds;
mod local_code;
pub mod lookup;
pub mod observe;
pub mod plan;
mod policy_document;
mod reference;
pub mod render;
pub mod wait;

pub use clients::Aws;
pub use denial::is_denial;
