//! The errors that the doubles answer with.

use aws_smithy_types::error::ErrorMetadata;

/// An error of a service, with its code alone.
pub(crate) fn error_with_code(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}
