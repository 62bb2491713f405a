//! One route: created, replaced or deleted; each call is safe to repeat.

use crate::Aws;
use crate::kind_error::KindError;
use crate::resources::ec2::retry::{delete_when_free, retry_until_settled, sent_once};

/// Creates a route; an existing one is replaced by the desired target.
pub(super) async fn create_route(
    aws: &Aws,
    table_id: &str,
    destination: &str,
    target: &str,
) -> Result<(), KindError> {
    let ((ipv4, ipv6), (gateway, nat_gateway)) = (by_family(destination), by_kind(target));
    let create = aws.ec2.create_route().route_table_id(table_id);
    let create = create.set_destination_cidr_block(ipv4).set_destination_ipv6_cidr_block(ipv6);
    let create = create.set_gateway_id(gateway).set_nat_gateway_id(nat_gateway);
    let send = async || Ok(create.clone().customize().config_override(sent_once()).send().await?);
    match retry_until_settled(send).await {
        Ok(_) => Ok(()),
        Err(failure) if failure.is(&["RouteAlreadyExists"]) => {
            replace_route(aws, table_id, destination, target).await
        }
        Err(failure) => Err(KindError::doing("creating a route in route table", table_id)(failure)),
    }
}

/// Leads a route elsewhere.
pub(super) async fn replace_route(
    aws: &Aws,
    table_id: &str,
    destination: &str,
    target: &str,
) -> Result<(), KindError> {
    let ((ipv4, ipv6), (gateway, nat_gateway)) = (by_family(destination), by_kind(target));
    let replace = aws.ec2.replace_route().route_table_id(table_id);
    let replace = replace.set_destination_cidr_block(ipv4).set_destination_ipv6_cidr_block(ipv6);
    let replace = replace.set_gateway_id(gateway).set_nat_gateway_id(nat_gateway);
    let sent = retry_until_settled(async || Ok(replace.clone().send().await?)).await;
    sent.map(drop).map_err(KindError::doing("replacing a route in route table", table_id))
}

/// Removes a route; one that is gone is removed already.
pub(super) async fn delete_route(
    aws: &Aws,
    table_id: &str,
    destination: &str,
) -> Result<(), KindError> {
    let (ipv4, ipv6) = by_family(destination);
    let delete = aws.ec2.delete_route().route_table_id(table_id);
    let delete = delete.set_destination_cidr_block(ipv4).set_destination_ipv6_cidr_block(ipv6);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting a route of route table", table_id))
}

/// The destination as IPv4 or as IPv6.
fn by_family(destination: &str) -> (Option<String>, Option<String>) {
    let destination = destination.to_owned();
    if destination.contains(':') { (None, Some(destination)) } else { (Some(destination), None) }
}

/// The target as gateway or as NAT gateway.
fn by_kind(target: &str) -> (Option<String>, Option<String>) {
    let target_id = target.to_owned();
    if target.starts_with("nat-") { (None, Some(target_id)) } else { (Some(target_id), None) }
}
