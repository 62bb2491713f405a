//! The two errors the API models, and their bodies.

use domain::arn::resource_id;
use serde_json::{Value, json};

use crate::state::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: the caller's fault, including "not found" and "busy".
    #[error("{0}")]
    Invalid(String),
    /// 500: our fault.
    #[error("keeping the state")]
    State(#[from] StoreError),
}

impl ApiError {
    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    /// The error of a parameter that breaks the model. The real service's wording is not known.
    pub(crate) fn invalid_parameter(problem: impl AsRef<str>) -> Self {
        Self::Invalid(format!("Invalid parameter: {}", problem.as_ref()))
    }

    /// The error of a missing resource: `kind` is `Task`, `Location` or `Task execution`. Clients
    /// test for "is not found".
    pub(crate) fn not_found(kind: &str, arn: &str) -> Self {
        Self::Invalid(format!("{kind} {} is not found.", resource_id(arn)))
    }

    /// The HTTP status and JSON body of the response.
    #[must_use]
    pub fn to_response(&self) -> (u16, Value) {
        let (status, kind, code) = match self {
            Self::Invalid(_) => (400, "InvalidRequestException", "InvalidRequest"),
            Self::State(_) => (500, "InternalException", "InternalError"),
        };
        let message = aws::failure::chain(self);
        (status, json!({ "__type": kind, "message": message, "errorCode": code }))
    }
}
