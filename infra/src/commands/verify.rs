//! `verify`: verifies every object version that an execution wrote.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow};
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::proof::{Depth, Proof};
use domain::request::VerifyRequest;
use tokio::time::{Instant, sleep};
use verify_versions::VerifyOutcome;

use crate::cli::Global;
use crate::context::StackContext;
use crate::hint::{WithHint, hinted_error};
use crate::invoke;
use crate::runs::find_execution::find_execution;
use crate::runs::text::proof_text;
use crate::ui::output;

/// The interval at which the records bucket is read for a proof.
const PAUSE: Duration = Duration::from_secs(5);
/// The time limit: a chain of sixteen invocations, after which Lambda ends it (Lambda Developer
/// Guide, "Recursive loop detection").
const VERIFY_TIMEOUT: Duration = Duration::from_secs(4 * 60 * 60);

pub(super) async fn run(
    global: &Global,
    execution: &str,
    depth: Option<Depth>,
) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let execution = find_execution(&context, &outputs, execution).await?;
    let request = VerifyRequest { execution: execution.to_string(), depth };
    let outcome = invoke::invoke_function(&context, FunctionName::VerifyVersions, &request).await?;
    let proof = proof_of_outcome(&context, outcome).await?;
    output::print_data(global.output, &proof, proof_text(&proof))?;
    Ok(if proof.verdict.is_proven() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the proof, or waits for it.
async fn proof_of_outcome(context: &StackContext, outcome: VerifyOutcome) -> Result<Proof> {
    match outcome {
        VerifyOutcome::Proven { proof, .. } => Ok(proof),
        VerifyOutcome::UnderWay { execution, proof } => {
            wait_for_proof(context, execution.id(), &proof).await
        }
        VerifyOutcome::AlreadyProven { execution, .. } => {
            wait_for_proof(context, execution.id(), &keys::proof_document(execution.id())).await
        }
        early => Err(refuse_proof(early)),
    }
}

/// Returns the error of an execution that is not verified yet.
fn refuse_proof(outcome: VerifyOutcome) -> anyhow::Error {
    let (early, hint) = match outcome {
        VerifyOutcome::ReportPending { execution, state } => (
            anyhow!("{} is {state}, and its report is not complete", execution.id()),
            "wait for the sweep, which starts the verification, or try again in some minutes",
        ),
        VerifyOutcome::Held { execution, until } => (
            anyhow!(
                "{}: the versioning of its bucket may not be effective before {}",
                execution.id(),
                until.format("%H:%M UTC")
            ),
            "wait for the sweep, which starts the verification, or try again then",
        ),
        other => return anyhow!("verify-versions returned an unexpected outcome: {other:?}"),
    };
    hinted_error(early, hint)
}

/// Waits for the proof of a verification that continues in other invocations.
async fn wait_for_proof(context: &StackContext, id: &str, key: &str) -> Result<Proof> {
    output::print_progress(format!("{id} has many files; verifying their versions …"));
    let begun = Instant::now();
    while begun.elapsed() < VERIFY_TIMEOUT {
        if let Some(proof) = context.records.read(key).await? {
            return Ok(proof);
        }
        sleep(PAUSE).await;
    }
    let hours = VERIFY_TIMEOUT.as_secs() / 3600;
    let silent = Err(anyhow!("no proof of {id} was written within {hours} hours"));
    silent.with_hint(format!(
        "see the logs of verify-versions with `efs-s3 logs`, then run `efs-s3 verify {id}`: it \
            resumes where it stopped"
    ))
}
