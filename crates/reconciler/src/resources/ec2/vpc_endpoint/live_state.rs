//! The live state of an endpoint, in the shape of the desired one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{State, VpcEndpoint as Described, VpcEndpointType};
use serde_json::{Value, json};

use super::availability::is_pending;
use super::describe::id_of;
use super::{EndpointType, VpcEndpoint};
use crate::diff::in_order_of;
use crate::reference::is_reference;
use crate::resource_kind::LiveResource;
use crate::{Aws, policy_document};

impl VpcEndpoint {
    pub(super) fn live_resource(
        &self,
        aws: &Aws,
        endpoint: &Described,
        duplicates: Vec<String>,
    ) -> LiveResource {
        let endpoint_id = id_of(endpoint);
        let route_tables = endpoint.route_table_ids().to_vec();
        let mut state = json!(Self {
            vpc_id: endpoint.vpc_id().unwrap_or_default().to_owned(),
            service_name: endpoint.service_name().unwrap_or_default().to_owned(),
            endpoint_type: self.type_of(endpoint),
            route_table_ids: in_order_of(&self.route_table_ids, route_tables),
            subnet_ids: in_order_of(&self.subnet_ids, endpoint.subnet_ids().to_vec()),
            security_group_ids: self.groups_of(endpoint),
            private_dns: self.private_dns_of(endpoint),
            policy: self.policy_of(endpoint),
            duplicates,
        });
        if is_pending(endpoint) {
            state["state"] = json!(State::Pending.as_str());
        }
        let arn = aws.names.regional_arn("ec2", &format!("vpc-endpoint/{endpoint_id}"));
        let attributes =
            BTreeMap::from([("id".to_owned(), endpoint_id.to_owned()), ("arn".to_owned(), arn)]);
        LiveResource { state, attributes, managed: true }
    }

    /// A gateway endpoint has no private DNS to switch, whatever is returned of it (EC2 API
    /// reference, `CreateVpcEndpoint`: `PrivateDnsEnabled` is for interface endpoints).
    fn private_dns_of(&self, endpoint: &Described) -> bool {
        match self.type_of(endpoint) {
            EndpointType::Gateway => self.private_dns,
            EndpointType::Interface => endpoint.private_dns_enabled().unwrap_or(self.private_dns),
        }
    }

    /// EC2 always returns the type; without one in the response, the desired type counts as live.
    fn type_of(&self, endpoint: &Described) -> EndpointType {
        match endpoint.vpc_endpoint_type() {
            Some(VpcEndpointType::Gateway) => EndpointType::Gateway,
            Some(VpcEndpointType::Interface) => EndpointType::Interface,
            _ => self.endpoint_type,
        }
    }

    /// EC2 always returns the groups of an interface endpoint; without an element for them in the
    /// response, as of the local cloud, the desired groups count as live.
    fn groups_of(&self, endpoint: &Described) -> Vec<String> {
        let Some(groups) = &endpoint.groups else {
            let desired = self.security_group_ids.iter().filter(|id| !is_reference(id));
            return desired.cloned().collect();
        };
        let groups = groups.iter().filter_map(|group| group.group_id.clone()).collect();
        in_order_of(&self.security_group_ids, groups)
    }

    /// EC2 always returns the policy of an endpoint; without one in the response, the desired
    /// policy counts as live.
    fn policy_of(&self, endpoint: &Described) -> Value {
        let read = |document| policy_document::parse(&self.policy, document);
        endpoint.policy_document().map_or_else(|| self.policy.clone(), read)
    }
}
