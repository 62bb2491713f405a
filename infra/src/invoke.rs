//! Invokes a function of the stack and waits for its response.

use aws::SdkFailure;
use aws_sdk_lambda::primitives::Blob;
use domain::error_code::ErrorCode;
use domain::function::FunctionName;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::context::StackContext;
use crate::error::InvokeError;

/// The response of Lambda when a function failed.
#[derive(Debug, Default, Deserialize)]
struct FunctionError {
    #[serde(rename = "errorType", default)]
    error_type: String,
    #[serde(rename = "errorMessage", default)]
    message: String,
}

pub(crate) const ACCESS: Access = Access { stack: &["lambda:InvokeFunction"], ..Access::NONE };

/// Sends a request and parses the response.
pub(crate) async fn invoke_function<T: DeserializeOwned>(
    context: &StackContext,
    function: FunctionName,
    request: &impl Serialize,
) -> Result<T, InvokeError> {
    let name = context.names().function_name(function);
    let malformed = |source| InvokeError::Malformed { function: name.clone(), source };
    let payload = Blob::new(serde_json::to_vec(request).map_err(malformed)?);
    let called = context.invoker.invoke().function_name(&name).payload(payload).send().await;
    let response = called.map_err(|error| call_error(name.clone(), SdkFailure::from(error)))?;
    let body = response.payload.map(Blob::into_inner).unwrap_or_default();
    if response.function_error.is_some() {
        Err(parse_failure(name, &body))
    } else {
        serde_json::from_slice(&body).map_err(malformed)
    }
}

fn call_error(function: String, source: SdkFailure) -> InvokeError {
    if source.is(&["ResourceNotFoundException"]) {
        InvokeError::Absent { function }
    } else {
        InvokeError::Call { function, source }
    }
}

fn parse_failure(function: String, body: &[u8]) -> InvokeError {
    let FunctionError { error_type, message } = serde_json::from_slice(body).unwrap_or_default();
    let message =
        if message.is_empty() { String::from_utf8_lossy(body).into_owned() } else { message };
    let code = error_type.parse::<ErrorCode>().ok();
    if is_timeout(code, &message) {
        InvokeError::TimedOut { function, message }
    } else {
        InvokeError::Failed { function, code, message }
    }
}

/// Whether Lambda ended the function at its timeout. The message is Lambda's own, "… Task timed out
/// after 900.00 seconds", with an `errorType` of Lambda or, formerly, none.
fn is_timeout(code: Option<ErrorCode>, message: &str) -> bool {
    code.is_none() && message.contains("Task timed out after ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of functions, and the error of each.
    const FAILURES: [(&str, &str); 6] = [
        (
            r#"{"errorMessage":"2026-11-23T08:00:00.000Z 1-2-3 Task timed out after 900.00 seconds"}"#,
            "Lambda stopped `f`: 2026-11-23T08:00:00.000Z 1-2-3 Task timed out after \
                900.00 seconds",
        ),
        (
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}"#,
            "Lambda stopped `f`: RequestId: 1 Error: Task timed out after 3.00 seconds",
        ),
        (r#"{"errorType":"Locked","errorMessage":"held"}"#, "`f` failed: held"),
        (
            r#"{"errorType":"ApplyFailed","errorMessage":"Task timed out after 1 s"}"#,
            "`f` failed: Task timed out after 1 s",
        ),
        (
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 Error: Runtime exited"}"#,
            "`f` failed: RequestId: 1 Error: Runtime exited",
        ),
        ("not JSON", "`f` failed: not JSON"),
    ];

    #[test]
    fn a_timeout_is_distinguished_from_the_functions_own_failures() {
        for (body, expected) in FAILURES {
            assert_eq!(parse_failure("f".to_owned(), body.as_bytes()).to_string(), expected);
        }
        assert!(
            parse_failure("f".to_owned(), br#"{"errorType":"Locked","errorMessage":"held"}"#)
                .has_code(ErrorCode::Locked)
        );
    }
}
