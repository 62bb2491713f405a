//! The comparison of both sides, and the list of what an execution has to do.

pub(crate) mod action;
mod compare;
mod decide;
mod decide_backup;
pub(crate) mod decide_restore;
mod decision;
pub(crate) mod prepare;
