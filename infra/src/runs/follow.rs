//! Follows an execution to its end, its record and its proof.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws::executions;
use domain::arn::ExecutionArn;
use domain::execution::{Execution, is_terminal};
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::{RunOutcome, RunRecord};
use domain::request::{CompleteRequest, VerifyRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::access::Access;
use crate::context::StackContext;
use crate::invoke;
use crate::runs::heartbeat::Heartbeat;
use crate::runs::text::{NOTHING_MATCHED, proof_text, run_text};
use crate::runs::transfer_rate::TransferRate;
use crate::ui::format::{format_bytes, format_elapsed};
use crate::ui::output;

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

/// The interval between calls. States last seconds to hours.
const PAUSE_ON_AWS: Duration = Duration::from_secs(5);
const PAUSE_LOCALLY: Duration = Duration::from_millis(300);
/// Events are usually delivered at least once, but can be lost. After this time the function is
/// invoked directly.
const EVENT_TIMEOUT_ON_AWS: Duration = Duration::from_secs(150);
const EVENT_TIMEOUT_LOCALLY: Duration = Duration::from_secs(15);
/// The time limit from the end of an execution to its record, with the wait for the report, and to
/// the proof of a small execution.
const RECORD_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// The number of files for which the time limit of a proof grows by a second: a third of what S3
/// serves for one prefix.
const FILES_PER_SECOND: u64 = 1_500;

/// An ended execution.
#[derive(Debug, Serialize)]
pub(crate) struct FollowedExecution {
    pub run: RunRecord,
    /// The proof; absent when the execution failed without a complete report.
    pub proof: Option<Proof>,
}

impl FollowedExecution {
    /// Whether the execution succeeded and every version is proven.
    pub(crate) fn is_good(&self) -> bool {
        let is_proven = self.proof.as_ref().is_some_and(|proof| proof.verdict.is_proven());
        is_proven && self.run.outcome == RunOutcome::Succeeded
    }
}

/// Follows an execution to its end, its record and its proof.
pub(crate) struct Follower<'a> {
    context: &'a StackContext,
    /// The beginning of each line of progress: empty, or the sync of one of several.
    label: String,
    pause: Duration,
}

impl<'a> Follower<'a> {
    /// The follower of the only execution.
    pub(crate) fn new(context: &'a StackContext) -> Self {
        Self::one_of(context, String::new(), 1)
    }

    /// The follower of one of `count` executions. The more there are, the less often each is read.
    pub(crate) fn one_of(context: &'a StackContext, label: String, count: usize) -> Self {
        let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
        let tens = u32::try_from(count.div_ceil(10)).unwrap_or(u32::MAX);
        Self { context, label, pause: pause.saturating_mul(tens) }
    }

    pub(crate) async fn follow_to_verdict(
        &self,
        execution: &ExecutionArn,
    ) -> Result<FollowedExecution> {
        self.follow_to_end(execution).await?;
        let run = self.wait_for_run(execution).await?;
        let provable = run.report_status.as_deref() == Some("SUCCESS");
        let proof = if run.outcome == RunOutcome::Succeeded || provable {
            Some(self.wait_for_proof(&run).await?)
        } else {
            None
        };
        Ok(FollowedExecution { run, proof })
    }

    async fn wait_for_run(&self, execution: &ExecutionArn) -> Result<RunRecord> {
        let key = keys::run_record(execution.id());
        let request = CompleteRequest { execution: execution.to_string() };
        let function = FunctionName::OnExecutionComplete;
        self.wait_for_record(&key, function, &request, RECORD_TIMEOUT).await
    }

    async fn wait_for_proof(&self, run: &RunRecord) -> Result<Proof> {
        self.print_line("verifying every version …");
        let files = u64::try_from(run.counters.files_transferred).unwrap_or(0);
        let timeout = RECORD_TIMEOUT + Duration::from_secs(files / FILES_PER_SECOND);
        let key = keys::proof_document(run.execution.id());
        let request = VerifyRequest::new(run.execution.as_str());
        self.wait_for_record(&key, FunctionName::VerifyVersions, &request, timeout).await
    }

