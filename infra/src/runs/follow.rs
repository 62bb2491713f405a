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
use crate::runs::text::{proof_text, run_text};
use crate::runs::transfer_rate::TransferRate;
use crate::ui::format::format_bytes;
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

pub(crate) async fn follow_to_verdict(
    context: &StackContext,
    execution: &ExecutionArn,
) -> Result<FollowedExecution> {
    follow_to_end(context, execution).await?;
    let run = wait_for_run(context, execution.id()).await?;
    let provable = run.report_status.as_deref() == Some("SUCCESS");
    let proof = if run.outcome == RunOutcome::Succeeded || provable {
        Some(wait_for_proof(context, &run).await?)
    } else {
        None
    };
    Ok(FollowedExecution { run, proof })
}

async fn wait_for_run(context: &StackContext, id: &str) -> Result<RunRecord> {
    let (key, request) = (keys::run_record(id), CompleteRequest { execution: id.to_owned() });
    let function = FunctionName::OnExecutionComplete;
    wait_for_record(context, &key, function, &request, RECORD_TIMEOUT).await
}

async fn wait_for_proof(context: &StackContext, run: &RunRecord) -> Result<Proof> {
    output::print_progress("verifying every version …");
    let id = run.execution.id();
    let files = u64::try_from(run.counters.files_transferred).unwrap_or(0);
    let timeout = RECORD_TIMEOUT + Duration::from_secs(files / FILES_PER_SECOND);
    let (key, request) = (keys::proof_document(id), VerifyRequest::new(id));
    wait_for_record(context, &key, FunctionName::VerifyVersions, &request, timeout).await
}

/// Shows the progress of an execution and returns it when it has ended.
pub(crate) async fn follow_to_end(
    context: &StackContext,
    execution: &ExecutionArn,
) -> Result<Execution> {
    let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
    let (begun, mut rate, mut last_state) =
        (Instant::now(), TransferRate::default(), String::new());
    loop {
        let now = executions::describe(&context.aws.datasync, execution).await;
        let now = now.with_context(|| format!("describing {}", execution.id()))?;
        show_progress(&now, &rate.progress_text(begun.elapsed(), &now.counters), &mut last_state);
        if is_terminal(&now.status) {
            output::clear_transient();
            return Ok(now);
        }
        sleep(pause).await;
    }
}

/// Prints one refreshed line on a terminal, otherwise one line per state.
fn show_progress(now: &Execution, rate: &str, last_state: &mut String) {
    let counters = &now.counters;
    let line = format!(
        "  {:<12} {} of {} files, {} of {}{rate}",
        now.status,
        counters.files_transferred,
        counters.files_to_transfer,
        format_bytes(counters.bytes_transferred),
        format_bytes(counters.bytes_to_transfer)
    );
    if std::io::stderr().is_terminal() && !is_terminal(&now.status) {
        output::print_transient(&line);
    } else if *last_state != now.status {
        output::clear_transient();
        output::print_progress(line);
    }
    last_state.clone_from(&now.status);
}

/// Waits for a document that a function writes when its event arrives, and invokes the function if
/// no event arrived.
async fn wait_for_record<T: DeserializeOwned>(
    context: &StackContext,
    key: &str,
    function: FunctionName,
    request: &impl Serialize,
    timeout: Duration,
) -> Result<T> {
    let (pause, event_timeout) = record_times(context.local);
    let begun = Instant::now();
    let mut invoked = false;
    while begun.elapsed() < timeout {
        if let Some(document) = context.records.read(key).await? {
            return Ok(document);
        }
        if !invoked && begun.elapsed() >= event_timeout {
            invoked = true;
            output::print_progress(format!(
                "no event has invoked {function}; invoking it directly …"
            ));
            let _: serde_json::Value = invoke::invoke_function(context, function, request).await?;
        } else {
            sleep(pause).await;
        }
    }
    bail!(
        "`{key}` was not written within {} minutes; see the logs of {function} with `efs-s3 logs`",
        timeout.as_secs() / 60
    )
}

/// Returns the pause between two reads and the time in which an event arrives.
fn record_times(local: bool) -> (Duration, Duration) {
    if local {
        (PAUSE_LOCALLY, EVENT_TIMEOUT_LOCALLY)
    } else {
        (PAUSE_ON_AWS, EVENT_TIMEOUT_ON_AWS)
    }
}

pub(crate) fn followed_text(ended: &FollowedExecution) -> String {
    let mut text = run_text(&ended.run);
    if let Some(class) = ended.run.class {
        text.extend(["  ", class.as_str(), ": see ", &class.runbook(), "\n"]);
    }
    match &ended.proof {
        Some(proof) => text.push_str(&proof_text(proof)),
        None => text.push_str("There is no complete report, so no version is proven.\n"),
    }
    text
}
