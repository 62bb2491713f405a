//! CloudWatch Logs resource policy of one log group: lets a service write there that has no role of its own.
//!
//! It hangs on the log group (`resourceArn`): without one an account has room for ten policies only (CloudWatch Logs API
//! model 2014-03-28). Such a policy is changed and removed by naming its last revision; it can't be tagged, and belongs to
//! the log group as the log group belongs to us.

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
use aws_sdk_cloudwatchlogs::types::{PolicyScope, ResourcePolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Actions, Found, Kind, KindError, is_reference};
use crate::Aws;
use crate::graph::ResourceId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogResourcePolicy {
    pub name: String,
    /// Without `:*`.
    pub log_group_arn: String,
    pub document: Value,
}

impl Kind for LogResourcePolicy {
    const NAME: &'static str = "CloudWatch Logs resource policy";
    const ACTIONS: Actions = Actions {
        look: &["logs:DescribeResourcePolicies"],
        make: &["logs:PutResourcePolicy"],
        change: &["logs:DeleteResourcePolicy"],
        implied: &[],
    };
    const REPLACE_ON: &'static [&'static str] = &["name", "log_group_arn"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<Found>, KindError> {
        if is_reference(&self.log_group_arn) {
            return Ok(None);
        }
        let describe = aws.logs.describe_resource_policies().resource_arn(&self.log_group_arn);
        match describe.policy_scope(PolicyScope::Resource).send().await {
            Ok(answer) => Ok(answer.resource_policies().first().map(|policy| self.found(policy))),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing("reading CloudWatch Logs resource policy", &self.name);
                if failure.is(&["ResourceNotFoundException"]) { Ok(None) } else { Err(doing(failure)) }
            }
        }
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        self.put(aws, None).await
    }

    async fn update(&self, aws: &Aws, _id: &ResourceId, found: &Found, _changed: &[String]) -> Result<(), KindError> {
        self.put(aws, Some(found.attribute("revision_id").to_owned())).await
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        let delete = aws.logs.delete_resource_policy().policy_name(&self.name).resource_arn(&self.log_group_arn);
        match delete.expected_revision_id(found.attribute("revision_id")).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing("deleting CloudWatch Logs resource policy", &self.name);
                if failure.is(&["ResourceNotFoundException"]) { Ok(()) } else { Err(doing(failure)) }
            }
        }
    }
}

impl LogResourcePolicy {
    async fn put(&self, aws: &Aws, expected_revision: Option<String>) -> Result<(), KindError> {
        let put = aws.logs.put_resource_policy().policy_name(&self.name).resource_arn(&self.log_group_arn);
        let put = put.policy_document(self.document.to_string()).set_expected_revision_id(expected_revision);
        put.send().await.map_err(KindError::doing("putting CloudWatch Logs resource policy", &self.name))?;
        Ok(())
    }

    fn found(&self, policy: &ResourcePolicy) -> Found {
        // A policy of a log group may come back without the name it was put under.
        let name = policy.policy_name().unwrap_or(&self.name);
        let document = policy.policy_document().unwrap_or_default();
        let state = Self {
            name: name.to_owned(),
            log_group_arn: self.log_group_arn.clone(),
            document: serde_json::from_str(document).unwrap_or_else(|_| Value::from(document)),
        };
        let revision = policy.revision_id().unwrap_or_default().to_owned();
        let attributes = BTreeMap::from([("revision_id".to_owned(), revision)]);
        Found { state: json!(state), attributes, ours: name == self.name }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatchlogs::Client;
    use aws_sdk_cloudwatchlogs::operation::describe_resource_policies::DescribeResourcePoliciesOutput;
    use aws_sdk_cloudwatchlogs::operation::put_resource_policy::PutResourcePolicyOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::mocked::{self, client, refusal};

    fn desired() -> LogResourcePolicy {
        LogResourcePolicy {
            name: "backup-datasync".into(),
            log_group_arn: "arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/datasync".into(),
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

    async fn read(describe: &Rule) -> Option<Found> {
        let aws = Aws { logs: client!(aws_sdk_cloudwatchlogs, describe), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn documents_are_compared_as_json_and_a_missing_name_is_ours() {
        for name in [Some("backup-datasync"), None] {
            let found = read(&describes(name)).await.unwrap();
            assert_eq!((found.state, found.ours), (json!(desired()), true), "{name:?}");
        }
    }

    #[tokio::test]
    async fn a_policy_of_another_name_is_not_ours() {
        assert!(!read(&describes(Some("somebody-elses"))).await.unwrap().ours);
    }

    #[tokio::test]
    async fn without_a_log_group_there_is_none() {
        let gone = mock!(Client::describe_resource_policies)
            .then_http_response(|| refusal(400, "ResourceNotFoundException", "no such log group"));
        assert_eq!(read(&gone).await, None);
    }

    #[tokio::test]
    async fn create_names_no_revision_and_update_names_the_last() {
        let put = |revision: Option<&'static str>| {
            mock!(Client::put_resource_policy)
                .match_requests(move |request| {
                    request.expected_revision_id() == revision
                        && request.resource_arn() == Some(&desired().log_group_arn)
                })
                .then_output(|| PutResourcePolicyOutput::builder().build())
        };
        let found = read(&describes(None)).await.unwrap();
        let (first, next) = (put(None), put(Some("7")));
        let aws = Aws { logs: client!(aws_sdk_cloudwatchlogs, &first, &next), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        desired().update(&aws, &id(), &found, &["document".into()]).await.unwrap();
        assert_eq!((first.num_calls(), next.num_calls()), (1, 1));
    }
}
