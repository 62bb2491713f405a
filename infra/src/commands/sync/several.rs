//! Starts and follows the executions of several syncs at once. One that fails does not keep the
//! others from being started and followed.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::Utc;
use domain::request::StartRequest;
use futures::{StreamExt, stream};

use super::request::start_request;
use super::results::{FollowedSync, StartedSync, followed_table, started_text};
use super::start::StartRun;
use crate::cli::{Global, SyncArguments};
use crate::hint::WithHint;
use crate::runs::follow::{FollowedExecution, Follower};
use crate::sync_view::SyncView;
use crate::ui::output;

/// The number of starts that are requested concurrently.
const CONCURRENT_STARTS: usize = 8;

pub(super) async fn sync_several(
    global: &Global,
    views: &[SyncView],
    arguments: &SyncArguments,
) -> Result<ExitCode> {
    if arguments.manifest.is_some() && views.len() > 1 {
        let refused = Err(anyhow!("nothing was started: --manifest lists files of one sync"));
        return refused.with_hint("select the sync of these files with `--sync NAME`");
    }
    let mut starts = Vec::new();
    for view in views {
        starts.push((view, start_request(view, arguments, Utc::now()).await?));
    }
    if arguments.wait {
        follow_all(global, &starts).await
    } else {
        start_all(global, &starts).await
    }
}

/// Requests all starts.
async fn start_all(global: &Global, starts: &[(&SyncView, StartRequest)]) -> Result<ExitCode> {
    let asked = stream::iter(starts).map(async |(view, request)| {
        let outcome = StartRun { view, request, label: "" }.ask_once().await;
        StartedSync::new(view.name(), outcome)
    });
    let started: Vec<StartedSync> = asked.buffered(CONCURRENT_STARTS).collect().await;
    output::print_data(global.output, &started, started_text(&started, Utc::now()))?;
    let good = started.iter().all(|sync| sync.failure(Utc::now()).is_none());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Requests all starts, and follows each execution to its verdict.
async fn follow_all(global: &Global, starts: &[(&SyncView, StartRequest)]) -> Result<ExitCode> {
    let followed = stream::iter(starts).map(async |(view, request)| {
        let ended = follow_one(view, request, starts.len()).await;
        FollowedSync::new(view.name(), ended)
    });
    let mut followed: Vec<FollowedSync> = followed.buffer_unordered(starts.len()).collect().await;
    let position =
        |sync: &FollowedSync| starts.iter().position(|(view, _)| *view.name() == sync.sync);
    followed.sort_by_key(position);
    output::print_data(global.output, &followed, followed_table(&followed, Utc::now())?)?;
    let good =
        followed.iter().all(|sync| sync.ended.as_ref().is_some_and(FollowedExecution::is_good));
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn follow_one(
    view: &SyncView,
    request: &StartRequest,
    count: usize,
) -> Result<FollowedExecution> {
    let label = format!("{}: ", view.name());
    let execution = StartRun { view, request, label: &label }.await_execution().await?;
    output::print_progress(format!("{label}started {}", execution.id()));
    let ended = Follower::one_of(&view.context, label.clone(), count);
    let ended = ended.follow_to_verdict(&execution).await?;
    output::print_progress(format!(
        "{label}{}",
        if ended.is_good() { "proven" } else { "NOT proven" }
    ));
    Ok(ended)
}
