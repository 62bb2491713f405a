//! What one invocation came to: its answer, and the one line it logs.

use pipeline::records::outputs::Outputs;
use serde::{Deserialize, Serialize};
use stack::plan::{Counts, Plan};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Planned {
        plan: Plan,
    },
    /// `log` has one line for each step, in the order of their ends.
    Applied {
        counts: Counts,
        outputs: Outputs,
        log: Vec<String>,
    },
    /// `None` when there is no whole data plane.
    Outputs {
        outputs: Option<Outputs>,
    },
    /// Kinds with names: what was deleted, and what was kept because it holds data.
    Destroyed {
        deleted: Vec<String>,
        kept: Vec<String>,
        log: Vec<String>,
    },
    NoDrift,
    /// One sentence for each resource that differs; an alert was sent.
    Drifted {
        drifted: Vec<String>,
    },
}
