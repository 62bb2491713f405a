//! The error of a resource kind's call: the operation, the resource and the cause.

use aws::SdkFailure;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A failed call, with the operation and the resource.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct KindError {
    /// Gerund, kind, name in backticks: "creating S3 bucket `x`".
    pub doing: String,
    #[source]
    pub source: Cause,
}

/// The cause of a failure.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error(transparent)]
    Sdk(#[from] SdkFailure),
    /// Any other cause: a file, a subprocess, a timeout.
    #[error("{0}")]
    Other(String),
}

impl<E, R> From<SdkError<E, R>> for Cause
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Sdk(error.into())
    }
}

impl KindError {
    /// For `map_err`: `KindError::doing("creating S3 bucket", &name)`.
    pub(crate) fn doing<F: Into<Cause>>(what: &'static str, name: &str) -> impl FnOnce(F) -> Self {
        let doing = format!("{what} `{name}`");
        move |source| Self { doing, source: source.into() }
    }

    /// Whether a service returned one of these codes.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        matches!(&self.source, Cause::Sdk(failure) if failure.is(codes))
    }

    /// Whether the service refused the call for its rate: it had no effect, and a later one may
    /// have.
    pub(crate) fn is_throttled(&self) -> bool {
        matches!(&self.source, Cause::Sdk(failure) if failure.is_throttled())
    }
}

/// Turns a refusal with one of these codes into `None`: what was asked for does not exist.
pub(crate) fn none_if_refused<T, E>(
    answer: Result<T, E>,
    codes: &[&str],
    doing: &'static str,
    name: &str,
) -> Result<Option<T>, KindError>
where
    SdkFailure: From<E>,
{
    answer.map(Some).or_else(|error| {
        let failure = SdkFailure::from(error);
        if failure.is(codes) { Ok(None) } else { Err(KindError::doing(doing, name)(failure)) }
    })
}

/// Several failures in one text, each with its causes.
pub(crate) fn join_errors(failed: &[KindError]) -> String {
    failed.iter().map(|error| aws::failure::chain(error)).collect::<Vec<_>>().join("; ")
}
