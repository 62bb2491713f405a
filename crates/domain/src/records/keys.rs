//! The keys of the documents in the records bucket.

use crate::sync_name::SyncName;

/// The configuration as deployed, [`crate::config::StackConfig`].
pub const CONFIG: &str = "config/stack.json";
/// The outputs of the data plane, [`super::outputs::Outputs`].
pub const OUTPUTS: &str = "state/outputs.json";
/// The progress of a running change of the data plane, [`super::progress::Progress`].
pub const PROGRESS: &str = "state/progress.json";
/// There while a change of the data plane has begun and not ended,
/// [`super::interrupted_apply::InterruptedApply`].
pub const INTERRUPTED_APPLY: &str = "state/unfinished.json";
/// The lock of changes to the data plane, [`super::lock::Lock`].
pub const APPLY_LOCK: &str = "locks/apply.json";
/// Held by the command line for a whole deploy or destroy, both planes, [`super::lock::Lock`].
pub const DEPLOY_LOCK: &str = "locks/deploy.json";
/// Documents that are often rewritten, of which only the latest version matters: renewed locks,
/// sweeps, progress.
pub const SHORT_HISTORY_PREFIXES: [&str; 3] = ["locks/", "ticks/", PROGRESS];
/// Starts that are held, [`super::start::HeldStart`].
pub const HELD_STARTS_PREFIX: &str = "ticks/held/";
/// The executions that may run now, [`super::parallel::ParallelExecutions`].
pub const PARALLEL_EXECUTIONS: &str = "ticks/parallel.json";
/// The marks of restores of all syncs begin with this, see [`restore`].
pub const RESTORES_MARK_PREFIX: &str = "state/restore";
/// All records of starts.
pub const STARTS_PREFIX: &str = "starts/";
/// The lists of files that executions may be limited to.
pub const MANIFESTS_PREFIX: &str = "manifests/";
/// The prefix of reports on restores: apart from [`REPORTS_PREFIX`], where each summary starts
/// `verify-versions`.
pub const RESTORE_REPORTS_PREFIX: &str = "restores/";
/// All run records.
pub const RUNS_PREFIX: &str = "runs/";
/// The prefix of DataSync's task reports; ends in `/` as its documentation requires.
pub const REPORTS_PREFIX: &str = "reports/";
/// The prefix of the summary of each execution, which starts the verification.
pub const SUMMARY_REPORTS_PREFIX: &str = "reports/Summary-Reports/";

/// The baseline of the next execution of a sync, [`super::last_run::LastRun`].
#[must_use]
pub fn last_run(sync: &SyncName) -> String {
    of_sync("state/last-run", sync)
}

/// The last sweep over all executions of a sync, [`super::start::Sweep`]. Not below `state/`, since
/// it changes with each sweep.
#[must_use]
pub fn sweep(sync: &SyncName) -> String {
    of_sync("ticks/sweep", sync)
}

/// The beginning of the keys of all pauses.
pub const PAUSES_PREFIX: &str = "state/pause";

/// There while the schedule of a sync is paused, [`super::pause::Pause`].
#[must_use]
pub fn pause(sync: &SyncName) -> String {
    of_sync(PAUSES_PREFIX, sync)
}

/// The sync whose pause has this key.
#[must_use]
pub fn sync_of_pause(key: &str) -> Option<SyncName> {
    SyncName::of_qualified(key.strip_suffix(".json")?, PAUSES_PREFIX)
}

/// There from the first restore of a sync on, [`super::restore::RestoreTarget`].
#[must_use]
pub fn restore(sync: &SyncName) -> String {
    of_sync(RESTORES_MARK_PREFIX, sync)
}

/// `state/pause.json` for the sync `default`, `state/pause.home.json` for the sync `home`.
fn of_sync(key: &str, sync: &SyncName) -> String {
    format!("{}.json", sync.qualify(key))
}

#[must_use]
pub fn start_record(slot: &str) -> String {
    format!("{STARTS_PREFIX}{slot}.json")
}

/// The slot whose start record has this key.
#[must_use]
pub fn slot_of_start(key: &str) -> Option<&str> {
    key.strip_prefix(STARTS_PREFIX)?.strip_suffix(".json")
}

#[must_use]
pub fn held_start(slot: &str) -> String {
    format!("{HELD_STARTS_PREFIX}{slot}.json")
}

#[must_use]
pub fn run_record(execution_id: &str) -> String {
    format!("{RUNS_PREFIX}{execution_id}.json")
}

/// Returns the id of the execution whose run record has this key.
#[must_use]
pub fn execution_id_of_run(key: &str) -> Option<&str> {
    key.strip_prefix(RUNS_PREFIX)?.strip_suffix(".json")
}

/// The list of versions that a restore brings back. DataSync takes no `:` in its key.
#[must_use]
pub fn restore_manifest(id: &str) -> String {
    format!("{MANIFESTS_PREFIX}restore-{id}.csv")
}

