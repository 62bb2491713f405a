//! `runs`: lists the recorded executions and restores, one line each.

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;
use domain::point_in_time::parse_beginning;

use crate::cli::{Global, SyncSelection};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::read_runs::{RunFilter, read_newest_runs, read_runs_since, sort_runs};
use crate::runs::recorded;
use crate::runs::restores::read_restores;
use crate::sync_selection::{Unselected, select_syncs};
use crate::ui::output;

/// The number of executions that are shown without `--since`.
const LAST: usize = 20;

pub(super) async fn run(
    global: &Global,
    since: Option<&str>,
    selection: &SyncSelection,
) -> Result<ExitCode> {
    let now = Utc::now();
    let since = since
        .map(|text| parse_beginning(text, now))
        .transpose()
        .with_hint("give a time such as `--since '2 days ago'`")?;
    let context = StackContext::load_context(global).await?;
    context.require_outputs().await?;
    let configured = context.config.sync_names();
    let selected = select_syncs(&configured, selection, Unselected::All)?;
    let filter = match selection.names.is_empty() {
        true => RunFilter::All,
        false => RunFilter::OfSyncs(&selected),
    };
    let mut found = match since {
        Some(moment) => read_runs_since(&context.records, filter, moment).await?,
        None => read_newest_runs(&context.records, filter, LAST).await?,
    };
    found.extend(read_restores(&context, filter, since, LAST).await?);
    let mut found = sort_runs(found);
    found.truncate(if since.is_some() { usize::MAX } else { LAST });
    let text = if found.is_empty() {
        "no executions\n".to_owned()
    } else {
        let with_syncs = configured.len() > 1 || found.iter().any(|run| run.sync != configured[0]);
        recorded::runs_table(&found, with_syncs, now)?
    };
    output::print_data(global.output, &found, text)?;
    Ok(ExitCode::SUCCESS)
}
