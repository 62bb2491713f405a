//! `logs`: what DataSync and the functions have logged, merged by time.

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

use super::deployed;
use crate::access::Access;
use crate::advice::Advise;
use crate::cli::{Global, LogsArguments, OutputFormat};
use crate::output;
use crate::place::Place;

/// CloudWatch Logs allows 10 requests a second to `FilterLogEvents` in most regions (CloudWatch
/// Logs quotas); a look takes five.
const PAUSE_ON_AWS: Duration = Duration::from_secs(2);
const PAUSE_LOCALLY: Duration = Duration::from_millis(300);
/// So far back each look of `--follow` goes again: events may be stored later than others that
/// happened after them.
const LATE_BY: TimeDelta = TimeDelta::seconds(30);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Event {
    at: DateTime<Utc>,
    /// `datasync`, or the function.
    source: String,
    message: String,
    #[serde(skip)]
    id: String,
}

pub(crate) const ACCESS: Access = Access { stack: &["logs:FilterLogEvents"], ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &LogsArguments) -> Result<ExitCode> {
    let since = parse_point_in_time(&arguments.since, Utc::now())
        .advise("name a time as in `--since '2 hours ago'`")?;
    let place = Place::find(global).await?;
    deployed(&place).await?;
    let pause = if place.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
    let (mut from, mut shown) = (since, HashSet::new());
    loop {
        let mut events = look(&place, from).await?;
        events.retain(|event| !shown.contains(&event.id));
        for event in &events {
            print(global.output, event)?;
        }
        if !arguments.follow {
            if events.is_empty() {
                output::progress(format!(
                    "nothing was logged since {}",
                    since.format("%Y-%m-%d %H:%M:%S UTC")
                ));
            }
            return Ok(ExitCode::SUCCESS);
        }
        shown.extend(events.iter().map(|event| event.id.clone()));
        from = from.max(Utc::now() - LATE_BY);
        sleep(pause).await;
    }
}

/// Each source with its log group.
fn sources(names: &Names) -> Vec<(String, String)> {
    let functions = FunctionName::ALL
        .map(|function| (function.name().to_owned(), names.function_log_group(function)));
    [("datasync".to_owned(), names.task_log_group())].into_iter().chain(functions).collect()
}

/// What all of them have logged since then, in the order of time.
async fn look(place: &Place, from: DateTime<Utc>) -> Result<Vec<Event>> {
    let sources = sources(place.names());
    let all =
        try_join_all(sources.iter().map(|(source, group)| events(place, source, group, from)))
            .await?;
    let mut events: Vec<Event> = all.into_iter().flatten().collect();
    events.sort();
    Ok(events)
}

async fn events(
    place: &Place,
    source: &str,
    group: &str,
    from: DateTime<Utc>,
) -> Result<Vec<Event>> {
    let filter = place
        .aws
        .logs
        .filter_log_events()
        .log_group_name(group)
        .start_time(from.timestamp_millis());
    let mut pages = filter.into_paginator().send();
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
            Some(Event {
                at: DateTime::from_timestamp_millis(event.timestamp?)?,
                source: source.to_owned(),
                message: event.message.unwrap_or_default().trim_end().to_owned(),
                id: event.event_id.unwrap_or_default(),
            })
        }));
    }
    Ok(found)
}

fn print(format: OutputFormat, event: &Event) -> Result<()> {
    match format {
        OutputFormat::Text => output::data(format, event, line(event)),
        OutputFormat::Json => output::json_line(event),
    }
}

fn line(event: &Event) -> String {
    let at = event.at.format("%Y-%m-%d %H:%M:%S%.3f");
    format!("{at}  {:<21}  {}\n", event.source, escape_unprintable(&event.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_merged_by_time() {
        let event = |at: i64, source: &str| Event {
            at: DateTime::from_timestamp_millis(at).unwrap(),
            source: source.into(),
            message: format!("message of {source}"),
            id: String::new(),
        };
        let mut events =
            [event(1_700_000_000_250, "verify-versions"), event(1_700_000_000_001, "datasync")];
        events.sort();
        insta::assert_snapshot!(events.iter().map(line).collect::<String>(), @"
        2023-11-14 22:13:20.001  datasync               message of datasync
        2023-11-14 22:13:20.250  verify-versions        message of verify-versions
        ");
    }

    #[test]
    fn every_function_is_a_source() {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let sources: Vec<String> = sources(&names)
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
