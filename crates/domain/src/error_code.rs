//! The codes of the errors that functions return to their caller.

use std::fmt;
use std::str::FromStr;

use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

/// The code of an error that a function returns, `errorType` in the response of Lambda: the
/// variant's name. The command line decides by it, so functions and command line share this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ErrorCode {
    /// An alert could not be sent.
    AlertFailed,
    /// A change of the data plane failed.
    ApplyFailed,
    /// An audit failed.
    AuditFailed,
    /// The payload is neither the function's event nor its request.
    BadPayload,
    /// The plan has changes that are not allowed.
    Blocked,
    /// A verification failed.
    CheckFailed,
    /// A call to DataSync failed.
    DataSyncFailed,
    /// DataSync could not describe the execution.
    DescribeFailed,
    /// A function could not be invoked.
    HandOnFailed,
    /// Another invocation or command holds the lock.
    Locked,
    /// The invocation had no time for a single step: another one would get no further.
    NoProgress,
    /// No resource has the id that the request names.
    NoSuchResource,
    /// The data plane has no task after an apply.
    NoTask,
    /// The stack has no configuration or no outputs yet.
    NotDeployed,
    /// Resources could not be read.
    ObserveFailed,
    /// The invocation did some of its steps and ran out of time: another one resumes.
    OutOfTime,
    /// The account or the region does not allow what the configuration asks for.
    PreflightFailed,
    /// The records bucket could not be read or written.
    RecordsFailed,
    /// The task report is not finished yet.
    ReportPending,
    /// The retry of busy files could not be started.
    RetryFailed,
    /// Another start changed the record of the same slot.
    SlotContended,
    /// DataSync reports the task as unavailable.
    TaskUnavailable,
    /// The versioning of the destination bucket is too new to rely on.
    VersioningUnsettled,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FromStr for ErrorCode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name: StrDeserializer<'_, Error> = text.into_deserializer();
        Self::deserialize(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_and_read_by_its_name() {
        assert_eq!(ErrorCode::OutOfTime.to_string(), "OutOfTime");
        assert_eq!("OutOfTime".parse(), Ok(ErrorCode::OutOfTime));
    }

    #[test]
    fn an_error_type_of_lambda_is_no_code() {
        for text in ["", "Runtime.ExitError", "Sandbox.Timedout", "outOfTime"] {
            assert!(text.parse::<ErrorCode>().is_err(), "{text}");
        }
    }
}
