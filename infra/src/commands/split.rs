//! `split`: proposes several syncs for a large one, by directory. Only reads.

mod proven_tree;
mod text;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use domain::config::ResolvedSync;
use domain::item_limit::items_of;
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::run::RunRecord;
use domain::split::{SplitProposal, propose_split, read_entry};
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::cli::Global;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::sync_view::read_view;
use crate::ui::output;

/// The proposal, with what it is based on.
#[derive(Debug, Serialize)]
struct SplitView {
    #[serde(flatten)]
    proposal: SplitProposal,
    /// The items of the last execution, as far as its counters show them.
    items_of_last_execution: Option<i64>,
}

pub(super) async fn run(global: &Global, sync: Option<&SyncName>, into: usize) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let view = read_view(&context, sync.map(SyncName::as_str)).await?;
    let sync = ResolvedSync { name: view.name().clone(), config: view.context.config.clone() };
    let top = proven_tree::read_tree(&view).await?;
    if top.total.items == 0 {
        let nothing = Err(anyhow!("no proof lists an object of the sync `{}`", sync.name));
        return nothing.with_hint("run `efs-s3 sync --wait`, then split the sync");
    }
    let text = fs::read_to_string(&global.config)
        .with_context(|| format!("reading `{}`", global.config.display()))?;
    let (own, taken) = (read_entry(&text, &sync.name), context.config.sync_names());
    let shown = SplitView {
        proposal: propose_split(&sync, &taken, &own, &top, into),
        items_of_last_execution: read_last_items(&context, &sync.name).await?,
    };
    output::print_data(global.output, &shown, text::split_text(&shown))?;
    Ok(ExitCode::SUCCESS)
}

async fn read_last_items(context: &StackContext, sync: &SyncName) -> Result<Option<i64>> {
    let Some(last) = context.records.read::<LastRun>(&keys::last_run(sync)).await? else {
        return Ok(None);
    };
    let run: Option<RunRecord> =
        context.records.read(&keys::run_record(last.execution.id())).await?;
    Ok(run.as_ref().and_then(items_of))
}

#[cfg(test)]
mod tests;
