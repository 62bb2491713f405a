//! One file per command.

mod audit;
pub(crate) mod cancel;
pub(crate) mod deploy;
pub(crate) mod destroy;
mod drift;
pub(crate) mod failures;
pub(crate) mod get;
mod iam_policy;
mod init;
pub(crate) mod logs;
mod outputs;
pub(crate) mod pause;
mod plan;
mod proof;
pub(crate) mod restore;
pub(crate) mod run;
mod runs;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod unlock;
mod verify;
mod versions;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::proof::Depth;

use crate::advice::Advise;
use crate::cli::{Cli, Command};
use crate::local;
use crate::place::Place;

pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(arguments) => init::run(&global, &arguments),
        Command::Plan(arguments) => plan::run(&global, &arguments).await,
        Command::Deploy(arguments) => deploy::run(&global, &arguments).await,
        Command::Drift => drift::run(&global).await,
        Command::Outputs => outputs::run(&global).await,
        Command::Sync(arguments) => sync::run(&global, &arguments).await,
        Command::Cancel { execution } => cancel::run(&global, execution.as_deref()).await,
        Command::Failures { replay } => failures::run(&global, replay).await,
        Command::Status => status::run(&global).await,
        Command::Runs { since } => runs::run(&global, since.as_deref()).await,
        Command::Run { execution } => run::run(&global, &execution).await,
        Command::Logs(arguments) => logs::run(&global, &arguments).await,
        Command::Pause { reason } => pause::pause(&global, reason.as_deref()).await,
        Command::Resume => pause::resume(&global).await,
        Command::Audit { prefix } => audit::run(&global, &prefix).await,
        Command::Proof { execution, check } => proof::run(&global, &execution, check).await,
        Command::Verify { execution, quick } => {
            verify::run(&global, &execution, quick.then_some(Depth::Versions)).await
        }
        Command::Restore(arguments) => restore::run(&global, &arguments).await,
        Command::Versions { path } => versions::run(&global, &path).await,
        Command::Get(arguments) => get::run(&global, &arguments).await,
        Command::Destroy(arguments) => destroy::run(&global, &arguments).await,
        Command::Unlock => unlock::run(&global).await,
        Command::IamPolicy(arguments) => iam_policy::run(&global, &arguments).await,
        Command::Local(command) => local::run(command, &global).await,
    }
}

/// What the data plane offers.
pub(crate) async fn deployed(place: &Place) -> Result<Outputs> {
    let nothing =
        || anyhow!("the stack `{}` is not deployed, or not to its end", place.names().stack);
    outputs(place).await?.ok_or_else(nothing).advise("run `efs-s3 deploy`")
}

/// What the data plane offers, if it is deployed.
pub(crate) async fn outputs(place: &Place) -> Result<Option<Outputs>> {
    Ok(place.records.read(keys::OUTPUTS).await?)
}
