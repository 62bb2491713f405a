//! One file per command.

mod deploy;
mod destroy;
mod init;
mod plan;
mod status;
mod sync;
mod unlock;
mod verify;

use std::process::ExitCode;

use anyhow::Result;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use stack::graph::Graph;

use crate::cli::{Cli, Command};
use crate::place::Place;
use crate::{code, control_plane, local};

pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(arguments) => init::run(&global, &arguments),
        Command::Plan { detailed_exitcode } => plan::run(&global, detailed_exitcode).await,
        Command::Deploy => deploy::run(&global).await,
        Command::Sync { wait } => sync::run(&global, wait).await,
        Command::Status => status::run(&global).await,
        Command::Verify { execution } => verify::run(&global, &execution).await,
        Command::Destroy(arguments) => destroy::run(&global, &arguments).await,
        Command::Unlock => unlock::run(&global).await,
        Command::Local(command) => local::run(command, &global).await,
    }
}

/// What the data plane offers, if it is deployed.
async fn outputs(place: &Place) -> Result<Option<Outputs>> {
    Ok(place.records.read(keys::OUTPUTS).await?)
}

/// The control plane as it should be, with the rule on the task if there is one.
fn desired_control_plane(place: &Place, outputs: Option<&Outputs>) -> Result<Graph> {
    let Some(cargo_lambda) = &place.aws.cargo_lambda else { return Ok(Graph::default()) };
    let code = code::digests(cargo_lambda)?;
    let task = outputs.map(|outputs| &outputs.task_arn);
    Ok(control_plane::control_plane(&place.config, place.names(), &code, task))
}
