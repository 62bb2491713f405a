//! The live state of an instance, in the shape of the desired one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{HttpTokensState, Instance as Described, InstanceMetadataOptionsResponse};
use domain::arn::resource_id;
use serde_json::json;

use super::describe::tag_value;
use super::{
    IMAGE_TAG, Instance, ONE_HOP, PUBLIC_IP_TAG, ROOT_VOLUME_TAG, STOPPED_TAG, USER_DATA_TAG,
    sha256_hex,
};
use crate::diff::in_order_of;
use crate::resource_kind::LiveResource;

pub(super) fn live_attributes(instance: &Described) -> BTreeMap<String, String> {
    let public_ip = instance.public_ip_address().filter(|address| !address.is_empty());
    let known = [
        ("id", instance.instance_id()),
        ("private_ip", instance.private_ip_address()),
        ("public_ip", public_ip),
    ];
    known
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect()
}

pub(super) fn is_v2_only(options: &InstanceMetadataOptionsResponse) -> bool {
    options.http_tokens() == Some(&HttpTokensState::Required)
        && options.http_put_response_hop_limit() == Some(ONE_HOP)
}

impl Instance {
    pub(super) fn live_resource(
        &self,
        instance: &Described,
        duplicates: Vec<String>,
    ) -> LiveResource {
        let groups =
            instance.security_groups().iter().filter_map(|group| group.group_id.clone()).collect();
        let profile = instance.iam_instance_profile().and_then(|profile| profile.arn());
        let state = Self {
            image: tag_value(instance, IMAGE_TAG).unwrap_or_default().to_owned(),
            instance_type: self.found_type(instance),
            subnet_id: instance.subnet_id().unwrap_or_default().to_owned(),
            security_group_ids: in_order_of(&self.security_group_ids, groups),
            instance_profile_name: profile.map(resource_id).unwrap_or_default().to_owned(),
            associate_public_ip: tag_value(instance, PUBLIC_IP_TAG) == Some("true"),
            key_name: instance.key_name().filter(|name| !name.is_empty()).map(str::to_owned),
            root_volume_gb: tag_value(instance, ROOT_VOLUME_TAG)
                .and_then(|size| size.parse().ok())
                .unwrap_or_default(),
            // Only the image decides it.
            root_device: self.root_device.clone(),
            user_data: self.found_user_data(tag_value(instance, USER_DATA_TAG).unwrap_or_default()),
            // EC2 always returns them, the local cloud does not.
            imds_v2_only: instance.metadata_options().map_or(self.imds_v2_only, is_v2_only),
            duplicates,
        };
        LiveResource { state: json!(state), attributes: live_attributes(instance), managed: true }
    }

    /// One that an interrupted change left stopped differs, so that the next apply starts it again.
    pub(super) fn found_type(&self, instance: &Described) -> String {
        let instance_type =
            instance.instance_type().map_or("", |instance_type| instance_type.as_str());
        let stopped = tag_value(instance, STOPPED_TAG).is_some();
        if stopped {
            format!("{instance_type}, stopped for a change")
        } else {
            instance_type.to_owned()
        }
    }

    pub(super) fn found_user_data(&self, digest: &str) -> String {
        if digest == sha256_hex(&self.user_data) {
            self.user_data.clone()
        } else {
            format!("sha256:{digest}")
        }
    }
}
