//! The mark that this stack restores: from its first restore on, the restore's resources belong to the data plane.

use serde::{Deserialize, Serialize};

/// Where restored files go. There is one location for all restores: each restore points it at its own directory, so that
/// nothing is left over per directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreTarget {
    /// Below the source's folder: empty for the folder itself, else without `/` in front and with one at the end.
    pub directory: String,
}
