//! The mark of an apply or a destroy that has begun and not ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::records::deployed_sync::DeployedSync;
use crate::request::BootstrapRequest;

/// The mark of a running apply or destroy: without a lock it says that the operation was
/// interrupted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterruptedApply {
    /// The request; the same request resumes it.
    pub request: BootstrapRequest,
    pub begun_at: DateTime<Utc>,
    /// The syncs that this operation, or one before it that was interrupted too, may have created
    /// resources of. The outputs know them only after the last step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub syncs: Vec<DeployedSync>,
}
