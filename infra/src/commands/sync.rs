//! `sync`: starts an execution of each selected sync now, with optional differences from the
//! schedule. With `--wait` it follows the executions to their verdicts.

mod request;
mod results;
mod several;
mod start;

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;

use crate::access::Access;
use crate::cli::{Global, SyncArguments, SyncSelection};
use crate::context::StackContext;
use crate::runs::follow::{Follower, followed_text};
use crate::runs::follow_restore::interrupted_execution;
use crate::sync_selection::Unselected;
use crate::sync_view::{SyncView, read_views};
use crate::ui::interrupt::{Interrupted, run_until_interrupt};
use crate::ui::output;
use request::start_request;
use start::{StartRun, outcome_text};

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &SyncArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let views = read_views(&context, &arguments.syncs, Unselected::Refused).await?;
    let work = async {
        match views.as_slice() {
            [only] if !arguments.syncs.is_list() => sync_one(global, only, arguments).await,
            views => several::sync_several(global, views, arguments).await,
        }
    };
    if !arguments.wait {
        return work.await;
    }
    run_until_interrupt(work, || interrupted_wait(&arguments.syncs)).await
}

async fn sync_one(global: &Global, view: &SyncView, arguments: &SyncArguments) -> Result<ExitCode> {
    let request = start_request(view, arguments, Utc::now()).await?;
    let start = StartRun { view, request: &request, label: "" };
    if !arguments.wait {
        let outcome = start.ask_once().await?;
        let text = outcome_text(&outcome, Utc::now())?;
        output::print_data(global.output, &outcome, text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let execution = start.await_execution().await?;
    output::print_progress(format!("started {}", execution.id()));
    let follower = Follower::new(&view.context);
    let work = follower.follow_to_verdict(&execution);
    let ended = run_until_interrupt(work, || interrupted_execution(&execution)).await?;
    output::print_data(global.output, &ended, followed_text(&ended))?;
    Ok(if ended.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says what continues after Ctrl-C where there is no execution yet, or there are several.
fn interrupted_wait(selection: &SyncSelection) -> Interrupted {
    Interrupted {
        continues: "executions that were started continue in AWS".to_owned(),
        next: format!(
            "`efs-s3 status` shows them; `efs-s3 wait` follows the latest one again, `efs-s3 \
                cancel{}` cancels them",
            selection_text(selection)
        ),
    }
}

/// Returns the arguments of the selection, each with a space before it.
fn selection_text(selection: &SyncSelection) -> String {
    let all = if selection.all { " --all" } else { "" };
    let names = selection.names.iter().map(|name| format!(" --sync {name}"));
    names.chain([all.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_wait_says_how_to_resume() {
        let names = vec!["home".to_owned(), "archive".to_owned()];
        let selections = [
            SyncSelection::default(),
            SyncSelection { names, all: false },
            SyncSelection { names: Vec::new(), all: true },
        ];
        let hints = selections.map(|selection| {
            let stopped = interrupted_wait(&selection);
            format!("{stopped}\n  next: {}\n", stopped.next)
        });
        insta::assert_snapshot!(hints.concat(), @"
        interrupted; executions that were started continue in AWS
          next: `efs-s3 status` shows them; `efs-s3 wait` follows the latest one again, `efs-s3 cancel` cancels them
        interrupted; executions that were started continue in AWS
          next: `efs-s3 status` shows them; `efs-s3 wait` follows the latest one again, `efs-s3 cancel --sync home --sync archive` cancels them
        interrupted; executions that were started continue in AWS
          next: `efs-s3 status` shows them; `efs-s3 wait` follows the latest one again, `efs-s3 cancel --all` cancels them
        ");
    }
}
