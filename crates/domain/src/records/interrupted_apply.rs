//! The mark of an apply or a destroy that has begun and not ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::request::BootstrapRequest;

/// The mark of a running apply or destroy: without a lock it says that the operation was
/// interrupted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterruptedApply {
    /// The request; the same request resumes it.
    pub request: BootstrapRequest,
    pub begun_at: DateTime<Utc>,
}
