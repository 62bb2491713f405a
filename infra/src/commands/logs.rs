//! `logs`: shows the logs of DataSync and of the functions, merged by time.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use aws::SdkFailure;
use chrono::{DateTime, TimeDelta, Utc};
use domain::function::FunctionName;
use domain::names::Names;
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use futures::future::try_join_all;
use serde::Serialize;
use tokio::time::sleep;

use crate::access::Access;
use crate::cli::{Global, LogsArguments, OutputFormat};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::ui::output;

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
    message: String,
    #[serde(skip)]
    id: String,
}

pub(crate) const ACCESS: Access = Access { stack: &["logs:FilterLogEvents"], ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &LogsArguments) -> Result<ExitCode> {
    let since = parse_point_in_time(&arguments.since, Utc::now())
        .with_hint("give a time such as `--since '2 hours ago'`")?;
    let context = StackContext::load_context(global).await?;
    context.require_outputs().await?;
    let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
    let (mut from, mut shown) = (since, HashSet::new());
    loop {
        let is_empty = print_new(&context, global.output, from, &mut shown).await?;
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

/// Prints the events since `from` that are not in `shown`, and adds them. Returns whether there
/// were none.
async fn print_new(
    context: &StackContext,
    format: OutputFormat,
    from: DateTime<Utc>,
    shown: &mut HashSet<String>,
) -> Result<bool> {
    let mut events = read_all_events(context, from).await?;
    events.retain(|event| !shown.contains(&event.id));
    for event in &events {
        print_event(format, event)?;
    }
    shown.extend(events.iter().map(|event| event.id.clone()));
    Ok(events.is_empty())
}

/// Returns each source with its log group.
fn log_sources(names: &Names) -> Vec<(String, String)> {
    let functions = FunctionName::ALL
        .map(|function| (function.name().to_owned(), names.function_log_group(function)));
    [("datasync".to_owned(), names.task_log_group())].into_iter().chain(functions).collect()
}

/// Reads the events of all sources since `from`, in order of time.
async fn read_all_events(context: &StackContext, from: DateTime<Utc>) -> Result<Vec<LogEntry>> {
    let sources = log_sources(context.names());
    let all = try_join_all(
        sources.iter().map(|(source, group)| read_events(context, source, group, from)),
    )
    .await?;
    let mut events: Vec<LogEntry> = all.into_iter().flatten().collect();
    events.sort();
    Ok(events)
}

async fn read_events(
    context: &StackContext,
    source: &str,
    group: &str,
    from: DateTime<Utc>,
) -> Result<Vec<LogEntry>> {
    let filter = context.aws.logs.filter_log_events().log_group_name(group);
    let mut pages = filter.start_time(from.timestamp_millis()).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = match page.map_err(SdkFailure::from) {
            Ok(page) => page,
            Err(failure) if failure.is(&["ResourceNotFoundException"]) => return Ok(found),
            Err(failure) => {
                return Err(failure).with_context(|| format!("reading the log group `{group}`"));
            }
        };
        found.extend(page.events.unwrap_or_default().into_iter().filter_map(|event| {
            Some(LogEntry {
                at: DateTime::from_timestamp_millis(event.timestamp?)?,
                source: source.to_owned(),
                message: event.message.unwrap_or_default().trim_end().to_owned(),
                id: event.event_id.unwrap_or_default(),
            })
        }));
    }
    Ok(found)
}

fn print_event(format: OutputFormat, event: &LogEntry) -> Result<()> {
    match format {
        OutputFormat::Text => output::print_data(format, event, event_line(event)),
        OutputFormat::Json => output::print_json_line(event),
    }
}

fn event_line(event: &LogEntry) -> String {
    let at = event.at.format("%Y-%m-%d %H:%M:%S%.3f");
    format!("{at}  {:<21}  {}\n", event.source, escape_unprintable(&event.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_merged_by_time() {
        let event = |at: i64, source: &str| LogEntry {
            at: DateTime::from_timestamp_millis(at).unwrap(),
            source: source.into(),
            message: format!("message of {source}"),
            id: String::new(),
        };
        let mut events =
            [event(1_700_000_000_250, "verify-versions"), event(1_700_000_000_001, "datasync")];
        events.sort();
        insta::assert_snapshot!(events.iter().map(event_line).collect::<String>(), @"
        2023-11-14 22:13:20.001  datasync               message of datasync
        2023-11-14 22:13:20.250  verify-versions        message of verify-versions
        ");
    }

    #[test]
    fn every_function_is_a_source() {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let sources: Vec<String> = log_sources(&names)
            .into_iter()
            .map(|(source, group)| format!("{source}: {group}"))
            .collect();
        insta::assert_snapshot!(sources.join("\n"), @"
        datasync: /efs-s3/backup/datasync
        bootstrap-stack: /aws/lambda/backup-bootstrap-stack
        start-execution: /aws/lambda/backup-start-execution
        on-execution-complete: /aws/lambda/backup-on-execution-complete
        verify-versions: /aws/lambda/backup-verify-versions
        ");
    }
}
