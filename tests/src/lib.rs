//! The harness of the end-to-end tests and of the demo: a local cloud of its own, deployments in
//! accounts of their own, and the command line run as a user runs it.
//!
//! Rule: what a test claims it reads from AWS's own answers (S3, SQS, EFS, …), not from what our
//! command line says.

pub mod bounds;
pub mod cloud;
pub mod command_line;
pub mod critical_path;
pub mod data_plane;
pub mod deployment;
pub mod fault_proxy;
pub mod faults;
pub mod foreign_reader;
pub mod judging_proxy;
pub mod moto;
pub mod odd_names;
pub mod owned_bucket;
pub mod part_syncs;
pub mod project;
pub mod random_tree;
pub mod scenario;
pub mod subscriber;
pub mod three_syncs;
pub mod tree;
