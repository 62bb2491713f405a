//! The verification: items are read back from both sides and compared.

mod item;
mod item_side;
pub(crate) mod subject;
pub(crate) mod subjects;
