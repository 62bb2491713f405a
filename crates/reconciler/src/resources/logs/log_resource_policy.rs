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
use crate::kind_error::KindError;
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
        match describe.policy_scope(PolicyScope::Resource).send().await {
            Ok(answer) => Ok(answer.resource_policies().first().map(|policy| self.found(policy))),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing(
                    "reading CloudWatch Logs resource policy of",
                    &self.log_group_arn,
                );
                if failure.is(&["ResourceNotFoundException"]) {
                    Ok(None)
                } else {
                    Err(doing(failure))
                }
            }
        }
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        self.put(aws, None).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put(aws, Some(found.attribute("revision_id").to_owned())).await
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
    async fn put(&self, aws: &Aws, expected_revision: Option<String>) -> Result<(), KindError> {
        let put = aws.logs.put_resource_policy().resource_arn(&self.log_group_arn);
        let put = put
            .policy_document(self.document.to_string())
            .set_expected_revision_id(expected_revision);
        let doing =
            KindError::doing("putting CloudWatch Logs resource policy of", &self.log_group_arn);
        put.send().await.map_err(doing)?;
        Ok(())
    }

    fn found(&self, policy: &ResourcePolicy) -> LiveResource {
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
mod tests {
    use aws_sdk_cloudwatchlogs::Client;
    use aws_sdk_cloudwatchlogs::operation::delete_resource_policy::DeleteResourcePolicyOutput;
    use aws_sdk_cloudwatchlogs::operation::describe_resource_policies::DescribeResourcePoliciesOutput;
    use aws_sdk_cloudwatchlogs::operation::put_resource_policy::PutResourcePolicyOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    fn desired() -> LogResourcePolicy {
        LogResourcePolicy {
            log_group_arn:
                "arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/datasync".into(),
            document: json!({ "Version": "2012-10-17", "Statement": [] }),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("task-log-policy")
    }

    fn describes(name: Option<&'static str>) -> Rule {
        mock!(Client::describe_resource_policies)
            .match_requests(|request| request.policy_scope() == Some(&PolicyScope::Resource))
            .then_output(move || {
                let policy = ResourcePolicy::builder()
                    .set_policy_name(name.map(str::to_owned))
                    .policy_document(r#"{ "Statement": [], "Version": "2012-10-17" }"#)
                    .revision_id("7")
                    .build();
                DescribeResourcePoliciesOutput::builder().resource_policies(policy).build()
            })
    }

    async fn read(describe: &Rule) -> Option<LiveResource> {
        let aws = Aws { logs: client!(aws_sdk_cloudwatchlogs, describe), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn one_with_a_name_of_old_and_one_without_are_read_alike() {
        for name in [Some("backup-datasync"), None] {
            let found = read(&describes(name)).await.unwrap();
            assert_eq!((found.state, found.managed), (json!(desired()), true), "{name:?}");
        }
    }

    #[tokio::test]
    async fn without_a_log_group_there_is_none() {
        let gone = mock!(Client::describe_resource_policies)
            .then_http_response(|| refusal(400, "ResourceNotFoundException", "no such log group"));
        assert_eq!(read(&gone).await, None);
    }

    #[tokio::test]
    async fn requests_name_the_log_group_alone_and_its_last_revision() {
        let put = |revision: Option<&'static str>| {
            mock!(Client::put_resource_policy)
                .match_requests(move |request| {
                    request.expected_revision_id() == revision
                        && request.policy_name().is_none()
                        && request.resource_arn() == Some(&desired().log_group_arn)
                })
                .then_output(|| PutResourcePolicyOutput::builder().build())
        };
        let found = read(&describes(None)).await.unwrap();
        let (first, next) = (put(None), put(Some("7")));
        let delete = mock!(Client::delete_resource_policy)
            .match_requests(|request| {
                request.policy_name().is_none()
                    && request.resource_arn() == Some(&desired().log_group_arn)
                    && request.expected_revision_id() == Some("7")
            })
            .then_output(|| DeleteResourcePolicyOutput::builder().build());
        let aws =
            Aws { logs: client!(aws_sdk_cloudwatchlogs, &first, &next, &delete), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        desired().update(&aws, &id(), &found, &["document".into()]).await.unwrap();
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((first.num_calls(), next.num_calls(), delete.num_calls()), (1, 1, 1));
    }
}
