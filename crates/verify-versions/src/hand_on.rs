//! How the function hands on what it has no time for: it invokes itself.
//!
//! Lambda ends a chain of sixteen invocations (Lambda Developer Guide, "Recursive loop detection");
//! the event goes to the dead-letter queue then, and a person's request begins another chain where
//! that one stopped.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::names::Names;
use serde_json::Value;

use crate::handler::{HandlerError, Invocation};

impl Invocation<'_> {
    /// Lambda has taken the payload when this returns, and tries it three times.
    pub(crate) async fn invoke_itself(
        &self,
        payload: &Value,
        task: &TaskArn,
    ) -> Result<(), HandlerError> {
        let environment = &self.app.environment;
        let names = Names::new(&environment.stack_name, &environment.account, task.region());
        let invoke = self
            .app
            .lambda
            .invoke()
            .function_name(names.function_name(FunctionName::VerifyVersions));
        let invoke =
            invoke.invocation_type(InvocationType::Event).payload(Blob::new(payload.to_string()));
        invoke.send().await.map_err(|error| HandlerError::HandOn(error.into()))?;
        Ok(())
    }
}
