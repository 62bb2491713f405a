//! Refusals of DataSync, by what they say about the call.

use aws::SdkFailure;
use aws_sdk_datasync::config::retry::RetryConfig;
use aws_sdk_datasync::config::{Builder, Config};

/// DataSync has one code for every wrong request: what is absent shows in the message alone
/// (terraform-provider-aws tests for the same text).
pub(super) fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidRequestException"]) && failure.says("not found")
}

/// For the calls that make something.
pub(super) fn sent_once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// How DataSync says that a role, or what a role or a bucket policy allows, is not what it needs.
/// terraform-provider-aws (`internal/service/datasync/location_s3.go`) retries the first two, of
/// the second any wording; the others are how the services behind DataSync word the same denial,
/// which its message quotes. One code stands for all (API model 2018-11-09).
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

/// Whether a role or a policy that was put a moment ago may not be known everywhere yet. A denial
/// that is meant looks the same: it is reported once the bound of the wait is over.
fn role_is_not_known_yet(failure: &SdkFailure) -> bool {
    let message = failure.message.to_lowercase();
    failure.is(&["InvalidRequestException"]) && DENIED.iter().any(|words| message.contains(words))
}

/// Refusals that pass with time: a role that is too young, or too many calls. What was refused did
/// not take effect, so that sending it again makes nothing twice.
pub(super) fn passes_with_time(failure: &SdkFailure) -> bool {
    role_is_not_known_yet(failure)
        || failure.is(&["ThrottlingException", "TooManyRequestsException"])
}
