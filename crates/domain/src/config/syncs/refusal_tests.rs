//! Refused `[[sync]]` entries, each with its exact problems.

pub(in crate::config) mod buckets;
pub(in crate::config) mod combinations;
pub(in crate::config) mod file_systems;
pub(in crate::config) mod keys;
pub(in crate::config) mod names;
pub(in crate::config) mod places;
pub(in crate::config) mod values;
