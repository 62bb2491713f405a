//! `plan`: what deploy would do, in both planes. Only reads.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Global, PlanArguments};
use crate::output;
use crate::place::Place;
use crate::planning::Planned;

pub(super) async fn run(global: &Global, arguments: &PlanArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let planned = Planned::look(&place, &arguments.replace).await?;
    output::data(global.output, &planned, planned.text())?;
    planned.require_applicable()?;
    let changes = arguments.detailed_exitcode && !planned.is_empty();
    Ok(if changes { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
