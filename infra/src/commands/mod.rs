//! The commands, one file each.

mod audit;
mod bucket_policy;
mod cancel;
mod cat;
mod completions;
mod deploy;
mod destroy;
mod diff;
mod drift;
mod failures;
mod find;
mod get;
pub(crate) mod iam_policy;
mod init;
mod invoke;
mod logs;
mod ls;
mod man;
mod outputs;
mod pause;
mod plan;
mod proof;
mod restore;
mod run;
mod runs;
mod split;
mod status;
mod sync;
mod unlock;
mod verify;
mod versions;
mod wait;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use domain::records::proof::Depth;

use crate::cli::{CliArguments, Command, OutputFormat};
use crate::hint::WithHint;
use crate::local;

pub(crate) async fn run(cli: CliArguments) -> Result<ExitCode> {
    let CliArguments { global, command } = cli;
    if global.output == OutputFormat::Markdown && !matches!(command, Command::Plan(_)) {
        let refused = Err(anyhow!("only `plan` has the output format `markdown`"));
        return refused.with_hint("use `--output text` or `--output json`");
    }
    match command {
        Command::Init(arguments) => init::run(&global, &arguments),
        Command::Plan(arguments) => plan::run(&global, &arguments).await,
        Command::Deploy(arguments) => deploy::run(&global, &arguments).await,
        Command::Drift => drift::run(&global).await,
        Command::Outputs(syncs) => outputs::run(&global, &syncs).await,
        Command::Sync(arguments) => sync::run(&global, &arguments).await,
        Command::Wait { execution } => wait::run(&global, &execution).await,
        Command::Cancel { execution, syncs } => {
            cancel::run(&global, execution.as_deref(), &syncs).await
        }
        Command::Invoke(arguments) => invoke::run(&global, &arguments).await,
        Command::Failures { replay } => failures::run(&global, replay).await,
        Command::Status(syncs) => status::run(&global, &syncs).await,
        Command::Runs { since, syncs } => runs::run(&global, since.as_deref(), &syncs).await,
        Command::Run { execution } => run::run(&global, &execution).await,
        Command::Logs(arguments) => logs::run(&global, &arguments).await,
        Command::Pause { reason, syncs } => {
            pause::run_pause(&global, reason.as_deref(), &syncs).await
        }
        Command::Resume(syncs) => pause::run_resume(&global, &syncs).await,
        Command::Audit { prefix, syncs } => audit::run(&global, &prefix, &syncs).await,
        Command::Proof { execution, check } => proof::run(&global, &execution, check).await,
        Command::Verify { execution, quick } => {
            verify::run(&global, &execution, quick.then_some(Depth::Versions)).await
        }
        Command::Split { sync, into } => split::run(&global, sync.as_ref(), into.into()).await,
        Command::Restore(arguments) => restore::run(&global, &arguments).await,
        Command::Ls(arguments) => ls::run(&global, &arguments).await,
        Command::Find(arguments) => find::run(&global, &arguments).await,
        Command::Diff(arguments) => diff::run(&global, &arguments).await,
        Command::Cat(arguments) => cat::run(&global, &arguments).await,
        Command::Versions(arguments) => versions::run(&global, &arguments).await,
        Command::Get(arguments) => get::run(&global, &arguments).await,
        Command::Destroy(arguments) => destroy::run(&global, &arguments).await,
        Command::Unlock { yes } => unlock::run(&global, yes).await,
        Command::BucketPolicy(arguments) => bucket_policy::run(&global, &arguments).await,
        Command::IamPolicy(arguments) => iam_policy::run(&global, &arguments).await,
        Command::Local(command) => local::run(command, &global).await,
        Command::Completions { shell } => completions::run(shell),
        Command::Man { directory } => man::run(&directory),
    }
}
