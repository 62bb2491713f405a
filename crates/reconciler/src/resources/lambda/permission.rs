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
        let Some(policy) = self.find_policy(aws).await? else { return Ok(None) };
        let policy: Value = serde_json::from_str(&policy).unwrap_or(Value::Null);
        let Some(statement) = policy_document::find_statement(&policy, &self.statement_id) else {
            return Ok(None);
        };
        let state = json!(self.live_state(&statement));
        let attributes = BTreeMap::from([("id".to_owned(), self.statement_id.clone())]);
        // A statement has no tags; it is part of a managed function.
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
            if !is_repeated(&failure) {
                return Err(self.permission_error("adding")(failure));
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
            none_if_gone(error.into()).map_err(self.permission_error("removing"))?;
        }
        Ok(())
    }
}

impl Permission {
    /// The policy of the function, which an observation reads once for all of its statements.
    async fn find_policy(&self, aws: &Aws) -> Result<Option<String>, KindError> {
        let Some(before) = &aws.observed_before else { return self.ask_policy(aws).await };
        let policy = before.policy_of(&self.function);
        policy.get_or_try_init(|| self.ask_policy(aws)).await.cloned()
    }

    async fn ask_policy(&self, aws: &Aws) -> Result<Option<String>, KindError> {
        match aws.lambda.get_policy().function_name(&self.function).send().await {
            Ok(answer) => Ok(answer.policy),
            Err(error) => {
                none_if_gone(error.into()).map(|_| None).map_err(self.permission_error("reading"))
            }
        }
    }

    fn live_state(&self, statement: &Value) -> Self {
        Self {
            function: self.function.clone(),
            statement_id: self.statement_id.clone(),
            principal: policy_document::join_list(&statement["Principal"]["Service"]),
            source_arn: policy_document::join_list(
                &statement["Condition"]["ArnLike"]["aws:sourcearn"],
            ),
        }
    }

    fn permission_error(&self, doing: &'static str) -> impl FnOnce(SdkFailure) -> KindError {
        let doing =
            format!("{doing} Lambda permission `{}` of `{}`", self.statement_id, self.function);
        move |failure| KindError { doing, source: failure.into() }
    }
}

/// The statement exists: an earlier call whose response was lost. The same code also means that the
/// function is being changed.
fn is_repeated(failure: &SdkFailure) -> bool {
    failure.is(&["ResourceConflictException"]) && failure.says("already exists")
}

fn none_if_gone(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["ResourceNotFoundException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
