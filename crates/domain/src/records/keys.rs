//! Where each document lies in the records bucket.

/// The configuration as deployed, [`crate::config::StackConfig`].
pub const CONFIG: &str = "config/stack.json";
/// What the data plane offers, [`super::outputs::Outputs`].
pub const OUTPUTS: &str = "state/outputs.json";
/// How far the change of the data plane under way has come, [`super::progress::Progress`].
pub const PROGRESS: &str = "state/progress.json";
/// There while a change of the data plane has begun and not ended,
/// [`super::interrupted_apply::InterruptedApply`].
pub const INTERRUPTED_APPLY: &str = "state/unfinished.json";
/// Held by whoever changes the data plane, [`super::lock::Lock`].
pub const APPLY_LOCK: &str = "locks/apply.json";
/// Held by the command line for a whole deploy or destroy, both planes, [`super::lock::Lock`].
pub const DEPLOY_LOCK: &str = "locks/deploy.json";
/// What is written again and again, and of interest only as it is now: locks that are renewed,
/// sweeps, progress.
pub const SHORT_HISTORY_PREFIXES: [&str; 3] = ["locks/", "ticks/", PROGRESS];
/// What the next run is compared with, [`super::last_run::LastRun`].
pub const LAST_RUN: &str = "state/last-run.json";
/// When all executions were last looked through, [`super::start::Sweep`]. Not below `state/`: it
/// changes with each tick.
pub const SWEEP: &str = "ticks/sweep.json";
/// Starts that are held, [`super::start::HeldStart`].
pub const HELD_STARTS_PREFIX: &str = "ticks/held/";
/// There while the schedule is paused, [`super::pause::Pause`].
pub const PAUSE: &str = "state/pause.json";
/// All records of starts.
pub const STARTS_PREFIX: &str = "starts/";
/// The lists of files that executions may be limited to.
pub const MANIFESTS_PREFIX: &str = "manifests/";
/// There from the first restore on, [`super::restore::RestoreTarget`].
pub const RESTORE: &str = "state/restore.json";
/// Where DataSync reports on restores: apart from [`REPORTS_PREFIX`], where each summary wakes
/// `verify-versions`.
pub const RESTORE_REPORTS_PREFIX: &str = "restores/";
/// All run records.
pub const RUNS_PREFIX: &str = "runs/";
/// Where DataSync writes its task reports; ends in `/` because DataSync's documentation asks for
/// it.
pub const REPORTS_PREFIX: &str = "reports/";
/// Where the one summary of each execution arrives, after which verification begins.
pub const SUMMARY_REPORTS_PREFIX: &str = "reports/Summary-Reports/";

#[must_use]
pub fn start_record(slot: &str) -> String {
    format!("{STARTS_PREFIX}{slot}.json")
}

#[must_use]
pub fn held_start(slot: &str) -> String {
    format!("{HELD_STARTS_PREFIX}{slot}.json")
}

#[must_use]
pub fn run_record(execution_id: &str) -> String {
    format!("{RUNS_PREFIX}{execution_id}.json")
}

/// Whose run a record is, by its key.
#[must_use]
pub fn execution_id_of_run(key: &str) -> Option<&str> {
    key.strip_prefix(RUNS_PREFIX)?.strip_suffix(".json")
}

/// The list of versions that a restore brings back. DataSync takes no `:` in its key.
#[must_use]
pub fn restore_manifest(id: &str) -> String {
    format!("{MANIFESTS_PREFIX}restore-{id}.csv")
}

/// The directories that stood where a restore writes, before it began.
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

/// What lasts, like a task that is unavailable, [`super::condition::Condition`]. `what` is a class.
#[must_use]
pub fn condition(what: &str) -> String {
    format!("episodes/{what}.json")
}

/// The receipt of the alert about an episode. `since` is RFC 3339.
#[must_use]
pub fn condition_alert(what: &str, since: &str) -> String {
    format!("alerts/{what}/{since}.json")
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

/// What checks under way leave for one another; a lifecycle rule of the bucket removes it.
pub const SCRATCH_PREFIX: &str = "scratch/";

/// Where one check of an execution keeps what it has come to so far. `check` says of what it is
/// one.
#[must_use]
pub fn scratch_prefix(execution_id: &str, check: &str) -> String {
    format!("{SCRATCH_PREFIX}{execution_id}/{check}/")
}

/// The receipt of the alert about a later look. `at` is RFC 3339.
#[must_use]
pub fn audit_alert(execution_id: &str, at: &str) -> String {
    format!("alerts/{execution_id}/audits/{at}.json")
}

/// What a scheduled audit has found. `at` is RFC 3339.
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
