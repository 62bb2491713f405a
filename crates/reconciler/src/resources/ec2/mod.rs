//! Amazon EC2: the network and the instance.
//!
//! EC2 chooses the ids and allows any number of resources with the same properties. So a managed
//! resource is found by its tags. A call that creates a resource is never sent twice by the SDK:
//! when its response is lost, the resource is searched for. A duplicate that was created all the
//! same is found and deleted.

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
