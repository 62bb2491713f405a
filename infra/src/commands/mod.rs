//! The commands, one file each.

mod audit;
mod bucket_policy;
mod cancel;
mod deploy;
mod destroy;
mod drift;
mod failures;
mod get;
pub(crate) mod iam_policy;
mod init;
mod logs;
mod outputs;
mod pause;
mod plan;
mod proof;
mod restore;
mod run;
mod runs;
mod status;
mod sync;
mod unlock;
mod verify;
mod versions;

use std::process::ExitCode;

use anyhow::Result;
use domain::records::proof::Depth;

use crate::cli::{CliArguments, Command};
use crate::local;

pub(crate) async fn run(cli: CliArguments) -> Result<ExitCode> {
    let CliArguments { global, command } = cli;
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
        Command::Pause { reason } => pause::run_pause(&global, reason.as_deref()).await,
        Command::Resume => pause::run_resume(&global).await,
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
        Command::BucketPolicy(arguments) => bucket_policy::run(&global, &arguments).await,
        Command::IamPolicy(arguments) => iam_policy::run(&global, &arguments).await,
        Command::Local(command) => local::run(command, &global).await,
    }
}
