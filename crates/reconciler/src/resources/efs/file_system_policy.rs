//! The resource policy of a managed EFS file system. It has no tags: it belongs to its file system.
//!
//! EFS fills in `Id` and, where they are left out, `Sid` and `Resource`; ours leaves out neither of
//! the latter. Without a policy `DescribeFileSystemPolicy` returns 404 `PolicyNotFound` (EFS API
//! reference).

use std::collections::BTreeMap;

use aws::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::KindError;
use crate::policy_document;
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::wait::{self, EFS_LIFE_CYCLE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileSystemPolicy {
    pub file_system_id: String,
    /// Without `Id`.
    pub document: Value,
}

impl ResourceKind for FileSystemPolicy {
    const NAME: &'static str = "EFS file system policy";
    const ACTIONS: Actions = Actions {
        look: &["elasticfilesystem:DescribeFileSystemPolicy"],
        make: &[],
        change: &[
            "elasticfilesystem:DeleteFileSystemPolicy",
            "elasticfilesystem:PutFileSystemPolicy",
        ],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] = &["file_system_id"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.file_system_id) {
            return Ok(None);
        }
        let describe = aws.efs.describe_file_system_policy().file_system_id(&self.file_system_id);
        let answer = match describe.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return none_if_absent(error.into())
                    .map_err(KindError::doing("reading policy of", &self.file_system_id));
            }
        };
        let text = answer.policy.unwrap_or_default();
        let document = policy_document::parse(&self.document, &text);
        let state = json!(Self { file_system_id: self.file_system_id.clone(), document });
        let attributes = BTreeMap::from([("id".to_owned(), self.file_system_id.clone())]);
        Ok(Some(LiveResource { state, attributes, managed: true }))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        let put = wait::retry(EFS_LIFE_CYCLE, not_ready, async || {
            let put = aws.efs.put_file_system_policy().file_system_id(&self.file_system_id);
            put.policy(self.document.to_string()).send().await.map(drop).map_err(SdkFailure::from)
        });
        put.await.map_err(KindError::doing("setting policy of", &self.file_system_id))
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.create(aws, id).await
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let file_system_id = found.attribute("id");
        if let Err(error) =
            aws.efs.delete_file_system_policy().file_system_id(file_system_id).send().await
        {
            none_if_absent(error.into())
                .map_err(KindError::doing("deleting policy of", file_system_id))?;
        }
        Ok(())
    }
}

fn none_if_absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["PolicyNotFound", "FileSystemNotFound"]) { Ok(None) } else { Err(failure) }
}

fn not_ready(failure: &SdkFailure) -> bool {
    failure.is(&["IncorrectFileSystemLifeCycleState"])
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::Client;
    use aws_sdk_efs::operation::delete_file_system_policy::DeleteFileSystemPolicyOutput;
    use aws_sdk_efs::operation::describe_file_system_policy::DescribeFileSystemPolicyOutput;
    use aws_sdk_efs::operation::put_file_system_policy::PutFileSystemPolicyOutput;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    fn desired_file_system_policy() -> FileSystemPolicy {
        let statement = json!({"Sid": "OnlyWithTls", "Effect": "Deny"});
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        FileSystemPolicy { file_system_id: "fs-1".into(), document }
    }

    fn resource_id() -> ResourceId {
        ResourceId::new("file-system-policy")
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired() {
        let describe = mock!(Client::describe_file_system_policy).then_output(|| {
            let mut document = desired_file_system_policy().document;
            document["Id"] = json!("efs-policy-1");
            DescribeFileSystemPolicyOutput::builder()
                .file_system_id("fs-1")
                .policy(document.to_string())
                .build()
        });
        let aws = Aws { efs: client!(aws_sdk_efs, &describe), ..mocked::aws() };
        assert_eq!(
            desired_file_system_policy().read(&aws, &resource_id()).await.unwrap().unwrap().state,
            json!(desired_file_system_policy())
        );
    }

    #[tokio::test]
    async fn absent_is_an_answer_and_deleting_it_again_succeeds() {
        for code in ["PolicyNotFound", "FileSystemNotFound"] {
            let none = mock!(Client::describe_file_system_policy)
                .then_http_response(|| refusal(404, code, "none"));
            let aws = Aws { efs: client!(aws_sdk_efs, &none), ..mocked::aws() };
            assert_eq!(
                desired_file_system_policy().read(&aws, &resource_id()).await.unwrap(),
                None
            );
        }
        let delete = mock!(Client::delete_file_system_policy)
            .sequence()
            .output(|| DeleteFileSystemPolicyOutput::builder().build())
            .http_response(|| refusal(404, "FileSystemNotFound", "none"))
            .build();
        let aws = Aws { efs: client!(aws_sdk_efs, &delete), ..mocked::aws() };
        let attributes = BTreeMap::from([("id".to_owned(), "fs-1".to_owned())]);
        let found =
            LiveResource { state: json!(desired_file_system_policy()), attributes, managed: true };
        desired_file_system_policy().delete(&aws, &found).await.unwrap();
        desired_file_system_policy().delete(&aws, &found).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_system_that_is_being_changed_is_waited_for() {
        let put = mock!(Client::put_file_system_policy)
            .match_requests(|request| {
                request.policy() == Some(&desired_file_system_policy().document.to_string())
            })
            .sequence()
            .http_response(|| refusal(409, "IncorrectFileSystemLifeCycleState", "updating"))
            .output(|| PutFileSystemPolicyOutput::builder().build())
            .build();
        desired_file_system_policy()
            .create(&Aws { efs: client!(aws_sdk_efs, &put), ..mocked::aws() }, &resource_id())
            .await
            .unwrap();
        assert_eq!(put.num_calls(), 2);
    }
}
