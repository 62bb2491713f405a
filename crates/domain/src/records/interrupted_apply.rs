//! The mark of an apply or a destroy that has begun and not ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::request::BootstrapRequest;

/// There from before the first step until after the last: whoever finds it and no lock knows that
/// the work was cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterruptedApply {
    /// What was asked for; the same request goes on with it.
    pub request: BootstrapRequest,
    pub begun_at: DateTime<Utc>,
}
