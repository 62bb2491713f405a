//! Starting the instance, waiting for it, and terminating it.

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, IamInstanceProfileSpecification, Instance as Described,
    InstanceMetadataEndpointState, InstanceMetadataOptionsRequest,
    InstanceNetworkInterfaceSpecification, InstanceStateName, ResourceType,
    RunInstancesMonitoringEnabled, TagSpecification, VolumeType,
};
use aws_smithy_types::base64;

use super::describe::{
    describe_instances, http_tokens, is_alive, is_profile_unknown, state_of, timeout_cause,
};
use super::{
    IMAGE_TAG, Instance, ONE_HOP, PUBLIC_IP_TAG, ROOT_VOLUME_TAG, USER_DATA_TAG, sha256_hex,
};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resources::ec2::client_token::client_token;
use crate::resources::ec2::refusals::is_token_spent;
use crate::resources::ec2::retry::{delete_when_free, retry_until_settled, wait_until_gone};
use crate::resources::ec2::tagging::{new_tag, tag_specification};
use crate::wait::{self, IAM_PROPAGATION, INSTANCE_STATE};

/// The number of instances with the same desired state that may be launched and terminated while
/// EC2 remembers their client tokens.
const GENERATIONS: u32 = 50;

/// Launches the instance and returns its id. A token that belongs to a terminated instance, or to a
/// launch with other parameters, is followed by the next one.
pub(super) async fn launch_instance(
    wanted: &Instance,
    aws: &Aws,
    id: &ResourceId,
) -> Result<String, KindError> {
    let public_by_default = is_public_by_default(aws, &wanted.subnet_id).await?;
    for generation in 0..GENERATIONS {
        let token = client_token(aws, id, wanted, generation);
        // The profile and its role were just created.
        let launched = wait::retry(IAM_PROPAGATION, is_profile_unknown, async || {
            retry_until_settled(async || {
                run_instance(wanted, aws, id, &token, public_by_default).await
            })
            .await
        });
        if let Some(instance_id) = living_instance(launched.await)
            .map_err(KindError::doing("launching EC2 instance", id.as_str()))?
        {
            return Ok(instance_id);
        }
    }
    let spent =
        format!("{GENERATIONS} earlier ones were terminated within a day; try again tomorrow");
    Err(KindError::doing("launching EC2 instance", id.as_str())(Cause::Other(spent)))
}

/// Waits until it runs. An instance that somebody stops in the meantime counts as launched.
pub(super) async fn await_launched(aws: &Aws, instance_id: &str) -> Result<(), KindError> {
    let doing = || KindError::doing("waiting for EC2 instance", instance_id);
    let launched = wait::until(INSTANCE_STATE, async || {
        // A moment after its launch it may not be known yet.
        let Some(instance) =
            describe_instances(aws, &[instance_id.to_owned()]).await?.into_iter().next()
        else {
            return Ok(None);
        };
        if !is_alive(&instance) {
            let reason = instance
                .state_reason()
                .and_then(|reason| reason.message())
                .unwrap_or("it is terminated");
            return Err(doing()(Cause::Other(reason.to_owned())));
        }
        Ok((state_of(&instance) != Some(&InstanceStateName::Pending)).then_some(()))
    });
    launched.await?.ok_or_else(|| doing()(timeout_cause("it to run")))
}

/// Terminates them; returning means that they are.
pub(super) async fn terminate_instances(aws: &Aws, ids: Vec<String>) -> Result<(), KindError> {
    let name = ids.join(", ");
    for id in &ids {
        // One by one: of several EC2 terminates none if it does not know one.
        let terminated = delete_when_free(async || {
            aws.ec2.terminate_instances().instance_ids(id).send().await.map_err(SdkFailure::from)
        });
        terminated.await.map_err(KindError::doing("terminating EC2 instance", id))?;
    }
    let left = async || {
        let mut left = Vec::new();
        for id in &ids {
            left.extend(describe_instances(aws, std::slice::from_ref(id)).await?);
        }
        left.retain(|instance| state_of(instance) != Some(&InstanceStateName::Terminated));
        Ok(left)
    };
    wait_until_gone("waiting for the end of EC2 instance", &name, left).await
}

