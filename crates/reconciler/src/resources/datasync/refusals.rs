//! Refusals of DataSync, by their meaning for the call.

use aws::SdkFailure;
use aws::throttling::OnlyThrottled;
use aws_sdk_datasync::config::{Builder, Config};

use crate::kind_error::KindError;

/// Whether the resource does not exist. DataSync has one code for every wrong request, so only the
/// message shows it (terraform-provider-aws tests for the same text).
pub(super) fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidRequestException"]) && failure.says("not found")
}

/// Returns the answer, or `None` if what was described does not exist.
pub(super) fn answer_if_there<T, E: Into<SdkFailure>>(
    answered: Result<T, E>,
    doing: impl FnOnce(SdkFailure) -> KindError,
) -> Result<Option<T>, KindError> {
    match answered.map_err(Into::into) {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if is_absent(&failure) => Ok(None),
        Err(failure) => Err(doing(failure)),
    }
}

/// For the calls that make something: they are sent again only after a throttled one.
pub(super) fn sent_once() -> Builder {
    Config::builder().retry_classifier(OnlyThrottled)
}

/// Messages of DataSync for a role that it cannot assume, or that allows too little.
///
/// terraform-provider-aws (`internal/service/datasync/location_s3.go`) retries the first two, the
/// second in any wording. The others are the wordings of the services behind DataSync, which its
/// message quotes. All have one error code (API model 2018-11-09).
const DENIED: [&str; 9] = [
    "unable to assume role",
    "access test failed",
    "could not assume role",
    "cannot assume role",
    "unable to connect to s3 endpoint",
    "access denied",
    "accessdenied",
    "not authorized to perform",
    "does not have permission",
];

/// Whether a new role or policy may not be known everywhere yet. A permanent denial looks the same:
/// it is reported after the timeout.
fn role_is_not_known_yet(failure: &SdkFailure) -> bool {
    let message = failure.message.to_lowercase();
    failure.is(&["InvalidRequestException"]) && DENIED.iter().any(|words| message.contains(words))
}

/// Whether the refusal passes with time: a role that is too new, or too many calls. A refused call
/// had no effect, so a retry creates no second resource.
pub(super) fn passes_with_time(failure: &SdkFailure) -> bool {
    role_is_not_known_yet(failure) || failure.is_throttled()
}
