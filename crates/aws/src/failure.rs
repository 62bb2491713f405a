//! One shape for every way an SDK call can fail.
//!
//! `SdkError` displays as the fixed text "service error", and its service errors differ by
//! operation; this type keeps what people and retries need: the code, the message and the request
//! id.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The error codes by which AWS's services throttle (SDKs and Tools Reference Guide, "Retry
/// behavior"). Without `LimitExceededException`, which is a quota in most services.
const THROTTLED: [&str; 7] = [
    "EC2ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// A failed call: the error of the service, or the reason why there is no response.
#[derive(Debug)]
pub struct SdkFailure {
    /// The service's error code (`NoSuchBucket`); absent without a response.
    pub code: Option<String>,
    pub message: String,
    pub request_id: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SdkFailure {
    /// Whether the service returned one of these codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the service refused the call because there were too many.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.is(&THROTTLED)
    }

    /// Whether the service's message contains this text: some refusals differ only there.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        self.code.is_some() && self.message.contains(text)
    }

    /// A failure that the service did not report: a response without a field that it always has.
    #[must_use]
    pub fn incomplete(what: &str) -> Self {
        Self {
            code: None,
            message: format!("the response has no {what}"),
            request_id: None,
            source: None,
        }
    }
}

impl<E, R> From<SdkError<E, R>> for SdkFailure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let meta = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = meta.and_then(|m| m.code()).map(str::to_owned);
        let said = meta.and_then(|m| m.message()).map(str::to_owned);
        let request_id = meta.and_then(|m| m.extra("aws_request_id")).map(str::to_owned);
        let message = said.unwrap_or_else(|| failure_text(&error).to_owned());
        Self { code, message, request_id, source: error.into_source().ok() }
    }
}

fn failure_text<E, R>(error: &SdkError<E, R>) -> &'static str {
    match error {
        SdkError::ConstructionFailure(_) => "the request could not be built",
        SdkError::TimeoutError(_) => "no response in time",
        SdkError::DispatchFailure(_) => "the request could not be sent",
        SdkError::ResponseError(_) => "the response could not be read",
        _ => "the service refused the request without a message",
    }
}

impl fmt::Display for SdkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl Error for SdkFailure {
    /// A service's own error has no source. Without a response, the source is the reason.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if self.code.is_some() {
            return None;
        }
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// The whole chain of causes, joined by `: `.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}
