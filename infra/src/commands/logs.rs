//! `logs`: shows the logs of DataSync and of the functions, merged by time.

mod sources;

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use chrono::{DateTime, TimeDelta, Utc};
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;
use futures::future::try_join_all;
use serde::Serialize;
use tokio::time::sleep;

use crate::access::Access;
use crate::cli::{Global, LogsArguments, OutputFormat, SyncSelection};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::sync_selection::{Unselected, select_syncs};
use crate::ui::output;
use sources::{LogSource, LoggedSync, log_sources, sync_of_entry};

/// The interval of `--follow`. CloudWatch Logs allows 10 requests per second to `FilterLogEvents`
/// in most regions (CloudWatch Logs quotas); one read takes five.
const PAUSE_ON_AWS: Duration = Duration::from_secs(2);
const PAUSE_LOCALLY: Duration = Duration::from_millis(300);
/// The time that each read of `--follow` goes back: events may be stored later than events that
/// happened after them.
const OVERLAP: TimeDelta = TimeDelta::seconds(30);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct LogEntry {
    at: DateTime<Utc>,
    /// `datasync`, or the name of the function.
    source: String,
    /// The sync that the entry is about, in a stack with several; absent where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<SyncName>,
    message: String,
    #[serde(skip)]
    id: String,
}

pub(crate) const ACCESS: Access = Access { stack: &["logs:FilterLogEvents"], ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &LogsArguments) -> Result<ExitCode> {
    let since = parse_point_in_time(&arguments.since, Utc::now())
        .with_hint("give a time such as `--since '2 hours ago'`")?;
    let context = StackContext::load_context(global).await?;
    let reader = LogReader::new(&context, &context.require_outputs().await?, &arguments.syncs)?;
    let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
    let (mut from, mut shown) = (since, HashSet::new());
    loop {
        let is_empty = reader.print_new(global.output, from, &mut shown).await?;
        if !arguments.follow {
            if is_empty {
                let since = since.format("%Y-%m-%d %H:%M:%S UTC");
                output::print_progress(format!("no log entries since {since}"));
            }
            return Ok(ExitCode::SUCCESS);
        }
        from = from.max(Utc::now() - OVERLAP);
        sleep(pause).await;
    }
}

/// The logs of the selected syncs.
struct LogReader<'a> {
    context: &'a StackContext,
    sources: Vec<LogSource>,
    /// All syncs of a stack with several; empty in a stack with one.
    syncs: Vec<LoggedSync>,
    /// The syncs whose entries are shown; empty for all entries.
    selected: Vec<SyncName>,
}

impl<'a> LogReader<'a> {
    fn new(
        context: &'a StackContext,
        outputs: &Outputs,
        selection: &SyncSelection,
    ) -> Result<Self> {
        let deployed: Vec<SyncName> = outputs.each_sync().map(|one| one.sync.clone()).collect();
        let selected = select_syncs(&deployed, selection, Unselected::All)?;
        let is_some = selected.len() < deployed.len();
        let syncs: Vec<LoggedSync> = outputs.each_sync().map(logged_sync).collect();
        let read: Vec<LoggedSync> =
            syncs.iter().filter(|sync| selected.contains(&sync.name)).cloned().collect();
        Ok(Self {
            context,
            sources: log_sources(context.names(), &read, !is_some),
            syncs: if deployed.len() > 1 { syncs } else { Vec::new() },
            selected: if is_some { selected } else { Vec::new() },
        })
    }

    /// Prints the events since `from` that are not in `shown`, and adds them. Returns whether there
    /// were none.
    async fn print_new(
        &self,
        format: OutputFormat,
        from: DateTime<Utc>,
        shown: &mut HashSet<String>,
    ) -> Result<bool> {
        let mut events = self.read_all_events(from).await?;
        events.retain(|event| !shown.contains(&event.id));
        for event in &events {
            print_event(format, event, self.column_width())?;
        }
        shown.extend(events.iter().map(|event| event.id.clone()));
        Ok(events.is_empty())
    }

