//! Changes in place.

use aws_sdk_ec2::operation::modify_vpc_endpoint::builders::ModifyVpcEndpointFluentBuilder;
use serde_json::Value;

use super::availability::{await_available, waiting_error};
use super::delete::delete_all;
use super::{EndpointType, VpcEndpoint};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_kind::LiveResource;
use crate::resources::ec2::duplicates::duplicate_ids;
use crate::resources::ec2::recovery::contains_field;
use crate::resources::ec2::retry::retry_until_settled;

const IN_PLACE: [&str; 5] =
    ["route_table_ids", "subnet_ids", "security_group_ids", "private_dns", "policy"];

impl VpcEndpoint {
    pub(super) async fn modify_vpc_endpoint(
        &self,
        aws: &Aws,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        // First, because a route table takes one endpoint of a service, and a VPC one private DNS
        // name.
        delete_all(aws, &duplicate_ids(found)).await?;
        let endpoint_id = found.attribute("id");
        if contains_field(changed, "state") {
            require_available(aws, endpoint_id).await?;
        }
        if !IN_PLACE.iter().any(|field| contains_field(changed, field)) {
            return Ok(());
        }
        let modify = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint_id);
        let modify = self.with_changes(modify, &found.state, changed);
        let sent = retry_until_settled(async || Ok(modify.clone().send().await?)).await;
        sent.map_err(KindError::doing("changing VPC endpoint", endpoint_id))?;
        match self.endpoint_type {
            EndpointType::Gateway => Ok(()),
            // Its network interfaces are created and deleted now.
            EndpointType::Interface => require_available(aws, endpoint_id).await,
        }
    }

    /// The call with what differs, and nothing else.
    fn with_changes(
        &self,
        mut modify: ModifyVpcEndpointFluentBuilder,
        live: &Value,
        changed: &[String],
    ) -> ModifyVpcEndpointFluentBuilder {
        let changes = |field: &str, desired: &[String]| {
            let differs = contains_field(changed, field);
            if differs { list_changes(desired, &live[field]) } else { (None, None) }
        };
        let (added, removed) = changes("route_table_ids", &self.route_table_ids);
        modify = modify.set_add_route_table_ids(added).set_remove_route_table_ids(removed);
        let (added, removed) = changes("subnet_ids", &self.subnet_ids);
        modify = modify.set_add_subnet_ids(added).set_remove_subnet_ids(removed);
        let (added, removed) = changes("security_group_ids", &self.security_group_ids);
        modify = modify.set_add_security_group_ids(added).set_remove_security_group_ids(removed);
        if contains_field(changed, "private_dns") {
            modify = modify.private_dns_enabled(self.private_dns);
        }
        if contains_field(changed, "policy") {
            modify = modify.policy_document(self.policy.to_string());
        }
        modify
    }
}

async fn require_available(aws: &Aws, endpoint_id: &str) -> Result<(), KindError> {
    if await_available(aws, endpoint_id).await? {
        return Ok(());
    }
    let gone = "it was deleted in the meantime; the next apply creates it again";
    Err(waiting_error(endpoint_id)(Cause::Other(gone.to_owned())))
}

/// Ids to add and to remove; `None` where there are none.
fn list_changes(desired: &[String], live: &Value) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let live: Vec<String> = serde_json::from_value(live.clone()).unwrap_or_default();
    let without = |some: &[String], others: &[String]| {
        let left: Vec<String> = some.iter().filter(|id| !others.contains(id)).cloned().collect();
        (!left.is_empty()).then_some(left)
    };
    (without(desired, &live), without(&live, desired))
}
