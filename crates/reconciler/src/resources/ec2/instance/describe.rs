//! Reads of instances: their state, their tags, and the refusal of a new instance profile.

use aws::SdkFailure;
use aws_sdk_ec2::types::{HttpTokensState, Instance as Described, InstanceStateName};

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resources::ec2::refusals::none_if_absent;
use crate::wait::INSTANCE_STATE;

pub(super) fn tag_value<'a>(instance: &'a Described, key: &str) -> Option<&'a str> {
    instance.tags().iter().find(|tag| tag.key() == Some(key))?.value()
}

pub(super) fn state_of(instance: &Described) -> Option<&InstanceStateName> {
    instance.state().and_then(|state| state.name())
}

/// Whether an instance is neither terminated nor shutting down.
pub(super) fn is_alive(instance: &Described) -> bool {
    !matches!(
        state_of(instance),
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated)
    )
}

/// The instances of these ids; none for an id that EC2 does not know, or not yet.
pub(super) async fn describe_instances(
    aws: &Aws,
    ids: &[String],
) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_instances().set_instance_ids(Some(ids.to_vec())).send().await;
    let reservations = none_if_absent(answer.map(|answer| answer.reservations.unwrap_or_default()));
    let reservations =
        reservations.map_err(KindError::doing("reading EC2 instance", &ids.join(", ")))?;
    Ok(reservations
        .into_iter()
        .flat_map(|reservation| reservation.instances.unwrap_or_default())
        .collect())
}

pub(super) fn timeout_cause(what: &str) -> Cause {
    let minutes = INSTANCE_STATE.as_secs() / 60;
    Cause::Other(format!("waited {minutes} minutes for {what}; the next apply continues to wait"))
}

/// "Invalid IAM Instance Profile name" and "has no associated IAM Roles": EC2 does not know the
/// profile yet; terraform-provider-aws retries the same.
pub(super) fn is_profile_unknown(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidParameterValue"])
        && (failure.says("Invalid IAM Instance Profile")
            || failure.says("has no associated IAM Roles"))
}

pub(super) fn http_tokens(imds_v2_only: bool) -> HttpTokensState {
    if imds_v2_only { HttpTokensState::Required } else { HttpTokensState::Optional }
}
