//! `verify`: look again at every version an execution wrote.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::proof::{Depth, Proof};
use domain::request::VerifyRequest;
use tokio::time::{Instant, sleep};
use verify_versions::Outcome;

use crate::advice::Advise;
use crate::cli::Global;
use crate::place::Place;
use crate::{follow, invoke, output};

/// How often the records bucket is asked for a proof under way.
const PAUSE: Duration = Duration::from_secs(5);
/// As long as a chain of sixteen invocations may take, after which Lambda ends it (Lambda Developer
/// Guide, "Recursive loop detection").
const BOUND_OF_A_CHECK: Duration = Duration::from_secs(4 * 60 * 60);

pub(super) async fn run(
    global: &Global,
    execution: &str,
    depth: Option<Depth>,
) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let request = VerifyRequest { execution: execution.to_owned(), depth };
    let outcome = invoke::invoke(&place, FunctionName::VerifyVersions, &request).await?;
    let proof = match outcome {
        Outcome::Proven { proof, .. } => proof,
        Outcome::UnderWay { execution, proof } => awaited(&place, execution.id(), &proof).await?,
        Outcome::AlreadyProven { execution, .. } => {
            awaited(&place, execution.id(), &keys::proof_document(execution.id())).await?
        }
        Outcome::ReportPending { execution, state } => {
            let early =
                Err(anyhow!("{} is {state}, and its report is not finished", execution.id()));
            return early.advise(
                "the sweep asks for the proof until it is there; or try again in some minutes",
            );
        }
        Outcome::Held { execution, until } => {
            let until = until.format("%H:%M UTC");
            let early = Err(anyhow!(
                "{}: the versioning of its bucket may not hold before {until}",
                execution.id()
            ));
            return early
                .advise("the sweep asks for the proof until it is there; or try again then");
        }
        other => bail!("verify-versions answered another request: {other:?}"),
    };
    output::data(global.output, &proof, follow::proof_text(&proof))?;
    Ok(if proof.verdict.is_proven() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The proof of a check that goes on in invocations of its own.
async fn awaited(place: &Place, id: &str, key: &str) -> Result<Proof> {
    output::progress(format!("{id} has many files; their versions are being looked at …"));
    let begun = Instant::now();
    while begun.elapsed() < BOUND_OF_A_CHECK {
        if let Some(proof) = place.records.read(key).await? {
            return Ok(proof);
        }
        sleep(PAUSE).await;
    }
    let hours = BOUND_OF_A_CHECK.as_secs() / 3600;
    let silent = Err(anyhow!("no proof of {id} was made within {hours} hours"));
    silent.advise(format!(
        "look into the logs of verify-versions, then `efs-s3 verify {id}`: it goes on where they \
            stopped"
    ))
}
