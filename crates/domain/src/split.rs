//! Splitting a large sync into several, by directory. Pure.
//!
//! One execution in Basic mode works with 25 million items at most. "Instead of requesting an
//! increase, you can create tasks that focus on specific directories using include and exclude
//! filters" (DataSync User Guide, "AWS DataSync quotas", "DataSync quotas").
//!
//! Rules: the sync that is split remains, and excludes what the others copy, so that a new
//! directory is always copied by one of them. Each object keeps its key, so that nothing is copied
//! again. The result depends on the sizes alone.

mod advice;
mod assign;
mod cut;
mod directory;
mod layout;
mod pattern;
mod proposal;
#[cfg(test)]
mod tests;

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::Serialize;

pub use advice::{SplitAdvice, advise_split, is_far_from_limit};
pub use directory::{Directory, SizedTree};
pub use layout::read_entry;
pub use pattern::is_copied;
pub use proposal::{ProposedSync, SplitProposal, propose_split};

/// The number of files and directories, and of the bytes in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Size {
    pub items: u64,
    pub bytes: u64,
}

impl Size {
    /// The share of the whole, items and bytes counting the same. Comparable within one whole.
    fn weight(self, whole: Self) -> u128 {
        u128::from(self.items) * u128::from(whole.bytes.max(1))
            + u128::from(self.bytes) * u128::from(whole.items.max(1))
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { items: self.items + other.items, bytes: self.bytes + other.bytes }
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Add::add)
    }
}
