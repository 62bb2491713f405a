//! What one invocation came to: its answer, and the one line it logs.

use chrono::{DateTime, Utc};
use domain::records::outputs::Outputs;
use reconciler::plan::{Counts, Plan};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Planned {
        plan: Plan,
    },
    /// `log` has one line for each step, in the order of their ends.
    Applied {
        counts: Counts,
        outputs: Box<Outputs>,
        log: Vec<String>,
    },
    /// `None` when there is no whole data plane.
    Outputs {
        outputs: Option<Box<Outputs>>,
    },
    /// Kinds with names: what was deleted, and what was kept because it holds data.
    Destroyed {
        deleted: Vec<String>,
        kept: Vec<String>,
        log: Vec<String>,
    },
    NoDrift,
    /// One sentence for each resource that differs, and for each that could not be read; an alert
    /// was sent.
    Drifted {
        drifted: Vec<String>,
        unread: Vec<String>,
    },
    /// The daily look found an apply that was cut off and ended it; an alert was sent.
    Completed {
        log: Vec<String>,
    },
    /// The daily look found an apply that was cut off and failed to go on with it; an alert was
    /// sent.
    StillUnfinished {
        problem: String,
    },
    /// The daily look found a destroy that was cut off; an alert was sent.
    DestroyUnfinished {
        begun_at: DateTime<Utc>,
    },
    /// The daily look found somebody at work, and left it to them.
    Busy {
        holder: String,
    },
}
