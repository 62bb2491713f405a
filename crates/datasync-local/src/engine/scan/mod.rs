//! Both sides of the copy, read in the order of keys and joined.

pub(crate) mod cached_listing;
pub(crate) mod filter;
pub(crate) mod listed_object;
mod listing;
mod manifest_join;
pub(crate) mod merge_join;
pub(crate) mod pair;
mod read_ahead;
#[cfg(test)]
mod split_tests;
mod walk;
