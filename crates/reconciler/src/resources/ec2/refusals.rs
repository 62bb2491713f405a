//! Error codes of EC2, by what they say about the call.

use aws::SdkFailure;

/// How EC2 says that something does not exist, by kind of thing (EC2 API reference, "Error codes
/// for the Amazon EC2 API"; the spellings differ from call to call, as terraform-provider-aws has
/// them too).
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

/// What EC2 answers when it may have done it all the same (EC2 API reference, "Server error
/// codes").
const UNCERTAIN: [&str; 4] =
    ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"];

/// How EC2 refuses a client token that was used up: for a wish in other words, or for an instance
/// that is terminated (EC2 API reference, "Error codes for the Amazon EC2 API").
pub(super) const TOKEN_SPENT: [&str; 2] =
    ["IdempotentInstanceTerminated", "IdempotentParameterMismatch"];

/// How EC2 says that something is still held by others.
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

/// What a `Describe…` by ids answers; for an id that is gone it answers nothing.
pub(super) fn none_if_absent<T, F: Into<SdkFailure>>(
    answer: Result<Vec<T>, F>,
) -> Result<Vec<T>, SdkFailure> {
    answer
        .map_err(Into::into)
        .or_else(|failure| if is_absent(&failure) { Ok(Vec::new()) } else { Err(failure) })
}
