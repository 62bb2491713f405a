//! `verify`: look again at every version an execution wrote.

use std::process::ExitCode;

use anyhow::{Result, bail};
use pipeline::function::Function;
use pipeline::records::proof::Depth;
use pipeline::request::VerifyRequest;
use verify_versions::Outcome;

use crate::cli::Global;
use crate::place::Place;
use crate::{follow, invoke, output};

pub(super) async fn run(global: &Global, execution: &str, depth: Option<Depth>) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let request = VerifyRequest { execution: execution.to_owned(), depth };
    let outcome = invoke::invoke(&place, Function::VerifyVersions, &request).await?;
    let Outcome::Proven { proof, .. } = outcome else { bail!("verify-versions answered another request: {outcome:?}") };
    output::data(global.output, &proof, follow::proof_text(&proof))?;
    Ok(if proof.verdict.is_proven() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
