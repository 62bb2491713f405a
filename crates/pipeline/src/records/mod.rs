//! The documents in the records bucket: their keys and their shapes.

pub mod alert;
pub mod keys;
pub mod lock;
pub mod outputs;
pub mod proof;
pub mod run;
pub mod start;