async fn is_public_by_default(aws: &Aws, subnet_id: &str) -> Result<bool, KindError> {
    let answer = retry_until_settled(async || {
        aws.ec2.describe_subnets().subnet_ids(subnet_id).send().await.map_err(SdkFailure::from)
    });
    let answer = answer.await.map_err(KindError::doing("reading subnet", subnet_id))?;
    Ok(answer.subnets().iter().any(|subnet| subnet.map_public_ip_on_launch() == Some(true)))
}

/// The id of a launched instance; `None` when its token belongs to an earlier one that is gone.
fn living_instance(launched: Result<Described, SdkFailure>) -> Result<Option<String>, SdkFailure> {
    match launched {
        Ok(instance) if is_alive(&instance) => Ok(Some(instance.instance_id.unwrap_or_default())),
        Ok(_) => Ok(None),
        Err(failure) if is_token_spent(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn run_instance(
    wanted: &Instance,
    aws: &Aws,
    id: &ResourceId,
    token: &str,
    public_by_default: bool,
) -> Result<Described, SdkFailure> {
    let profile =
        IamInstanceProfileSpecification::builder().name(&wanted.instance_profile_name).build();
    let run = aws.ec2.run_instances().min_count(1).max_count(1).client_token(token);
    let run = run.image_id(&wanted.image).instance_type(wanted.instance_type.as_str().into());
    let run = run.iam_instance_profile(profile).set_key_name(wanted.key_name.clone());
    let run =
        run.user_data(base64::encode(&wanted.user_data)).block_device_mappings(root_volume(wanted));
    let run = run.metadata_options(metadata_options(wanted));
    // EBS-optimised by default where the type supports it; other types refuse the parameter (EC2
    // User Guide, "Amazon EBS-optimized instance types").
    let run = run.monitoring(RunInstancesMonitoringEnabled::builder().enabled(false).build());
    let run = run.tag_specifications(launch_tags(wanted, aws, id));
    let run = run.tag_specifications(tag_specification(aws, id, ResourceType::Volume));
    // An interface has to be spelled out only where the subnet would decide otherwise.
    let run = if wanted.associate_public_ip == public_by_default {
        run.subnet_id(&wanted.subnet_id)
            .set_security_group_ids(Some(wanted.security_group_ids.clone()))
    } else {
        run.network_interfaces(network_interface(wanted))
    };
    let launched = run.send().await?.instances.and_then(|instances| instances.into_iter().next());
    launched.ok_or_else(|| SdkFailure::incomplete("instance"))
}

fn root_volume(wanted: &Instance) -> BlockDeviceMapping {
    let volume =
        EbsBlockDevice::builder().volume_type(VolumeType::Gp3).volume_size(wanted.root_volume_gb);
    let volume = volume.encrypted(true).delete_on_termination(true).build();
    BlockDeviceMapping::builder().device_name(&wanted.root_device).ebs(volume).build()
}

fn metadata_options(wanted: &Instance) -> InstanceMetadataOptionsRequest {
    let options = InstanceMetadataOptionsRequest::builder()
        .http_endpoint(InstanceMetadataEndpointState::Enabled);
    options
        .http_tokens(http_tokens(wanted.imds_v2_only))
        .http_put_response_hop_limit(ONE_HOP)
        .build()
}

fn network_interface(wanted: &Instance) -> InstanceNetworkInterfaceSpecification {
    let interface = InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .delete_on_termination(true);
    let interface =
        interface.subnet_id(&wanted.subnet_id).set_groups(Some(wanted.security_group_ids.clone()));
    interface.associate_public_ip_address(wanted.associate_public_ip).build()
}

/// Our tags, and those that record the desired values.
fn launch_tags(wanted: &Instance, aws: &Aws, id: &ResourceId) -> TagSpecification {
    let managed = tag_specification(aws, id, ResourceType::Instance);
    let asked = [
        new_tag(IMAGE_TAG, &wanted.image),
        new_tag(PUBLIC_IP_TAG, wanted.associate_public_ip.to_string()),
        new_tag(ROOT_VOLUME_TAG, wanted.root_volume_gb.to_string()),
        new_tag(USER_DATA_TAG, sha256_hex(&wanted.user_data)),
    ];
    let all = managed.tags().iter().cloned().chain(asked).collect();
    TagSpecification::builder().resource_type(ResourceType::Instance).set_tags(Some(all)).build()
}
