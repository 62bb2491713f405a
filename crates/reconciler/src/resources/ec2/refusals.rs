//! Error codes of EC2, by their meaning for the call.

use aws::SdkFailure;

/// Error codes for a resource that does not exist, one or more for each resource type (EC2 API
/// reference, "Error codes for the Amazon EC2 API"). The spellings differ from call to call;
/// terraform-provider-aws has the same ones.
const ABSENT: &[&str] = &[
    "InvalidAddress.NotFound",
    "InvalidAllocationID.NotFound",
    "InvalidAssociationID.NotFound",
    "InvalidElasticIpID.NotFound",
    "InvalidFlowLogId.NotFound",
    "InvalidGatewayID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidInstanceID.NotFound",
    "InvalidInternetGatewayID.NotFound",
    "InvalidNatGatewayID.NotFound",
    "InvalidNetworkInterfaceID.NotFound",
    "InvalidPermission.NotFound",
    "InvalidRoute.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidRouteTableId.NotFound",
    "InvalidSecurityGroupID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidSubnetId.NotFound",
    "InvalidVpcEndpoint.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidVpcID.NotFound",
    "InvalidVpcId.NotFound",
    "NatGatewayNotFound",
];

/// Error codes of calls that may have had their effect (EC2 API reference, "Server error codes").
const UNCERTAIN: [&str; 4] =
    ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"];

/// Error codes for a client token that was used before: with other parameters, or for an instance
/// that is terminated (EC2 API reference, "Error codes for the Amazon EC2 API").
pub(super) const TOKEN_SPENT: [&str; 2] =
    ["IdempotentInstanceTerminated", "IdempotentParameterMismatch"];

/// Error codes for a resource that others still use.
pub(super) const HELD: [&str; 2] = ["DependencyViolation", "InvalidIPAddress.InUse"];

/// Whether EC2 reports that the resource does not exist.
pub(super) fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(ABSENT)
}

/// Whether a code alone reports an absent resource, for calls about several resources.
pub(super) fn is_absent_code(code: &str) -> bool {
    ABSENT.contains(&code)
}

/// Whether the call may have had its effect: without a response, or with one that leaves it open.
pub(super) fn is_uncertain(failure: &SdkFailure) -> bool {
    failure.code.is_none() || failure.is(&UNCERTAIN)
}

/// Whether the call had no effect and a retry will succeed: EC2 does not know a new resource yet,
/// or has too many requests.
pub(super) fn is_early(failure: &SdkFailure) -> bool {
    is_absent(failure) || failure.is_throttled()
}

/// Whether this client token is used up, so that the next one must be taken.
pub(super) fn is_token_spent(failure: &SdkFailure) -> bool {
    failure.is(&TOKEN_SPENT)
}

/// The result of a `Describe…` by ids; empty for an id that does not exist.
pub(super) fn none_if_absent<T, F: Into<SdkFailure>>(
    answer: Result<Vec<T>, F>,
) -> Result<Vec<T>, SdkFailure> {
    answer
        .map_err(Into::into)
        .or_else(|failure| if is_absent(&failure) { Ok(Vec::new()) } else { Err(failure) })
}
