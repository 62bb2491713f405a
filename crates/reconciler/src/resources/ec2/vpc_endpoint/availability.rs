//! The wait for an endpoint to become available.

use aws_sdk_ec2::types::{State, VpcEndpoint as Described};

use super::describe::{describe_vpc_endpoint, is_alive, is_in_state};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resources::ec2::retry::becomes_visible;
use crate::wait::{self, VPC_ENDPOINT_AVAILABLE};

/// `true` when it can be used, `false` when it is none: deleted long ago, and only its client token
/// is remembered.
pub(super) async fn await_available(aws: &Aws, endpoint_id: &str) -> Result<bool, KindError> {
    if !becomes_visible(async || describe_vpc_endpoint(aws, endpoint_id).await).await? {
        return Ok(false);
    }
    let settled = wait::until(VPC_ENDPOINT_AVAILABLE, async || {
        let Some(endpoint) = describe_vpc_endpoint(aws, endpoint_id).await?.pop() else {
            return Ok(Some(false));
        };
        if is_pending(&endpoint) {
            return Ok(None);
        }
        if is_in_state(&endpoint, &[State::Failed, State::Rejected, State::Expired]) {
            return Err(waiting_error(endpoint_id)(Cause::Other(failure_of(&endpoint))));
        }
        Ok(Some(is_alive(&endpoint)))
    });
    settled.await?.ok_or_else(|| waiting_error(endpoint_id)(timeout_cause()))
}

pub(super) fn is_pending(endpoint: &Described) -> bool {
    is_in_state(endpoint, &[State::Pending, State::PendingAcceptance])
}

pub(super) fn waiting_error(endpoint_id: &str) -> impl FnOnce(Cause) -> KindError {
    KindError::doing("waiting for VPC endpoint", endpoint_id)
}

fn timeout_cause() -> Cause {
    let minutes = VPC_ENDPOINT_AVAILABLE.as_secs() / 60;
    Cause::Other(format!("it is pending for {minutes} minutes; the next apply continues to wait"))
}

fn failure_of(endpoint: &Described) -> String {
    let state = endpoint.state().map(State::as_str).unwrap_or_default().to_ascii_lowercase();
    let error = endpoint.last_error();
    let reason = error.and_then(|error| error.message()).unwrap_or("no reason given");
    format!("it is {state}: {reason}; delete it, then apply again")
}
