//! `sync`: starts an execution of each selected sync now, with optional differences from the
//! schedule. With `--wait` it follows the executions to their verdicts.

mod request;
mod results;
mod several;
mod start;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::Utc;
use domain::records::run::RunOutcome;

use crate::access::Access;
use crate::cli::{Global, SyncArguments, SyncSelection};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::follow::{FollowedExecution, Follower, followed_text};
use crate::sync_selection::Unselected;
use crate::sync_view::{SyncView, read_views};
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
    tokio::select! {
        ended = work => ended,
        _ = tokio::signal::ctrl_c() => interrupted_error(&arguments.syncs),
    }
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
    let ended = Follower::new(&view.context).follow_to_verdict(&execution).await?;
    output::print_data(global.output, &ended, followed_text(&ended))?;
    Ok(if is_good(&ended) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the execution succeeded and every version is proven.
fn is_good(ended: &FollowedExecution) -> bool {
    let proven = ended.proof.as_ref().is_some_and(|proof| proof.verdict.is_proven());
    proven && ended.run.outcome == RunOutcome::Succeeded
}

fn interrupted_error(selection: &SyncSelection) -> Result<ExitCode> {
    output::clear_transient();
    let stopped = Err(anyhow!("interrupted; executions that were started continue"));
    stopped.with_hint(format!(
        "`efs-s3 status` shows them, `efs-s3 cancel` cancels them; `efs-s3 sync{} --wait \
            --when-busy adopt` follows them again",
        selection_text(selection)
    ))
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
    use crate::hint::hint_for;

    #[test]
    fn an_interrupted_wait_says_how_to_resume() {
        let names = vec!["home".to_owned(), "archive".to_owned()];
        let selections = [
            SyncSelection::default(),
            SyncSelection { names, all: false },
            SyncSelection { names: Vec::new(), all: true },
        ];
        let hints = selections.map(|selection| {
            let error = interrupted_error(&selection).unwrap_err();
            format!("{error}\n  next: {}\n", hint_for(&error, ""))
        });
        insta::assert_snapshot!(hints.concat(), @"
        interrupted; executions that were started continue
          next: `efs-s3 status` shows them, `efs-s3 cancel` cancels them; `efs-s3 sync --wait --when-busy adopt` follows them again
        interrupted; executions that were started continue
          next: `efs-s3 status` shows them, `efs-s3 cancel` cancels them; `efs-s3 sync --sync home --sync archive --wait --when-busy adopt` follows them again
        interrupted; executions that were started continue
          next: `efs-s3 status` shows them, `efs-s3 cancel` cancels them; `efs-s3 sync --all --wait --when-busy adopt` follows them again
        ");
    }
}
