//! The duties of people and CI jobs, and the source files whose calls each of them makes.

use crate::access::Access;
use crate::commands::{
    cancel, deploy, destroy, failures, get, logs, pause, restore, run, sync, unlock,
};
use crate::deploy::{lock, plan};
use crate::runs::{
    current, dead_letter_queue, find_execution, follow, follow_restore, health, object_metadata,
    object_pages, object_versions, restores, rules, tasks,
};
use crate::{account_heading, context, invoke};

/// A duty of a person or a CI job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Duty {
    /// `plan`, `drift`, and every command that only shows something.
    ReadOnly,
    /// Commands that start, cancel or pause executions, verify and restore. Includes `ReadOnly`.
    Operate,
    /// `plan`, `deploy`, `destroy` and `unlock`.
    Deploy,
}

const EVERYBODY: &[Duty] = &[Duty::ReadOnly, Duty::Operate, Duty::Deploy];
const READERS: &[Duty] = &[Duty::ReadOnly, Duty::Operate];
const OPERATORS: &[Duty] = &[Duty::Operate];
const DEPLOYERS: &[Duty] = &[Duty::Deploy];
const CHANGERS: &[Duty] = &[Duty::Operate, Duty::Deploy];

/// Each source file with calls, its actions, and the duties that use it.
pub(crate) const DECLARED: &[(&str, Access, &[Duty])] = &[
    ("account_heading", account_heading::ACCESS, EVERYBODY),
    ("commands/cancel", cancel::ACCESS, OPERATORS),
    ("commands/deploy", deploy::ACCESS, DEPLOYERS),
    ("commands/destroy", destroy::ACCESS, DEPLOYERS),
    ("commands/failures", failures::REPLAY_ACCESS, OPERATORS),
    ("commands/get", get::ACCESS, READERS),
    ("commands/logs", logs::ACCESS, READERS),
    ("commands/pause", pause::ACCESS, OPERATORS),
    ("commands/restore", restore::ACCESS, OPERATORS),
    ("commands/run", run::ACCESS, READERS),
    ("commands/sync", sync::ACCESS, OPERATORS),
    ("commands/unlock", unlock::ACCESS, DEPLOYERS),
    ("runs/dead_letter_queue", dead_letter_queue::ACCESS, READERS),
    ("runs/dead_letter_queue", dead_letter_queue::REMOVE_ACCESS, OPERATORS),
    ("deploy/lock", lock::ACCESS, CHANGERS),
    ("runs/current", current::ACCESS, EVERYBODY),
    ("runs/find_execution", find_execution::ACCESS, READERS),
    ("runs/follow", follow::ACCESS, READERS),
    ("runs/follow_restore", follow_restore::ACCESS, OPERATORS),
    ("runs/restores", restores::ACCESS, READERS),
    ("invoke", invoke::ACCESS, CHANGERS),
    ("runs/object_metadata", object_metadata::ACCESS, READERS),
    ("runs/object_pages", object_pages::ACCESS, READERS),
    ("runs/object_versions", object_versions::ACCESS, READERS),
    ("runs/rules", rules::ACCESS, READERS),
    ("runs/tasks", tasks::ACCESS, EVERYBODY),
    ("context", context::ACCESS, EVERYBODY),
    ("deploy/plan", plan::ACCESS, EVERYBODY),
    ("runs/health", health::ACCESS, READERS),
];

/// Returns the access that these duties need.
pub(crate) fn access_of_duties(duties: &[Duty]) -> impl Iterator<Item = &'static Access> {
    let duties = duties.to_vec();
    let declared =
        DECLARED.iter().filter(move |(.., of)| of.iter().any(|duty| duties.contains(duty)));
    declared.map(|(_, access, _)| access)
}

#[cfg(test)]
mod tests;
