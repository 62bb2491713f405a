//! The product's scenario: the demo tells it, the end-to-end tests assert it. Every step checks
//! what it shows.

mod bucket;
mod external_faults;
mod more_syncs;
mod planned_counts;
mod proof_steps;
mod steps;

use std::time::Instant;

use anyhow::{Context, Result};
use steps::Scenario;

use crate::cloud::Cloud;
use crate::deployment::Deployment;

/// Receives the progress of the scenario.
pub trait Reporter {
    /// A step begins.
    fn begin_step(&mut self, title: &str);
    /// Something a step has found out.
    fn report_finding(&mut self, text: &str);
    /// A step is over, as it should be.
    fn end_step(&mut self, elapsed: std::time::Duration);
}

/// A reporter that prints nothing.
#[derive(Debug)]
pub struct SilentReporter;

impl Reporter for SilentReporter {
    fn begin_step(&mut self, _title: &str) {}
    fn report_finding(&mut self, _text: &str) {}
    fn end_step(&mut self, _elapsed: std::time::Duration) {}
}

/// Tells the whole scenario on a running cloud.
///
/// # Errors
/// With the step that was not as expected.
pub async fn run_scenario(
    cloud: &Cloud,
    account: &str,
    shown: bool,
    reporter: &mut dyn Reporter,
) -> Result<()> {
    let mut scenario = Scenario::new(Deployment::prepare(cloud, account, "demo", shown).await?);
    macro_rules! step {
        ($title:literal, $step:ident) => {
            let started = Instant::now();
            reporter.begin_step($title);
            scenario.$step(reporter).await.context($title)?;
            reporter.end_step(started.elapsed());
        };
    }
    step!("plan: what deploy would create", show_plan);
    step!("deploy: control plane by the command line, data plane by bootstrap-stack", deploy_stack);
    step!("deploy again: no changes", deploy_again);
    step!("put a tree of files on the file system", create_files);
    step!("sync --wait: copy it to S3 and prove every version", first_sync);
    step!("sync --wait, twice: nothing has changed, and no alert is sent", sync_unchanged);
    step!("change, add and delete some files", edit_files);
    step!("sync --wait: only what changed", second_sync);
    step!("delete one object version directly in S3", break_one_version);
    step!("verify: it reports exactly that version", verify_run);
    step!("the alert, as the subscriber receives it", receive_alert);
    step!("restore: the tree of the first execution, into a new directory", restore_first_tree);
    step!("an execution that fails, and its alert", fail_one_run);
    step!("a stuck execution is cancelled, and its alert", cancel_stuck_run);
    step!("an execution that succeeds again, and its alert", succeed_again);
    step!("the schedule starts an execution; then it is paused", run_on_schedule);
    step!("status", show_status);
    step!("two more syncs: to another region, and to the bucket of another account", add_two_syncs);
    step!("sync --all --wait: each into its own bucket, every version proven", sync_all);
    step!("one sync fails, and its alert; the others stay fresh", fail_one_sync);
    step!("status: one row for each sync", show_all_syncs);
    Ok(())
}
