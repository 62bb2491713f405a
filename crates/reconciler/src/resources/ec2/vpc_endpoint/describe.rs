//! Reads of endpoints.

use aws_sdk_ec2::types::{State, VpcEndpoint as Described, VpcEndpointType};

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::tagging::{is_managed, tag_filters};

pub(super) fn id_of(endpoint: &Described) -> &str {
    endpoint.vpc_endpoint_id().unwrap_or_default()
}

/// EC2 returns the state in lower case, although its model has it capitalised.
pub(super) fn is_in_state(endpoint: &Described, states: &[State]) -> bool {
    let state = endpoint.state().map(State::as_str).unwrap_or_default();
    states.iter().any(|one| state.eq_ignore_ascii_case(one.as_str()))
}

pub(super) fn is_alive(endpoint: &Described) -> bool {
    let ended = [State::Deleting, State::Deleted, State::Failed, State::Rejected, State::Expired];
    !is_in_state(endpoint, &ended)
}

/// Whether something of it still holds its subnets and security groups: an interface endpoint has
/// network interfaces until it is deleted.
pub(super) fn holds_resources(endpoint: &Described) -> bool {
    let is_interface = endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::Interface);
    is_alive(endpoint) || (is_interface && is_in_state(endpoint, &[State::Deleting]))
}

/// All managed endpoints, including deleted and failed ones.
pub(super) async fn list_vpc_endpoints(
    aws: &Aws,
    id: &ResourceId,
) -> Result<Vec<Described>, KindError> {
    let pages = aws.ec2.describe_vpc_endpoints().set_filters(tag_filters(aws, id)).into_paginator();
    let listed = pages.items().send().try_collect().await;
    let listed: Vec<Described> =
        listed.map_err(KindError::doing("listing VPC endpoints for", id.as_str()))?;
    Ok(listed.into_iter().filter(|endpoint| is_managed(aws, id, endpoint.tags())).collect())
}

pub(super) async fn describe_vpc_endpoint(
    aws: &Aws,
    endpoint_id: &str,
) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_vpc_endpoints().vpc_endpoint_ids(endpoint_id).send().await;
    let answer = answer.map(|answer| answer.vpc_endpoints.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing VPC endpoint", endpoint_id))
}
