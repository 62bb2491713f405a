//! The wait for a NAT gateway to become available.

use aws_sdk_ec2::types::{NatGateway as Described, NatGatewayState};

use super::describe_nat_gateway;
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resources::ec2::retry::becomes_visible;
use crate::wait::{self, NAT_GATEWAY_AVAILABLE};

/// `true` when it can be used, `false` when it is none: deleted long ago, and only its client token
/// is remembered.
pub(super) async fn await_available(aws: &Aws, gateway_id: &str) -> Result<bool, KindError> {
    if !becomes_visible(async || describe_nat_gateway(aws, gateway_id).await).await? {
        return Ok(false);
    }
    let settled = wait::until(NAT_GATEWAY_AVAILABLE, async || {
        let Some(gateway) = describe_nat_gateway(aws, gateway_id).await?.pop() else {
            return Ok(Some(false));
        };
        match gateway.state() {
            Some(NatGatewayState::Available) => Ok(Some(true)),
            Some(NatGatewayState::Pending) | None => Ok(None),
            Some(NatGatewayState::Failed) => {
                Err(waiting_error(gateway_id)(Cause::Other(failure_of(&gateway))))
            }
            _ => Ok(Some(false)),
        }
    });
    settled.await?.ok_or_else(|| waiting_error(gateway_id)(timeout_cause()))
}

fn timeout_cause() -> Cause {
    let minutes = NAT_GATEWAY_AVAILABLE.as_secs() / 60;
    Cause::Other(format!("it is pending for {minutes} minutes; the next apply continues to wait"))
}

/// `Gateway.NotAttached: Network vpc-… has no Internet gateway attached`
pub(super) fn failure_of(gateway: &Described) -> String {
    let (code, message) = (gateway.failure_code(), gateway.failure_message());
    format!("{}: {}", code.unwrap_or("it failed"), message.unwrap_or("no reason given"))
}

pub(super) fn waiting_error(gateway_id: &str) -> impl FnOnce(Cause) -> KindError {
    KindError::doing("waiting for NAT gateway", gateway_id)
}
