//! The two errors the API models, and their bodies.

use domain::arn::resource_id;
use serde_json::{Value, json};

use crate::state::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: the caller's fault. "Not found" and "busy" are this one, too.
    #[error("{0}")]
    Invalid(String),
    /// 500: ours.
    #[error("keeping the state")]
    State(#[from] StoreError),
}

impl ApiError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// A parameter that breaks the model. The real service's wording is not known.
    pub(crate) fn parameter(problem: impl AsRef<str>) -> Self {
        Self::Invalid(format!("Invalid parameter: {}", problem.as_ref()))
    }

    /// `what` is `Task`, `Location` or `Task execution`. Clients test for "is not found".
    pub(crate) fn not_found(what: &str, arn: &str) -> Self {
        Self::Invalid(format!("{what} {} is not found.", resource_id(arn)))
    }

    /// HTTP status and JSON body.
    #[must_use]
    pub fn to_answer(&self) -> (u16, Value) {
        let (status, kind, code) = match self {
            Self::Invalid(_) => (400, "InvalidRequestException", "InvalidRequest"),
            Self::State(_) => (500, "InternalException", "InternalError"),
        };
        let message = aws::failure::chain(self);
        (status, json!({ "__type": kind, "message": message, "errorCode": code }))
    }
}
