//! CloudWatch Logs log group with a retention, so that old logs are deleted.
//!
//! Lambda creates a function's log group again, without tags, when the function logs and there is
//! none: after a destroy, or when somebody deleted the group. Such a group is adopted, otherwise
//! every deploy would be refused.

use std::collections::{BTreeMap, HashMap};

use aws::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{map_has_resource_tags, resource_tags};

/// The prefix of the log groups of Lambda functions.
const LAMBDA_PREFIX: &str = "/aws/lambda/";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    pub name: String,
    /// Days; 0 means forever, like a group without a retention.
    pub retention_days: i32,
}

impl ResourceKind for LogGroup {
    const NAME: &'static str = "log group";
    const ACTIONS: Actions = Actions {
        look: &["logs:DescribeLogGroups", "logs:ListTagsForResource"],
        make: &["logs:CreateLogGroup"],
        change: &["logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let doing =
            |failure: SdkFailure| KindError::doing("reading log group", &self.name)(failure);
        let mut pages = aws
            .logs
            .describe_log_groups()
            .log_group_name_prefix(&self.name)
            .into_paginator()
            .send();
        let mut retention = None;
        while let (None, Some(page)) = (retention, pages.next().await) {
            let groups = page.map_err(|error| doing(error.into()))?.log_groups.unwrap_or_default();
            // The prefix matches longer names too.
            let named =
                groups.iter().find(|group| group.log_group_name() == Some(self.name.as_str()));
            retention = named.map(|group| group.retention_in_days().unwrap_or_default());
        }
        let Some(retention_days) = retention else { return Ok(None) };
        let arn = aws.names.log_group_arn(&self.name);
        let tagged = aws.logs.list_tags_for_resource().resource_arn(&arn).send().await;
        let tagged = tagged.map_err(|error| doing(error.into()))?.tags.unwrap_or_default();
        let made_by_lambda = tagged.is_empty() && self.name.starts_with(LAMBDA_PREFIX);
        let managed = made_by_lambda || map_has_resource_tags(aws, id, &tagged);
        let state = json!(Self { name: self.name.clone(), retention_days });
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let create =
            aws.logs.create_log_group().log_group_name(&self.name).set_tags(Some(tag_map(aws, id)));
        if let Err(error) = create.send().await {
            let failure = SdkFailure::from(error);
            // An earlier call whose response was lost created it; a group that is not managed is
            // left unchanged.
            let exists = failure.is(&["ResourceAlreadyExistsException"]);
            if !exists || !self.read(aws, id).await?.is_some_and(|found| found.managed) {
                return Err(KindError::doing("creating log group", &self.name)(failure));
            }
        }
        self.put_retention(aws).await
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let tag = aws
            .logs
            .tag_resource()
            .resource_arn(found.attribute("arn"))
            .set_tags(Some(tag_map(aws, id)));
        tag.send().await.map_err(KindError::doing("tagging log group", &self.name))?;
        self.put_retention(aws).await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
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
        let put = aws
            .logs
            .put_retention_policy()
            .log_group_name(&self.name)
            .retention_in_days(self.retention_days);
        put.send().await.map_err(KindError::doing("setting retention of log group", &self.name))?;
        Ok(())
    }
}

fn tag_map(aws: &Aws, id: &ResourceId) -> HashMap<String, String> {
    resource_tags(aws, id).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fake_logs::{FakeLogs, log_group};

    fn resource_id() -> ResourceId {
        ResourceId::new("logs")
    }

    #[tokio::test]
    async fn it_is_created_with_tags_and_read_as_desired() {
        let aws = FakeLogs::default().aws();
        assert_eq!(log_group("/a").read(&aws, &resource_id()).await.unwrap(), None);
        log_group("/a").create(&aws, &resource_id()).await.unwrap();
        log_group("/a/longer").create(&aws, &ResourceId::new("longer")).await.unwrap();
        let found = log_group("/a").read(&aws, &resource_id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.managed), (json!(log_group("/a")), true));
        assert_eq!(found.attribute("arn"), "arn:aws:logs:eu-central-1:111122223333:log-group:/a");
        assert!(
            !log_group("/a").read(&aws, &ResourceId::new("other")).await.unwrap().unwrap().managed
        );
    }

    #[tokio::test]
    async fn an_untagged_group_is_managed_only_where_lambda_creates_them() {
        let logs = FakeLogs::default();
        for (name, managed) in
            [("/aws/lambda/backup-start", true), ("/efs-s3/backup/datasync", false)]
        {
            logs.put_group(name, 0);
            let found = log_group(name).read(&logs.aws(), &resource_id()).await.unwrap().unwrap();
            assert_eq!(found.managed, managed, "{name}");
        }
    }

    #[tokio::test]
    async fn deleted_is_gone() {
        let logs = FakeLogs::default();
        log_group("/a").create(&logs.aws(), &resource_id()).await.unwrap();
        let found = log_group("/a").read(&logs.aws(), &resource_id()).await.unwrap().unwrap();
        log_group("/a").delete(&logs.aws(), &found).await.unwrap();
        assert!(logs.group_names().is_empty());
    }
}
