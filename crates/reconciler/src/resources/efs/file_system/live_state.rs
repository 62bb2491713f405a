//! The live state of a file system, in the shape of the desired one.

use std::collections::BTreeMap;

use aws_sdk_efs::types::FileSystemDescription;
use serde_json::json;

use super::{FileSystem, NAME_TAG};
use crate::Aws;
use crate::resource_kind::LiveResource;

impl FileSystem {
    pub(super) fn live_resource(
        &self,
        aws: &Aws,
        description: &FileSystemDescription,
        (transition_to_ia_days, backup): (Option<i32>, bool),
    ) -> LiveResource {
        let id = description.file_system_id.clone();
        let arn = aws.names.file_system_arn(&id);
        let state = Self {
            name: name_of(description).unwrap_or_default(),
            encrypted: description.encrypted.unwrap_or(false),
            // EFS returns the account's own key too; it only counts where a key is desired.
            kms_key_arn: description.kms_key_id.clone().filter(|_| self.kms_key_arn.is_some()),
            throughput_mode: throughput_of(description).to_owned(),
            performance_mode: description.performance_mode.as_str().to_owned(),
            transition_to_ia_days,
            backup,
        };
        let attributes = BTreeMap::from([("id".to_owned(), id), ("arn".to_owned(), arn)]);
        LiveResource { state: json!(state), attributes, managed: true }
    }
}

fn name_of(description: &FileSystemDescription) -> Option<String> {
    let named = description.tags.iter().find(|tag| tag.key() == NAME_TAG);
    named.map(|tag| tag.value().to_owned())
}

fn throughput_of(description: &FileSystemDescription) -> &str {
    description.throughput_mode.as_ref().map_or("bursting", |mode| mode.as_str())
}