    /// Shows the progress of an execution and returns it when it has ended.
    pub(crate) async fn follow_to_end(&self, execution: &ExecutionArn) -> Result<Execution> {
        let begun = Instant::now();
        let mut rate = TransferRate::default();
        let mut heartbeat = Heartbeat::default();
        loop {
            let now = executions::describe(&self.context.aws.datasync, execution).await;
            let now = now.with_context(|| format!("describing {}", execution.id()))?;
            let rate = rate.progress_text(begun.elapsed(), &now.counters);
            self.show_progress(&now, &rate, &mut heartbeat);
            if is_terminal(&now.status) {
                output::clear_transient();
                return Ok(now);
            }
            sleep(self.pause).await;
        }
    }

    /// Prints one refreshed line on a terminal, otherwise, and for one of several executions, one
    /// line per state and heartbeat.
    fn show_progress(&self, now: &Execution, rate: &str, heartbeat: &mut Heartbeat) {
        let is_due = heartbeat.take_due(&now.status, Instant::now());
        if self.is_refreshed() && !is_terminal(&now.status) {
            output::print_transient(&progress_line(now, rate));
        } else if is_due {
            output::clear_transient();
            self.print_line(&progress_line(now, rate));
        }
    }

    fn is_refreshed(&self) -> bool {
        self.label.is_empty() && std::io::stderr().is_terminal()
    }

    /// Waits for a document that a function writes when its event arrives, and invokes the function
    /// if no event arrived.
    async fn wait_for_record<T: DeserializeOwned>(
        &self,
        key: &str,
        function: FunctionName,
        request: &impl Serialize,
        timeout: Duration,
    ) -> Result<T> {
        let local = self.context.local;
        let event_timeout = if local { EVENT_TIMEOUT_LOCALLY } else { EVENT_TIMEOUT_ON_AWS };
        let (begun, mut invoked) = (Instant::now(), false);
        let mut heartbeat = Heartbeat::started_at(begun);
        while begun.elapsed() < timeout {
            if let Some(document) = self.context.records.read(key).await? {
                return Ok(document);
            }
            if heartbeat.take_due("", Instant::now()) {
                let elapsed = format_elapsed(begun.elapsed());
                self.print_line(&format!("waiting for {function} ({elapsed}) …"));
            }
            if !invoked && begun.elapsed() >= event_timeout {
                invoked = true;
                self.print_line(&format!(
                    "no event has invoked {function}; invoking it directly …"
                ));
                let _: serde_json::Value =
                    invoke::invoke_function(self.context, function, request).await?;
            } else {
                sleep(self.pause).await;
            }
        }
        bail!(
            "`{key}` was not written within {} minutes; see the logs of {function} with `efs-s3 \
                logs`",
            timeout.as_secs() / 60
        )
    }

    fn print_line(&self, line: &str) {
        output::print_progress(format!("{}{line}", self.label));
    }
}

fn progress_line(now: &Execution, rate: &str) -> String {
    let counters = &now.counters;
    format!(
        "  {:<12} {} of {} files, {} of {}{rate}",
        now.status,
        counters.files_transferred,
        counters.files_to_transfer,
        format_bytes(counters.bytes_transferred),
        format_bytes(counters.bytes_to_transfer)
    )
}

pub(crate) fn followed_text(ended: &FollowedExecution) -> String {
    let mut text = run_text(&ended.run);
    if let Some(class) = ended.run.class {
        text.extend(["  ", class.as_str(), ": see ", &class.runbook(), "\n"]);
    }
    if ended.run.matched_nothing() {
        text.push_str(NOTHING_MATCHED);
    }
    match &ended.proof {
        Some(proof) => text.push_str(&proof_text(proof)),
        None => text.push_str("There is no complete report, so no version is proven.\n"),
    }
    text
}
