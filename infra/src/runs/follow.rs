//! An execution followed to its verdict, and how runs and proofs are worded.

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

/// How often AWS is asked; its states last seconds to hours.
const PAUSE_ON_AWS: Duration = Duration::from_secs(5);
const PAUSE_LOCALLY: Duration = Duration::from_millis(300);
/// Events are delivered at least once as a rule and not at all at times. After this long we ask the
/// function ourselves.
const PATIENCE_ON_AWS: Duration = Duration::from_secs(150);
const PATIENCE_LOCALLY: Duration = Duration::from_secs(15);
/// From the end of an execution to its record: events, a wait for the report. To the proof of a
/// small one as well.
const BOUND_OF_RECORDS: Duration = Duration::from_secs(15 * 60);
/// Beyond that a proof gets a second for so many files: a third of what S3 bears of one prefix.
const PROVEN_A_SECOND: u64 = 1_500;

/// An execution at its end.
#[derive(Debug, Serialize)]
pub(crate) struct FollowedExecution {
    pub run: RunRecord,
    /// Absent when the run failed without a report to prove anything by.
    pub proof: Option<Proof>,
}

pub(crate) async fn follow_to_verdict(
    context: &StackContext,
    execution: &ExecutionArn,
) -> Result<FollowedExecution> {
    follow_to_end(context, execution).await?;
    let id = execution.id();
    let complete = CompleteRequest { execution: id.to_owned() };
    let record = keys::run(id);
    let run: RunRecord = wait_for_record(
        context,
        &record,
        FunctionName::OnExecutionComplete,
        &complete,
        BOUND_OF_RECORDS,
    )
    .await?;
    let provable = run.report_status.as_deref() == Some("SUCCESS");
    let proof = match (run.outcome, provable) {
        (RunOutcome::Succeeded, _) | (_, true) => {
            output::print_progress("proving every version …");
            let verify = VerifyRequest::new(id);
            let files = u64::try_from(run.counters.files_transferred).unwrap_or(0);
            let bound = BOUND_OF_RECORDS + Duration::from_secs(files / PROVEN_A_SECOND);
            Some(
                wait_for_record(
                    context,
                    &keys::proof(id),
                    FunctionName::VerifyVersions,
                    &verify,
                    bound,
                )
                .await?,
            )
        }
        _ => None,
    };
    Ok(FollowedExecution { run, proof })
}

/// Shows how far it comes, and gives it back once it is over.
pub(crate) async fn follow_to_end(
    context: &StackContext,
    execution: &ExecutionArn,
) -> Result<Execution> {
    let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
    let (begun, mut pace, mut last_state) =
        (Instant::now(), TransferRate::default(), String::new());
    loop {
        let now = executions::describe(&context.aws.datasync, execution).await;
        let now = now.with_context(|| format!("describing {}", execution.id()))?;
        show_progress(&now, &pace.progress_text(begun.elapsed(), &now.counters), &mut last_state);
        if is_terminal(&now.status) {
            output::clear_transient();
            return Ok(now);
        }
        sleep(pause).await;
    }
}

/// On a terminal one line that moves; elsewhere a line a state.
fn show_progress(now: &Execution, pace: &str, last_state: &mut String) {
    let counters = &now.counters;
    let line = format!(
        "  {:<12} {} of {} files, {} of {}{pace}",
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

/// A document that a function writes when its event comes, or when we ask for it because none came.
async fn wait_for_record<T: DeserializeOwned>(
    context: &StackContext,
    key: &str,
    function: FunctionName,
    request: &impl Serialize,
    bound: Duration,
) -> Result<T> {
    let (pause, patience) = if context.local {
        (PAUSE_LOCALLY, PATIENCE_LOCALLY)
    } else {
        (PAUSE_ON_AWS, PATIENCE_ON_AWS)
    };
    let begun = Instant::now();
    let mut asked = false;
    while begun.elapsed() < bound {
        if let Some(document) = context.records.read(key).await? {
            return Ok(document);
        }
        if !asked && begun.elapsed() >= patience {
            asked = true;
            output::print_progress(format!("no event has woken {function}; asking it directly …"));
            let _: serde_json::Value = invoke::invoke_function(context, function, request).await?;
        } else {
            sleep(pause).await;
        }
    }
    bail!(
        "`{key}` was not written within {} minutes; look into the logs of {function}",
        bound.as_secs() / 60
    )
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
