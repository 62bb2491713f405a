//! AWS DataSync on one machine: its API, a copy engine between a directory and S3, its task
//! reports, logs and events.
//!
//! A request goes `server` → [`api`] → [`state`]; a started execution goes [`lifecycle`] →
//! [`engine`] → [`report`] → [`events`]. Rule: the engine knows neither the API's requests nor the
//! place of the state, and only [`lifecycle`] changes the state of an execution.

pub mod access_point;
pub mod api;
pub mod app;
pub mod cli;
pub mod clients;
pub mod engine;
pub mod events;
pub mod faults;
pub mod lifecycle;
pub mod logs;
pub mod report;
mod report_step;
pub mod server;
pub mod state;
mod state_directory;
