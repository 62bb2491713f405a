//! One statement of a function's resource policy: which rule may invoke it.
//!
//! Without it EventBridge drops the event (EventBridge User Guide, "Using resource-based
//! policies"). Lambda can't change a statement in place.

use std::collections::BTreeMap;

use aws::SdkFailure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::Aws;
use crate::kind_error::KindError;
use crate::policy_document;
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};

/// Concurrent changes to one function's policy lose statements (terraform-provider-aws holds a
/// mutex for it).
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// The function's name.
    pub function: String,
    pub statement_id: String,
    /// `events.amazonaws.com`
    pub principal: String,
    pub source_arn: String,
}

impl ResourceKind for Permission {
    const NAME: &'static str = "Lambda permission";
    const ACTIONS: Actions = Actions {
        look: &["lambda:GetPolicy"],
        make: &["lambda:AddPermission"],
        change: &["lambda:RemovePermission"],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] =
        &["function", "statement_id", "principal", "source_arn"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.function) {
            return Ok(None);
        }
        let policy = match aws.lambda.get_policy().function_name(&self.function).send().await {
            Ok(answer) => answer.policy.unwrap_or_default(),
            Err(error) => return gone(error.into()).map_err(self.failed("reading")),
        };
        let policy: Value = serde_json::from_str(&policy).unwrap_or(Value::Null);
        let Some(statement) = policy_document::statement(&policy, &self.statement_id) else {
            return Ok(None);
        };
        let state = json!(Self {
            function: self.function.clone(),
            statement_id: self.statement_id.clone(),
            principal: policy_document::joined(&statement["Principal"]["Service"]),
            source_arn: policy_document::joined(
                &statement["Condition"]["ArnLike"]["aws:sourcearn"]
            ),
        });
        let attributes = BTreeMap::from([("id".to_owned(), self.statement_id.clone())]);
        // A statement bears no tags; it is part of a function that is ours.
        Ok(Some(LiveResource { state, attributes, managed: true }))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        let _alone = ONE_AT_A_TIME.lock().await;
        let add = aws
            .lambda
            .add_permission()
            .function_name(&self.function)
            .statement_id(&self.statement_id);
        let add = add
            .action("lambda:InvokeFunction")
            .principal(&self.principal)
            .source_arn(&self.source_arn);
        if let Err(error) = add.source_account(&aws.names.account).send().await {
            let failure = SdkFailure::from(error);
            // The statement is there: an earlier call of ours whose reply was lost. The same code
            // stands for a function that is being changed.
            if !(failure.is(&["ResourceConflictException"]) && failure.says("already exists")) {
                return Err(self.failed("adding")(failure));
            }
        }
        Ok(())
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.delete(aws, found).await?;
        self.create(aws, id).await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        let _alone = ONE_AT_A_TIME.lock().await;
        let remove = aws
            .lambda
            .remove_permission()
            .function_name(&self.function)
            .statement_id(&self.statement_id);
        if let Err(error) = remove.send().await {
            gone(error.into()).map_err(self.failed("removing"))?;
        }
        Ok(())
    }
}

impl Permission {
    fn failed(&self, doing: &'static str) -> impl FnOnce(SdkFailure) -> KindError {
        let doing =
            format!("{doing} Lambda permission `{}` of `{}`", self.statement_id, self.function);
        move |failure| KindError { doing, source: failure.into() }
    }
}

fn gone(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["ResourceNotFoundException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::add_permission::AddPermissionOutput;
    use aws_sdk_lambda::operation::get_policy::GetPolicyOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    fn desired() -> Permission {
        Permission {
            function: "backup-start".into(),
            statement_id: "tick".into(),
            principal: "events.amazonaws.com".into(),
            source_arn: "arn:aws:events:eu-central-1:111122223333:rule/tick".into(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("tick-permission")
    }

    /// A policy as Lambda writes it (Lambda API reference, `GetPolicy`).
    fn policy(statement_id: &'static str) -> Rule {
        mock!(Client::get_policy).then_output(move || {
            let statement = json!({
                "Sid": statement_id,
                "Effect": "Allow",
                "Principal": { "Service": "events.amazonaws.com" },
                "Action": "lambda:InvokeFunction",
                "Resource": "arn:aws:lambda:eu-central-1:111122223333:function:backup-start",
                "Condition": {
                    "StringEquals": { "AWS:SourceAccount": "111122223333" },
                    "ArnLike": { "AWS:SourceArn": desired().source_arn },
                },
            });
            let policy =
                json!({"Version": "2012-10-17", "Id": "default", "Statement": [statement]});
            GetPolicyOutput::builder().policy(policy.to_string()).build()
        })
    }

    async fn read(answer: &Rule) -> Option<LiveResource> {
        let aws = Aws { lambda: client!(aws_sdk_lambda, answer), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn a_statement_is_found_by_its_id() {
        assert_eq!(read(&policy("tick")).await.unwrap().state, json!(desired()));
        assert_eq!(read(&policy("another")).await, None);
        let none = mock!(Client::get_policy)
            .then_http_response(|| refusal(404, "ResourceNotFoundException", "none"));
        assert_eq!(read(&none).await, None);
    }

    #[tokio::test]
    async fn without_its_function_there_is_none_and_without_its_rule_there_may_be() {
        let orphan = Permission { function: "${start.name}".into(), ..desired() };
        assert_eq!(orphan.read(&mocked::aws(), &id()).await.unwrap(), None);

        let outlived = Permission { source_arn: "${tick-rule.arn}".into(), ..desired() };
        let aws = Aws { lambda: client!(aws_sdk_lambda, &policy("tick")), ..mocked::aws() };
        assert_eq!(outlived.read(&aws, &id()).await.unwrap().unwrap().state, json!(desired()));
    }

    #[tokio::test]
    async fn it_is_bound_to_rule_and_account() {
        let add = mock!(Client::add_permission)
            .match_requests(|request| {
                request.source_account() == Some("111122223333")
                    && request.source_arn() == Some(&desired().source_arn)
                    && request.action() == Some("lambda:InvokeFunction")
            })
            .then_output(|| AddPermissionOutput::builder().build());
        let aws = Aws { lambda: client!(aws_sdk_lambda, &add), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(add.num_calls(), 1);
    }

    #[tokio::test]
    async fn of_the_two_conflicts_only_one_is_an_earlier_call() {
        let create = async |message| {
            let add = mock!(Client::add_permission)
                .then_http_response(move || refusal(409, "ResourceConflictException", message));
            let aws = Aws { lambda: client!(aws_sdk_lambda, &add), ..mocked::aws() };
            desired().create(&aws, &id()).await
        };
        create("The statement id (tick) provided already exists.").await.unwrap();
        let error = create("The operation cannot be performed at this time.").await.unwrap_err();
        assert_eq!(error.to_string(), "adding Lambda permission `tick` of `backup-start`");
    }
}
