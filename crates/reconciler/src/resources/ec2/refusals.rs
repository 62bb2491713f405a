//! Error codes of EC2, by what they say about the call.

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

/// EC2's answer to too many requests: it did nothing.
const THROTTLED: [&str; 3] = ["RequestLimitExceeded", "Throttling", "ThrottlingException"];

/// Error codes of calls that may have had their effect (EC2 API reference, "Server error codes").
const UNCERTAIN: [&str; 4] =
    ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"];

/// Error codes for a client token that was used before: with other parameters, or for an instance
/// that is terminated (EC2 API reference, "Error codes for the Amazon EC2 API").
pub(super) const TOKEN_SPENT: [&str; 2] =
    ["IdempotentInstanceTerminated", "IdempotentParameterMismatch"];

/// Error codes for a resource that others still use.
pub(super) const HELD: [&str; 2] = ["DependencyViolation", "InvalidIPAddress.InUse"];

/// Whether EC2 says that there is no such thing.
pub(super) fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(ABSENT)
}

/// The same of a code alone, where one call answers for many.
pub(super) fn is_absent_code(code: &str) -> bool {
    ABSENT.contains(&code)
}

/// Whether the call may have had its effect: no answer came, or one that doesn't tell.
pub(super) fn is_uncertain(failure: &SdkFailure) -> bool {
    failure.code.is_none() || failure.is(&UNCERTAIN)
}

/// Whether the call had no effect and will have it later: EC2 does not know yet what was made a
/// moment ago, or has too many requests.
pub(super) fn is_early(failure: &SdkFailure) -> bool {
    is_absent(failure) || failure.is(&THROTTLED)
}

/// Whether this client token will never make anything again, so that the next one has to be taken.
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
