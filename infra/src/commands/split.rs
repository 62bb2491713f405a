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
    let sync = choose_sync(context.config.resolve_syncs(), sync)?;
    let top = proven_tree::read_tree(&context, &sync.config).await?;
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

fn choose_sync(syncs: Vec<ResolvedSync>, name: Option<&SyncName>) -> Result<ResolvedSync> {
    let names = syncs.iter().map(|sync| sync.name.as_str()).collect::<Vec<_>>().join(", ");
    let is_only = syncs.len() == 1;
    let named = |sync: &ResolvedSync| name.map_or(is_only, |name| sync.name == *name);
    let found = syncs.into_iter().find(named);
    let absent = || match name {
        Some(name) => anyhow!("there is no sync `{name}`"),
        None => anyhow!("there are several syncs"),
    };
    found.ok_or_else(absent).with_hint(format!("give one of them with `--sync`: {names}"))
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