/// All records of restores.
pub const RESTORE_RUNS_PREFIX: &str = "restore-runs/";

/// The record of one restore, [`super::restore_run::RestoreRun`].
#[must_use]
pub fn restore_run(execution_id: &str) -> String {
    format!("{RESTORE_RUNS_PREFIX}{execution_id}.json")
}

/// The directories that existed in the target of a restore before it began.
#[must_use]
pub fn restore_existing_directories(id: &str) -> String {
    format!("{MANIFESTS_PREFIX}restore-{id}.found.json")
}

/// The parts of the detailed report on one restore begin with this.
#[must_use]
pub fn restore_reports(task_id: &str, execution_id: &str) -> String {
    format!("{RESTORE_REPORTS_PREFIX}Detailed-Reports/{task_id}/{execution_id}/")
}

/// The receipt of the alert about how an execution ended.
#[must_use]
pub fn run_alert(execution_id: &str) -> String {
    format!("alerts/{execution_id}/run.json")
}

/// The receipt of the alert about an execution that was cancelled because it was stuck.
#[must_use]
pub fn stuck_alert(execution_id: &str) -> String {
    format!("alerts/{execution_id}/stuck.json")
}

/// A lasting condition, such as an unavailable task, [`super::condition::Condition`]. `what` is a
/// class.
#[must_use]
pub fn condition(sync: &SyncName, what: &str) -> String {
    of_sync(&conditions(what), sync)
}

/// The beginning of the keys of one condition of all syncs.
#[must_use]
pub fn conditions(what: &str) -> String {
    format!("episodes/{what}")
}

/// The receipt of the alert about a condition. `since` is RFC 3339.
#[must_use]
pub fn condition_alert(sync: &SyncName, what: &str, since: &str) -> String {
    format!("alerts/{}/{since}.json", sync.qualify(what))
}

/// The receipt of the alert about a slot that was claimed and passed without an execution.
#[must_use]
pub fn slot_alert(slot: &str) -> String {
    format!("alerts/slots/{slot}.json")
}

/// The receipt of the alert about the first proof of an execution.
#[must_use]
pub fn proof_alert(execution_id: &str) -> String {
    format!("alerts/{execution_id}/proof.json")
}

/// The receipt of the alert that an execution has no proof.
#[must_use]
pub fn unproven_alert(execution_id: &str) -> String {
    format!("alerts/{execution_id}/unproven.json")
}

/// The parts of the detailed report of one execution begin with this.
#[must_use]
pub fn detailed_reports(task_id: &str, execution_id: &str) -> String {
    format!("{REPORTS_PREFIX}Detailed-Reports/{task_id}/{execution_id}/")
}

#[must_use]
pub fn summary_reports(task_id: &str, execution_id: &str) -> String {
    format!("{SUMMARY_REPORTS_PREFIX}{task_id}/{execution_id}/")
}

/// All proofs.
pub const PROOFS_PREFIX: &str = "proofs/";

/// The verdict as first reached; written once.
#[must_use]
pub fn proof_document(execution_id: &str) -> String {
    format!("proofs/{execution_id}/proof.json")
}

/// The parts of the list to restore from begin with this.
#[must_use]
pub fn proven_objects(execution_id: &str) -> String {
    format!("proofs/{execution_id}/objects/")
}

/// One part of it: proven objects, one JSON document a line. The name says what is in it, so that
/// whoever proves the same writes the same.
#[must_use]
pub fn proven_objects_part(execution_id: &str, slice: u64, part: usize, sha256: &str) -> String {
    let digest = sha256.get(..16).unwrap_or(sha256);
    format!("{}{slice:04}-{part:05}-{digest}.ndjson", proven_objects(execution_id))
}

/// Intermediate results of running verifications; a lifecycle rule of the bucket deletes them.
pub const SCRATCH_PREFIX: &str = "scratch/";

/// The prefix of the intermediate results of one verification. `check` names it.
#[must_use]
pub fn scratch_prefix(execution_id: &str, check: &str) -> String {
    format!("{SCRATCH_PREFIX}{execution_id}/{check}/")
}

/// The receipt of the alert about a later look. `at` is RFC 3339.
#[must_use]
pub fn audit_alert(execution_id: &str, at: &str) -> String {
    format!("alerts/{execution_id}/audits/{at}.json")
}

/// The result of a scheduled audit. `at` is RFC 3339.
#[must_use]
pub fn scheduled_audit(at: &str) -> String {
    format!("audits/{at}.json")
}

/// The receipt of the alert about it.
#[must_use]
pub fn scheduled_audit_alert(at: &str) -> String {
    format!("alerts/audits/{at}.json")
}

/// The verdict of a later look at the same execution. `at` is RFC 3339.
#[must_use]
pub fn execution_audit(execution_id: &str, at: &str) -> String {
    format!("proofs/{execution_id}/audits/{at}.json")
}
