//! Invokes a function of the stack and waits for its answer.

use aws::SdkFailure;
use aws_sdk_lambda::primitives::Blob;
use domain::error_code::ErrorCode;
use domain::function::FunctionName;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::place::Place;

/// What Lambda answers when the function failed.
#[derive(Debug, Default, Deserialize)]
struct FunctionFailure {
    #[serde(rename = "errorType", default)]
    error_type: String,
    #[serde(rename = "errorMessage", default)]
    message: String,
}

pub(crate) const ACCESS: Access = Access { stack: &["lambda:InvokeFunction"], ..Access::NONE };

/// Sends a request and reads the outcome.
pub(crate) async fn invoke<T: DeserializeOwned>(
    place: &Place,
    function: FunctionName,
    request: &impl Serialize,
) -> Result<T, InvokeError> {
    let name = place.names().function_name(function);
    let malformed = |source| InvokeError::Malformed { function: name.clone(), source };
    let payload = Blob::new(serde_json::to_vec(request).map_err(malformed)?);
    let answer = match place.invoker.invoke().function_name(&name).payload(payload).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let source = SdkFailure::from(error);
            let absent = source.is(&["ResourceNotFoundException"]);
            return Err(if absent {
                InvokeError::Absent { function: name }
            } else {
                InvokeError::Call { function: name, source }
            });
        }
    };
    let said = answer.payload.map(Blob::into_inner).unwrap_or_default();
    if answer.function_error.is_some() {
        Err(failed(name, &said))
    } else {
        serde_json::from_slice(&said).map_err(malformed)
    }
}

fn failed(function: String, said: &[u8]) -> InvokeError {
    let FunctionFailure { error_type, message } = serde_json::from_slice(said).unwrap_or_default();
    let message =
        if message.is_empty() { String::from_utf8_lossy(said).into_owned() } else { message };
    let code = error_type.parse::<ErrorCode>().ok();
    if is_timeout(code, &message) {
        InvokeError::TimedOut { function, message }
    } else {
        InvokeError::Failed { function, code, message }
    }
}

/// Whether Lambda stopped the function: "… Task timed out after 900.00 seconds", with an
/// `errorType` of Lambda's own or, formerly, none.
fn is_timeout(code: Option<ErrorCode>, message: &str) -> bool {
    code.is_none() && message.contains("Task timed out after ")
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    #[error("the function `{function}` does not exist")]
    Absent { function: String },
    /// `code` is absent when the function did not return the error itself.
    #[error("`{function}` failed: {message}")]
    Failed { function: String, code: Option<ErrorCode>, message: String },
    #[error("`{function}` was stopped by Lambda: {message}")]
    TimedOut { function: String, message: String },
    #[error("invoking `{function}`")]
    Call { function: String, source: SdkFailure },
    #[error("reading the answer of `{function}`")]
    Malformed { function: String, source: serde_json::Error },
}

impl InvokeError {
    /// Whether the function returned an error with this code.
    pub(crate) fn has_code(&self, wanted: ErrorCode) -> bool {
        matches!(self, Self::Failed { code, .. } if *code == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_end_of_time_is_told_from_the_functions_own_failures() {
        for (said, expected) in [
            (
                r#"{"errorMessage":"2026-11-23T08:00:00.000Z 1-2-3 Task timed out after 900.00 seconds"}"#,
                "`f` was stopped by Lambda: 2026-11-23T08:00:00.000Z 1-2-3 Task timed out after \
                    900.00 seconds",
            ),
            (
                r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 3.00 seconds"}"#,
                "`f` was stopped by Lambda: RequestId: 1 Error: Task timed out after 3.00 seconds",
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
        ] {
            assert_eq!(failed("f".to_owned(), said.as_bytes()).to_string(), expected);
        }
        assert!(
            failed("f".to_owned(), br#"{"errorType":"Locked","errorMessage":"held"}"#)
                .has_code(ErrorCode::Locked)
        );
    }
}
