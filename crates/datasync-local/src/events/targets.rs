//! Targets of rules: Lambda functions are invoked asynchronously, others are named once and left.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use aws::SdkFailure;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use domain::arn::Arn;

/// One target of one rule.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// `<rule>/<target id>`.
    pub(super) id: String,
    arn: String,
    /// Sent in place of the event.
    input: Option<String>,
    /// `InputPath` or `InputTransformer` is set: what it would make of the event is not worked out
    /// here.
    reshaped: bool,
}

/// Targets that have been warned about, so that the log does not repeat it with every event.
static WARNED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

impl Target {
    pub(super) fn new(rule: &str, target: &aws_sdk_eventbridge::types::Target) -> Self {
        Self {
            id: format!("{rule}/{}", target.id()),
            arn: target.arn().to_owned(),
            input: target.input().map(str::to_owned),
            reshaped: target.input_path().is_some() || target.input_transformer().is_some(),
        }
    }

    fn is_function(&self) -> bool {
        Arn::parse(&self.arn).is_some_and(|arn| arn.service == "lambda")
    }
}

/// Hands the event to the target.
pub(super) async fn invoke(
    client: &Client,
    target: &Target,
    event: &str,
) -> Result<(), SdkFailure> {
    if !target.is_function() {
        warn_once(target, "is no Lambda function: it gets no DataSync events locally");
        return Ok(());
    }
    if target.reshaped {
        warn_once(
            target,
            "has an InputPath or InputTransformer, which is not applied locally: it gets the \
                whole event",
        );
    }
    let payload = target.input.as_deref().unwrap_or(event);
    let request = client.invoke().function_name(&target.arn).invocation_type(InvocationType::Event);
    let invoked =
        request.payload(Blob::new(payload.as_bytes())).send().await.map_err(SdkFailure::from);
    match invoked {
        Ok(_) => Ok(()),
        // EventBridge does not retry what cannot succeed either; the rule outlived its function.
        Err(failure) if failure.is(&["ResourceNotFoundException"]) => {
            warn_once(target, "does not exist");
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

fn warn_once(target: &Target, problem: &str) {
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if warned.insert(format!("{} {problem}", target.id)) {
        tracing::warn!("target `{}` ({}) {problem}", target.id, target.arn);
    }
}
