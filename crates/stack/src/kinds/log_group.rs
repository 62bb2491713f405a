//! CloudWatch Logs log group with a retention, so that logs don't cost for ever.

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Found, Kind, KindError, bears_our_tags, tags};
use crate::Aws;
use crate::graph::ResourceId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    pub name: String,
    /// Days; 0 stands for "for ever", which is what a group without a retention has.
    pub retention_days: i32,
}

impl Kind for LogGroup {
    const NAME: &'static str = "log group";
    const REPLACE_ON: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        let doing = |failure: SdkFailure| KindError::doing("reading log group", &self.name)(failure);
        let mut pages = aws.logs.describe_log_groups().log_group_name_prefix(&self.name).into_paginator().send();
        let mut retention = None;
        while let (None, Some(page)) = (retention, pages.next().await) {
            let groups = page.map_err(|error| doing(error.into()))?.log_groups.unwrap_or_default();
            // The prefix matches longer names too.
            let named = groups.iter().find(|group| group.log_group_name() == Some(self.name.as_str()));
            retention = named.map(|group| group.retention_in_days().unwrap_or_default());
        }
        let Some(retention_days) = retention else { return Ok(None) };
        let arn = aws.names.log_group_arn(&self.name);
        let tagged = aws.logs.list_tags_for_resource().resource_arn(&arn).send().await;
        let tagged = tagged.map_err(|error| doing(error.into()))?.tags.unwrap_or_default();
        let ours = bears_our_tags(aws, id, tagged.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let state = json!(Self { name: self.name.clone(), retention_days });
        let attributes = BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(Found { state, attributes, ours }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let mut create = aws.logs.create_log_group().log_group_name(&self.name);
        for (key, value) in tags(aws, id) {
            create = create.tags(key, value);
        }
        create.send().await.map_err(KindError::doing("creating log group", &self.name))?;
        self.put_retention(aws).await
    }

    async fn update(&self, aws: &Aws, _id: &ResourceId, _found: &Found, _changed: &[String]) -> Result<(), KindError> {
        self.put_retention(aws).await
    }

    async fn delete(&self, aws: &Aws, _found: &Found) -> Result<(), KindError> {
        if let Err(error) = aws.logs.delete_log_group().log_group_name(&self.name).send().await {
            let failure = SdkFailure::from(error);
            if !failure.is(&["ResourceNotFoundException"]) {
                return Err(KindError::doing("deleting log group", &self.name)(failure));
            }
        }
        Ok(())
    }
}

impl LogGroup {
    async fn put_retention(&self, aws: &Aws) -> Result<(), KindError> {
        let put = aws.logs.put_retention_policy().log_group_name(&self.name).retention_in_days(self.retention_days);
        put.send().await.map_err(KindError::doing("setting retention of log group", &self.name))?;
        Ok(())
    }
}
