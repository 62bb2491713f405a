//! Restores: the object versions of a time, the manifest that restores them, and the result.
//!
//! Rule: everything here streams or counts; nothing holds the bucket's listing.

mod manifest;
mod reconcile_report;
mod tree_history;
mod version_diff;
mod version_picker;

pub use manifest::{NotRestorable, manifest_line, manifest_path};
pub use reconcile_report::{DestinationState, OpenQuestion, ReportReconciler, RestoreCounts};
pub use tree_history::{Existence, TreeHistory, TreeHistoryBuilder};
pub use version_diff::{ChangeKind, VersionChange, VersionDiffer};
pub use version_picker::{ListedVersion, VersionPicker, sort_page};
