//! Changes to an existing instance.

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    AttributeValue, IamInstanceProfileAssociation, IamInstanceProfileAssociationState,
    IamInstanceProfileSpecification, InstanceMetadataEndpointState, InstanceStateName,
};

use super::describe::{
    describe_instances, http_tokens, is_profile_unknown, state_of, tag_value, timeout_cause,
};
use super::{Instance, ONE_HOP, STOPPED_TAG};
use crate::Aws;
use crate::kind_error::KindError;
use crate::resources::ec2::retry::retry_until_settled;
use crate::resources::ec2::tagging::{new_filter, new_tag};
use crate::wait::{self, IAM_PROPAGATION, INSTANCE_STATE};

const CHANGING_TYPE: &str = "changing type of EC2 instance";

pub(super) async fn put_security_groups(
    wanted: &Instance,
    aws: &Aws,
    instance_id: &str,
) -> Result<(), KindError> {
    let sent = retry_until_settled(async || {
        let modify = aws.ec2.modify_instance_attribute().instance_id(instance_id);
        modify
            .set_groups(Some(wanted.security_group_ids.clone()))
            .send()
            .await
            .map_err(SdkFailure::from)
    });
    sent.await
        .map(drop)
        .map_err(KindError::doing("changing security groups of EC2 instance", instance_id))
}

pub(super) async fn put_metadata_options(
    wanted: &Instance,
    aws: &Aws,
    instance_id: &str,
) -> Result<(), KindError> {
    let modify = aws.ec2.modify_instance_metadata_options().instance_id(instance_id);
    let modify = modify
        .http_endpoint(InstanceMetadataEndpointState::Enabled)
        .http_tokens(http_tokens(wanted.imds_v2_only));
    let sent = modify.http_put_response_hop_limit(ONE_HOP).send().await;
    sent.map(drop)
        .map_err(KindError::doing("changing metadata options of EC2 instance", instance_id))
}

pub(super) async fn put_instance_profile(
    wanted: &Instance,
    aws: &Aws,
    instance_id: &str,
) -> Result<(), KindError> {
    let put = wait::retry(IAM_PROPAGATION, is_profile_unknown, async || {
        associate_profile(wanted, aws, instance_id).await
    });
    put.await.map_err(KindError::doing("changing instance profile of EC2 instance", instance_id))
}

async fn associate_profile(
    wanted: &Instance,
    aws: &Aws,
    instance_id: &str,
) -> Result<(), SdkFailure> {
    let profile =
        IamInstanceProfileSpecification::builder().name(&wanted.instance_profile_name).build();
    match find_association(aws, instance_id).await? {
        Some(present) => {
            let replace = aws.ec2.replace_iam_instance_profile_association();
            let replace = replace.set_association_id(present.association_id);
            replace.iam_instance_profile(profile).send().await?;
        }
        None => {
            let associate = aws.ec2.associate_iam_instance_profile().instance_id(instance_id);
            associate.iam_instance_profile(profile).send().await?;
        }
    }
    Ok(())
}

/// Changes the type of the instance, which must be stopped for it. A tag records that this program
/// stopped it, in case it is interrupted before the instance runs again.
pub(super) async fn put_instance_type(
    wanted: &Instance,
    aws: &Aws,
    instance_id: &str,
) -> Result<(), KindError> {
    let present = describe_instances(aws, &[instance_id.to_owned()]).await?;
    let stopped =
        present.iter().any(|instance| state_of(instance) == Some(&InstanceStateName::Stopped));
    let by_somebody =
        stopped && present.iter().all(|instance| tag_value(instance, STOPPED_TAG).is_none());
    let wanted_type = wanted.instance_type.as_str().into();
    let right = present.iter().all(|instance| instance.instance_type() == Some(&wanted_type));
    if !right && !stopped {
        stop_for_change(aws, instance_id).await?;
    }
    if !right {
        modify_type(wanted, aws, instance_id).await?;
    }
    if by_somebody { Ok(()) } else { start_again(aws, instance_id).await }
}

async fn stop_for_change(aws: &Aws, instance_id: &str) -> Result<(), KindError> {
    let sent = stop_instance(aws, instance_id).await;
    sent.map_err(KindError::doing(CHANGING_TYPE, instance_id))?;
    await_state(aws, instance_id, &InstanceStateName::Stopped).await
}

/// Changes the type of a stopped instance.
async fn modify_type(wanted: &Instance, aws: &Aws, instance_id: &str) -> Result<(), KindError> {
    let instance_type = AttributeValue::builder().value(&wanted.instance_type).build();
    let modify = aws.ec2.modify_instance_attribute().instance_id(instance_id);
    let modified = modify.instance_type(instance_type).send().await;
    modified.map(drop).map_err(KindError::doing(CHANGING_TYPE, instance_id))
}

async fn start_again(aws: &Aws, instance_id: &str) -> Result<(), KindError> {
    let started = aws.ec2.start_instances().instance_ids(instance_id).send().await;
    started.map_err(KindError::doing(CHANGING_TYPE, instance_id))?;
    await_state(aws, instance_id, &InstanceStateName::Running).await?;
    let unmark = aws
        .ec2
        .delete_tags()
        .resources(instance_id)
        .tags(new_tag(STOPPED_TAG, "true"))
        .send()
        .await;
    unmark.map(drop).map_err(KindError::doing(CHANGING_TYPE, instance_id))
}

async fn stop_instance(aws: &Aws, instance_id: &str) -> Result<(), SdkFailure> {
    aws.ec2.create_tags().resources(instance_id).tags(new_tag(STOPPED_TAG, "true")).send().await?;
    aws.ec2.stop_instances().instance_ids(instance_id).send().await?;
    Ok(())
}

async fn find_association(
    aws: &Aws,
    instance_id: &str,
) -> Result<Option<IamInstanceProfileAssociation>, SdkFailure> {
    let describe = aws.ec2.describe_iam_instance_profile_associations();
    let answer = describe.filters(new_filter("instance-id", instance_id)).send().await?;
    let in_effect = |association: &IamInstanceProfileAssociation| {
        let state = association.state();
        matches!(
            state,
            Some(
                IamInstanceProfileAssociationState::Associated
                    | IamInstanceProfileAssociationState::Associating
            )
        )
    };
    Ok(answer.iam_instance_profile_associations.unwrap_or_default().into_iter().find(in_effect))
}

async fn await_state(
    aws: &Aws,
    instance_id: &str,
    wanted: &InstanceStateName,
) -> Result<(), KindError> {
    let reached = wait::until(INSTANCE_STATE, async || {
        let present = describe_instances(aws, &[instance_id.to_owned()]).await?;
        let reached = present.iter().any(|instance| state_of(instance) == Some(wanted));
        Ok::<_, KindError>(reached.then_some(()))
    });
    let doing = KindError::doing("waiting for EC2 instance", instance_id);
    reached.await?.ok_or_else(|| doing(timeout_cause(&format!("it to be {wanted}"))))
}

#[cfg(test)]
mod tests;
