//! `status`: shows the schedule, the task, the current execution, freshness, alarms and the latest
//! executions; of several syncs a table with one row for each.

mod read_syncs;
mod sync_status;
mod table;
mod text;

use std::process::ExitCode;

use anyhow::Result;
use bootstrap_stack::PreflightFinding;
use chrono::Utc;
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::cli::{Global, SyncSelection};
use crate::context::StackContext;
use crate::runs::health;
use crate::runs::split_advice::read_split_advice;
use crate::sync_selection::{Unselected, select_syncs};
use crate::ui::output;
use read_syncs::SyncReader;
use sync_status::SyncStatus;

/// The stack with the selected syncs.
#[derive(Debug, Default, Serialize)]
struct StackStatus {
    stack: String,
    syncs: Vec<SyncStatus>,
    #[serde(flatten)]
    monitoring: Monitoring,
}

/// The stack with one sync.
#[derive(Debug, Serialize)]
struct OneSyncStatus<'a> {
    stack: &'a str,
    #[serde(flatten)]
    sync: &'a SyncStatus,
    #[serde(flatten)]
    monitoring: &'a Monitoring,
}

/// The state of what the syncs share.
#[derive(Debug, Default, Serialize)]
struct Monitoring {
    /// The alarms in state ALARM; absent in the local cloud, which has none.
    alarms: Option<Vec<String>>,
    /// The number of events that could not be processed.
    dead_letters: Option<i64>,
    /// Syncs whose last execution was near DataSync's limit of items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    split_advice: Vec<PreflightFinding>,
    /// Deployed syncs that are no longer in the configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removed_syncs: Vec<SyncName>,
}

pub(super) async fn run(global: &Global, selection: &SyncSelection) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let now = Utc::now();
    let names = select_syncs(&context.config.sync_names(), selection, Unselected::All)?;
    let status = read_status(&context, &names, now).await?;
    match status.syncs.as_slice() {
        [only] if !selection.is_list() => {
            let (stack, monitoring) = (status.stack.as_str(), &status.monitoring);
            let one = OneSyncStatus { stack, sync: only, monitoring };
            output::print_data(global.output, &one, text::status_text(&status, only, now)?)?;
        }
        _ => output::print_data(global.output, &status, table::status_table(&status, now)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn read_status(
    context: &StackContext,
    names: &[SyncName],
    now: chrono::DateTime<Utc>,
) -> Result<StackStatus> {
    let outputs = context.read_outputs().await?;
    let reader = SyncReader::new(context, outputs.as_ref(), now).await?;
    let syncs = match names {
        [only] => vec![reader.read_in_full(only).await?],
        names => reader.read_rows(names).await?,
    };
    let stack = context.names().stack.clone();
    let Some(outputs) = outputs else {
        return Ok(StackStatus { stack, syncs, ..StackStatus::default() });
    };
    let configured = context.config.sync_names();
    let deployed = outputs.each_sync().map(|outputs| outputs.sync.clone());
    let monitoring = Monitoring {
        alarms: health::alarms_in_alarm_state(context).await?,
        dead_letters: health::count_dead_letters(context).await?,
        split_advice: read_split_advice(context).await?,
        removed_syncs: deployed.filter(|sync| !configured.contains(sync)).collect(),
    };
    Ok(StackStatus { stack, syncs, monitoring })
}
