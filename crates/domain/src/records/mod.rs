//! The documents in the records bucket: their keys and their shapes.

pub mod alert;
pub mod audit;
pub mod class;
pub mod condition;
pub mod deployed_sync;
pub mod hash_chain;
pub mod interrupted_apply;
pub mod keys;
pub mod last_run;
pub mod lock;
pub mod outputs;
pub mod parallel;
pub mod pause;
pub mod progress;
pub mod proof;
pub mod restore;
pub mod restore_run;
pub mod restored_directory;
pub mod run;
mod run_result;
pub mod start;
