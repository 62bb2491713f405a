//! CloudWatch Logs resource policy of one log group: lets a service write there that has no role of
//! its own.
//!
//! It is attached to the log group (`resourceArn`): an account has room for ten policies without
//! one, and a log group for one (CloudWatch Logs API model 2014-03-28). A request names either a
//! policy or a log group, never both (terraform-provider-aws,
//! `internal/service/logs/resource_policy.go`: `ExactlyOneOf`), so this policy has no name. It is
//! changed and removed by its last revision; it can't be tagged, and belongs to the log group as
//! the log group belongs to us. One that was put with a name is found by its log group all the
//! same.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_cloudwatchlogs::types::{PolicyScope, ResourcePolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};
use crate::policy_document;
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogResourcePolicy {
    /// Without `:*`.
    pub log_group_arn: String,
    pub document: Value,
}

impl ResourceKind for LogResourcePolicy {
    const NAME: &'static str = "CloudWatch Logs resource policy";
    const ACTIONS: Actions = Actions {
        look: &["logs:DescribeResourcePolicies"],
        make: &["logs:PutResourcePolicy"],
        change: &["logs:DeleteResourcePolicy"],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] = &["log_group_arn"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.log_group_arn) {
            return Ok(None);
        }
        let describe = aws.logs.describe_resource_policies().resource_arn(&self.log_group_arn);
        let sent = describe.policy_scope(PolicyScope::Resource).send().await;
        let doing = "reading CloudWatch Logs resource policy of";
        let absent = ["ResourceNotFoundException"];
        let answer = none_if_refused(sent, &absent, doing, &self.log_group_arn)?;
        let policies = answer.and_then(|answer| answer.resource_policies).unwrap_or_default();
        Ok(policies.first().map(|policy| self.live_resource(policy)))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        self.put_log_resource_policy(aws, None).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put_log_resource_policy(aws, Some(found.attribute("revision_id").to_owned())).await
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let delete = aws.logs.delete_resource_policy().resource_arn(&self.log_group_arn);
        match delete.expected_revision_id(found.attribute("revision_id")).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing(
                    "deleting CloudWatch Logs resource policy of",
                    &self.log_group_arn,
                );
                if failure.is(&["ResourceNotFoundException"]) {
                    Ok(())
                } else {
                    Err(doing(failure))
                }
            }
        }
    }
}

impl LogResourcePolicy {
    async fn put_log_resource_policy(
        &self,
        aws: &Aws,
        expected_revision: Option<String>,
    ) -> Result<(), KindError> {
        let put = aws.logs.put_resource_policy().resource_arn(&self.log_group_arn);
        let put = put
            .policy_document(self.document.to_string())
            .set_expected_revision_id(expected_revision);
        let doing =
            KindError::doing("putting CloudWatch Logs resource policy of", &self.log_group_arn);
        put.send().await.map_err(doing)?;
        Ok(())
    }

    fn live_resource(&self, policy: &ResourcePolicy) -> LiveResource {
        let document =
            policy_document::parse(&self.document, policy.policy_document().unwrap_or_default());
        let state = Self { log_group_arn: self.log_group_arn.clone(), document };
        let revision = policy.revision_id().unwrap_or_default().to_owned();
        let arn = self.log_group_arn.clone();
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("revision_id".to_owned(), revision)]);
        LiveResource { state: json!(state), attributes, managed: true }
    }
}

#[cfg(test)]
mod tests;
