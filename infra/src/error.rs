//! The errors of the command line that a hint or a retry depends on.

use aws::SdkFailure;

/// A failed invocation of a function.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    #[error("the function `{function}` does not exist")]
    Absent { function: String },
    /// The function returned an error; `error_type` is the function's own.
    #[error("`{function}` failed: {message}")]
    Failed { function: String, error_type: String, message: String },
    #[error("Lambda stopped `{function}`: {message}")]
    TimedOut { function: String, message: String },
    #[error("invoking `{function}`")]
    Call { function: String, source: SdkFailure },
    #[error("reading the response of `{function}`")]
    Malformed { function: String, source: serde_json::Error },
}

impl InvokeError {
    /// Whether the function failed with this error type.
    pub(crate) fn is_function_error(&self, wanted: &str) -> bool {
        matches!(self, Self::Failed { error_type, .. } if error_type == wanted)
    }
}
