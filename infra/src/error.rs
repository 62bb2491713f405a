//! The errors of the command line that a hint or a retry depends on.

use aws::SdkFailure;
use domain::error_code::ErrorCode;

/// A failed invocation of a function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    #[error("the function `{function}` does not exist")]
    Absent { function: String },
    /// The function returned an error; `code` is absent when it did not return the error itself.
    #[error("`{function}` failed: {message}")]
    Failed { function: String, code: Option<ErrorCode>, message: String },
    #[error("Lambda stopped `{function}`: {message}")]
    TimedOut { function: String, message: String },
    #[error("invoking `{function}`")]
    Call { function: String, source: SdkFailure },
    #[error("reading the response of `{function}`")]
    Malformed { function: String, source: serde_json::Error },
}

impl InvokeError {
    /// Whether the function returned an error with this code.
    pub(crate) fn has_code(&self, wanted: ErrorCode) -> bool {
        matches!(self, Self::Failed { code, .. } if *code == Some(wanted))
    }
}
