//! Reads of a route table.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Route, RouteOrigin, RouteState, RouteTable as Described};
use serde_json::json;

use super::association;
use super::{RouteTable, id_of};
use crate::Aws;
use crate::diff::in_order_of;
use crate::kind_error::KindError;
use crate::resource_kind::LiveResource;
use crate::resources::ec2::refusals::none_if_absent;

/// Destination and target of a managed route.
pub(super) fn managed_route(route: &Route) -> Option<(String, String)> {
    let destination = route.destination_cidr_block().or(route.destination_ipv6_cidr_block())?;
    let target = [
        route.gateway_id(),
        route.nat_gateway_id(),
        route.egress_only_internet_gateway_id(),
        route.transit_gateway_id(),
        route.vpc_peering_connection_id(),
        route.carrier_gateway_id(),
        route.local_gateway_id(),
        route.network_interface_id(),
        route.instance_id(),
    ];
    let target = target.into_iter().flatten().next().unwrap_or("unknown");
    if target == "local" || route.origin() == Some(&RouteOrigin::EnableVgwRoutePropagation) {
        return None;
    }
    let blackhole = if route.state() == Some(&RouteState::Blackhole) { " (blackhole)" } else { "" };
    Some((destination.to_owned(), format!("{target}{blackhole}")))
}

pub(super) async fn describe_route_table(
    aws: &Aws,
    table_id: &str,
) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_route_tables().route_table_ids(table_id).send().await;
    let answer = answer.map(|answer| answer.route_tables.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing route table", table_id))
}

impl RouteTable {
    pub(super) fn live_resource(&self, table: &Described, duplicates: Vec<String>) -> LiveResource {
        let subnet_ids = association::subnet_associations(table)
            .into_iter()
            .map(|(_, subnet_id)| subnet_id)
            .collect();
        let state = json!(Self {
            vpc_id: table.vpc_id().unwrap_or_default().to_owned(),
            routes: table.routes().iter().filter_map(managed_route).collect(),
            subnet_ids: in_order_of(&self.subnet_ids, subnet_ids),
            duplicates,
        });
        let attributes = BTreeMap::from([("id".to_owned(), id_of(table).to_owned())]);
        LiveResource { state, attributes, managed: true }
    }
}
