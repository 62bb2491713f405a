//! Targets of rules: Lambda functions are invoked asynchronously, other targets are logged once.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use aws::SdkFailure;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use domain::arn::Arn;

/// One target of one rule.
#[derive(Clone, Debug)]
pub(super) struct RuleTarget {
    /// `<rule>/<target id>`.
    pub(super) id: String,
    arn: String,
    /// The input that is sent instead of the event.
    input: Option<String>,
    /// Whether `InputPath` or `InputTransformer` is set, which is not applied here.
    reshaped: bool,
}

/// The targets with a warning, so that the log does not repeat it with every event.
static WARNED: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

impl RuleTarget {
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

const RESHAPED: &str = "has an InputPath or InputTransformer, which is not applied locally: it \
    receives the whole event";

/// Sends the event to the target.
pub(super) async fn invoke_target(
    client: &Client,
    target: &RuleTarget,
    event: &str,
) -> Result<(), SdkFailure> {
    if !target.is_function() {
        warn_once(target, "is no Lambda function: it receives no DataSync events locally");
        return Ok(());
    }
    if target.reshaped {
        warn_once(target, RESHAPED);
    }
    let payload = target.input.as_deref().unwrap_or(event);
    let request = client.invoke().function_name(&target.arn).invocation_type(InvocationType::Event);
    let invoked =
        request.payload(Blob::new(payload.as_bytes())).send().await.map_err(SdkFailure::from);
    invoked.map(|_| ()).or_else(|failure| accept_missing(target, failure))
}

/// Accepts that the rule outlived its function: EventBridge does not retry what cannot succeed
/// either.
fn accept_missing(target: &RuleTarget, failure: SdkFailure) -> Result<(), SdkFailure> {
    if !failure.is(&["ResourceNotFoundException"]) {
        return Err(failure);
    }
    warn_once(target, "does not exist");
    Ok(())
}

fn warn_once(target: &RuleTarget, problem: &str) {
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    if warned.insert(format!("{} {problem}", target.id)) {
        tracing::warn!("target `{}` ({}) {problem}", target.id, target.arn);
    }
}
