//! Asynchronous invocation of a function: the number of retries, the maximum age of an event, and
//! the destination of events that failed.
//!
//! It has no tags: it belongs to its function.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::wait::{self, IAM_PROPAGATION};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InvokeConfig {
    pub function: String,
    /// 0 to 2, after the first try.
    pub retries: i32,
    /// 60 to 21,600: how old an event may become before it is given up.
    pub event_age_seconds: i32,
    /// The ARN of a queue, a topic or a function.
    pub on_failure: String,
}

impl ResourceKind for InvokeConfig {
    const NAME: &'static str = "Lambda invoke config";
    const ACTIONS: Actions = Actions {
        look: &["lambda:GetFunctionEventInvokeConfig"],
        make: &["lambda:PutFunctionEventInvokeConfig"],
        change: &["lambda:DeleteFunctionEventInvokeConfig"],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] = &["function"];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.function) {
            return Ok(None);
        }
        let get = aws.lambda.get_function_event_invoke_config().function_name(&self.function);
        let doing = "reading invoke config of";
        let Some(answer) = none_if_refused(get.send().await, &ABSENT, doing, &self.function)?
        else {
            return Ok(None);
        };
        let destination = answer.destination_config.and_then(|config| config.on_failure);
        let state = json!(Self {
            function: self.function.clone(),
            retries: answer.maximum_retry_attempts.unwrap_or_default(),
            event_age_seconds: answer.maximum_event_age_in_seconds.unwrap_or_default(),
            on_failure: destination.and_then(|to| to.destination).unwrap_or_default(),
        });
        let attributes = BTreeMap::from([("name".to_owned(), self.function.clone())]);
        Ok(Some(LiveResource { state, attributes, managed: true }))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        self.put_invoke_config(aws).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put_invoke_config(aws).await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        let delete = aws.lambda.delete_function_event_invoke_config().function_name(&self.function);
        let doing = "deleting invoke config of";
        none_if_refused(delete.send().await, &ABSENT, doing, &self.function).map(drop)
    }
}

impl InvokeConfig {
    /// Lambda checks that the function's role may send to the destination, which it may have been
    /// allowed just now.
    async fn put_invoke_config(&self, aws: &Aws) -> Result<(), KindError> {
        let put = wait::retry(IAM_PROPAGATION, may_not_send_yet, async || {
            let on_failure = OnFailure::builder().destination(&self.on_failure).build();
            let put = aws.lambda.put_function_event_invoke_config().function_name(&self.function);
            let put = put
                .maximum_retry_attempts(self.retries)
                .maximum_event_age_in_seconds(self.event_age_seconds);
            let put =
                put.destination_config(DestinationConfig::builder().on_failure(on_failure).build());
            put.send().await.map(drop).map_err(SdkFailure::from)
        });
        put.await.map_err(KindError::doing("setting invoke config of", &self.function))
    }
}

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// "The function's execution role does not have permissions to call `SendMessage` on …".
fn may_not_send_yet(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidParameterValueException"])
        && failure.says("execution role does not have permissions")
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::delete_function_event_invoke_config::DeleteFunctionEventInvokeConfigOutput;
    use aws_sdk_lambda::operation::get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput;
    use aws_sdk_lambda::operation::put_function_event_invoke_config::PutFunctionEventInvokeConfigOutput;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    fn desired_invoke_config() -> InvokeConfig {
        InvokeConfig {
            function: "backup-start-execution".into(),
            retries: 2,
            event_age_seconds: 3_600,
            on_failure: "arn:queue".into(),
        }
    }

    fn resource_id() -> ResourceId {
        ResourceId::new("start-execution-invoke-config")
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired_and_absent_is_an_answer() {
        let get = mock!(Client::get_function_event_invoke_config).then_output(|| {
            let on_failure = OnFailure::builder().destination("arn:queue").build();
            let answer = GetFunctionEventInvokeConfigOutput::builder().maximum_retry_attempts(2);
            let answer = answer.maximum_event_age_in_seconds(3_600);
            answer
                .destination_config(DestinationConfig::builder().on_failure(on_failure).build())
                .build()
        });
        let aws = Aws { lambda: client!(aws_sdk_lambda, &get), ..mocked::aws() };
        assert_eq!(
            desired_invoke_config().read(&aws, &resource_id()).await.unwrap().unwrap().state,
            json!(desired_invoke_config())
        );

        let none = mock!(Client::get_function_event_invoke_config)
            .then_http_response(|| refusal(404, "ResourceNotFoundException", "none"));
        let aws = Aws { lambda: client!(aws_sdk_lambda, &none), ..mocked::aws() };
        assert_eq!(desired_invoke_config().read(&aws, &resource_id()).await.unwrap(), None);
        let nameless =
            InvokeConfig { function: "${start-execution.name}".into(), ..desired_invoke_config() };
        assert_eq!(nameless.read(&mocked::aws(), &resource_id()).await.unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_role_that_may_not_send_yet_is_waited_for() {
        let text = "The function's execution role does not have permissions to call SendMessage \
            on arn:queue";
        let put = mock!(Client::put_function_event_invoke_config)
            .sequence()
            .http_response(move || refusal(400, "InvalidParameterValueException", text))
            .output(|| PutFunctionEventInvokeConfigOutput::builder().build())
            .build();
        desired_invoke_config()
            .create(&Aws { lambda: client!(aws_sdk_lambda, &put), ..mocked::aws() }, &resource_id())
            .await
            .unwrap();
        assert_eq!(put.num_calls(), 2);
    }

    #[tokio::test]
    async fn deleting_what_is_gone_succeeds() {
        let gone = mock!(Client::delete_function_event_invoke_config)
            .sequence()
            .output(|| DeleteFunctionEventInvokeConfigOutput::builder().build())
            .http_response(|| refusal(404, "ResourceNotFoundException", "none"))
            .build();
        let aws = Aws { lambda: client!(aws_sdk_lambda, &gone), ..mocked::aws() };
        let found = LiveResource {
            state: json!(desired_invoke_config()),
            attributes: BTreeMap::new(),
            managed: true,
        };
        desired_invoke_config().delete(&aws, &found).await.unwrap();
        desired_invoke_config().delete(&aws, &found).await.unwrap();
    }
}
