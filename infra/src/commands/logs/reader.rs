//! Reads the logs of the selected syncs.

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use chrono::{DateTime, Utc};
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::filter::EntryFilter;
use super::sources::{LogSource, LoggedSync, log_sources, sync_of_entry};
use crate::cli::SyncSelection;
use crate::context::StackContext;
use crate::sync_selection::{Unselected, select_syncs};

/// The number of sources that are read concurrently.
const CONCURRENCY: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct LogEntry {
    pub at: DateTime<Utc>,
    /// `datasync`, or the name of the function.
    pub source: String,
    /// The sync that the entry is about, in a stack with several; absent where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncName>,
    pub message: String,
    #[serde(skip)]
    pub id: String,
}

/// The logs of the selected syncs.
pub(super) struct LogReader<'a> {
    context: &'a StackContext,
    sources: Vec<LogSource>,
    /// All syncs of a stack with several; empty in a stack with one.
    syncs: Vec<LoggedSync>,
    /// The syncs whose entries are shown; empty for all entries.
    selected: Vec<SyncName>,
    filter: EntryFilter,
}

impl<'a> LogReader<'a> {
    pub(super) fn new(
        context: &'a StackContext,
        outputs: &Outputs,
        selection: &SyncSelection,
        filter: EntryFilter,
    ) -> Result<Self> {
        let deployed: Vec<SyncName> = outputs.each_sync().map(|one| one.sync.clone()).collect();
        let selected = select_syncs(&deployed, selection, Unselected::All)?;
        let is_some = selected.len() < deployed.len();
        let syncs: Vec<LoggedSync> = outputs.each_sync().map(logged_sync).collect();
        let read: Vec<LoggedSync> =
            syncs.iter().filter(|sync| selected.contains(&sync.name)).cloned().collect();
        let mut sources = log_sources(context.names(), &read, !is_some);
        sources.retain(|source| filter.takes_source(&source.name));
        Ok(Self {
            context,
            sources,
            syncs: if deployed.len() > 1 { syncs } else { Vec::new() },
            selected: if is_some { selected } else { Vec::new() },
            filter,
        })
    }

    /// Reads the events of all sources since `from`, in order of time.
    pub(super) async fn read_all_events(&self, from: DateTime<Utc>) -> Result<Vec<LogEntry>> {
        let reads = stream::iter(&self.sources).map(|source| self.read_events(source, from));
        let all: Vec<Vec<LogEntry>> = reads.buffered(CONCURRENCY).try_collect().await?;
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

    /// Returns the entry of an event; `None` if it is about none of the selected syncs, or filtered
    /// out.
    fn to_entry(&self, source: &LogSource, event: FilteredLogEvent) -> Option<LogEntry> {
        let message = event.message.unwrap_or_default().trim_end().to_owned();
        let stream = event.log_stream_name.unwrap_or_default();
        if !self.filter.takes_entry(&stream, &message) {
            return None;
        }
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

    /// Returns the factor of the pause between two reads: 1 for up to 16 sources.
    pub(super) fn read_weight(&self) -> u32 {
        u32::try_from(self.sources.len().div_ceil(16)).unwrap_or(u32::MAX)
    }

    /// Returns the width of the column of the syncs; 0 in a stack with one.
    pub(super) fn column_width(&self) -> usize {
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
