//! Amazon EC2: the network and the instance.
//!
//! EC2 chooses the ids and allows any number of the same thing. So ours are found by their tags; a
//! call that makes something is never sent twice by the SDK, but looked for when its answer is
//! lost; and what was made twice all the same is found and removed as a duplicate.

pub mod default_security_group;
pub mod elastic_ip;
pub mod flow_log;
pub mod instance;
pub mod internet_gateway;
pub mod nat_gateway;
pub mod route_table;
pub mod security_group;
pub mod subnet;
pub mod vpc;
pub mod vpc_endpoint;

mod client_token;
mod duplicates;
mod recovery;
mod refusals;
mod retry;
mod tagging;
#[cfg(test)]
mod testing;
