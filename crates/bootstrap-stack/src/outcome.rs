//! The outcome of an invocation: its response, and the one line in its log.

use chrono::{DateTime, Utc};
use domain::records::outputs::Outputs;
use reconciler::plan::{Counts, Plan};
use serde::{Deserialize, Serialize};

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum BootstrapOutcome {
    Planned {
        plan: Plan,
    },
    /// `log` has one line for each step, in the order in which they ended.
    Applied {
        counts: Counts,
        outputs: Box<Outputs>,
        log: Vec<String>,
    },
    /// `None` if the data plane is incomplete.
    Outputs {
        outputs: Option<Box<Outputs>>,
    },
    /// The deleted resources, and those that were kept because they hold data; each with its kind.
    Destroyed {
        deleted: Vec<String>,
        kept: Vec<String>,
        log: Vec<String>,
    },
    NoDrift,
    /// One sentence for each resource that differs, and for each that could not be read. An alert
    /// was sent.
    Drifted {
        drifted: Vec<String>,
        unread: Vec<String>,
    },
    /// The daily check completed an interrupted apply. An alert was sent.
    Completed {
        log: Vec<String>,
    },
    /// The daily check resumed an interrupted apply, which failed again. An alert was sent.
    StillUnfinished {
        problem: String,
    },
    /// The daily check found an interrupted destroy. An alert was sent.
    DestroyUnfinished {
        begun_at: DateTime<Utc>,
    },
    /// The daily check found that the stack is being changed, and did nothing.
    Busy {
        holder: String,
    },
}