    /// Reads the events of all sources since `from`, in order of time.
    async fn read_all_events(&self, from: DateTime<Utc>) -> Result<Vec<LogEntry>> {
        let reads = self.sources.iter().map(|source| self.read_events(source, from));
        let all = try_join_all(reads).await?;
        let mut events: Vec<LogEntry> = all.into_iter().flatten().collect();
        events.sort();
        Ok(events)
    }

    async fn read_events(&self, source: &LogSource, from: DateTime<Utc>) -> Result<Vec<LogEntry>> {
        let LogSource { group, stream_prefix, .. } = source;
        let filter = self.context.aws.logs.filter_log_events().log_group_name(group);
        let filter = filter.set_log_stream_name_prefix(stream_prefix.clone());
        let mut pages = filter.start_time(from.timestamp_millis()).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(SdkFailure::from) {
                Ok(page) => page,
                Err(failure) if failure.is(&["ResourceNotFoundException"]) => return Ok(found),
                Err(failure) => {
                    return Err(failure)
                        .with_context(|| format!("reading the log group `{group}`"));
                }
            };
            let events = page.events.unwrap_or_default().into_iter();
            found.extend(events.filter_map(|event| self.to_entry(source, event)));
        }
        Ok(found)
    }

    /// Returns the entry of an event; `None` if it is about none of the selected syncs.
    fn to_entry(&self, source: &LogSource, event: FilteredLogEvent) -> Option<LogEntry> {
        let message = event.message.unwrap_or_default().trim_end().to_owned();
        let stream = event.log_stream_name.unwrap_or_default();
        let sync = sync_of_entry(&self.syncs, &stream, &message);
        if !self.selected.is_empty() && !sync.is_some_and(|sync| self.selected.contains(sync)) {
            return None;
        }
        Some(LogEntry {
            at: DateTime::from_timestamp_millis(event.timestamp?)?,
            source: source.name.clone(),
            sync: sync.cloned(),
            message,
            id: event.event_id.unwrap_or_default(),
        })
    }

    /// Returns the width of the column of the syncs; 0 in a stack with one.
    fn column_width(&self) -> usize {
        self.syncs.iter().map(|sync| sync.name.as_str().len()).max().unwrap_or(0)
    }
}

fn logged_sync(outputs: &Outputs) -> LoggedSync {
    LoggedSync {
        name: outputs.sync.clone(),
        task_id: outputs.task_arn.id().to_owned(),
        group: outputs.log_group.clone(),
    }
}

fn print_event(format: OutputFormat, event: &LogEntry, width: usize) -> Result<()> {
    match format {
        OutputFormat::Text => output::print_data(format, event, event_line(event, width)),
        OutputFormat::Json => output::print_json_line(event),
    }
}

/// Returns the line of an entry, with a column for the sync unless its width is 0.
fn event_line(event: &LogEntry, width: usize) -> String {
    let at = event.at.format("%Y-%m-%d %H:%M:%S%.3f");
    let sync = match (width, &event.sync) {
        (0, _) => String::new(),
        (width, sync) => format!("{:<width$}  ", sync.as_ref().map_or("-", SyncName::as_str)),
    };
    format!("{at}  {sync}{:<21}  {}\n", event.source, escape_unprintable(&event.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_merged_by_time() {
        let event = |at: i64, source: &str| LogEntry {
            at: DateTime::from_timestamp_millis(at).unwrap(),
            source: source.into(),
            sync: (source == "datasync").then(|| SyncName::parse("home").unwrap()),
            message: format!("message of {source}"),
            id: String::new(),
        };
        let mut events =
            [event(1_700_000_000_250, "verify-versions"), event(1_700_000_000_001, "datasync")];
        events.sort();
        let lines = |width| events.iter().map(|event| event_line(event, width)).collect::<String>();
        insta::assert_snapshot!(lines(8), @"
        2023-11-14 22:13:20.001  home      datasync               message of datasync
        2023-11-14 22:13:20.250  -         verify-versions        message of verify-versions
        ");
        insta::assert_snapshot!(lines(0), @"
        2023-11-14 22:13:20.001  datasync               message of datasync
        2023-11-14 22:13:20.250  verify-versions        message of verify-versions
        ");
    }
}
