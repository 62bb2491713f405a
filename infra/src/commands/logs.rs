//! `logs`: shows the logs of DataSync and of the functions, merged by time.

mod filter;
mod reader;
mod sources;

use std::borrow::Cow;
use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use domain::point_in_time::{format_time, parse_beginning};
use domain::printable::escape_unprintable;
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;
use tokio::time::sleep;

use crate::access::Access;
use crate::cli::{Global, LogsArguments, OutputFormat};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::find_execution::find_execution;
use crate::ui::output;
use filter::EntryFilter;
use reader::{LogEntry, LogReader};

/// The interval of `--follow`. CloudWatch Logs allows 10 requests per second to `FilterLogEvents`
/// in most regions (CloudWatch Logs quotas); one read of a stack takes five, and one more for each
/// sync whose streams are read apart.
const PAUSE_ON_AWS: Duration = Duration::from_secs(2);
const PAUSE_LOCALLY: Duration = Duration::from_millis(300);
/// The characters of a message that are shown without `--raw`: metrics and outcomes are JSON of
/// some thousands.
const MESSAGE: usize = 300;
/// The time that each read of `--follow` goes back: events may be stored later than events that
/// happened after them.
const OVERLAP: TimeDelta = TimeDelta::seconds(30);

pub(crate) const ACCESS: Access = Access { stack: &["logs:FilterLogEvents"], ..Access::NONE };

pub(super) async fn run(global: &Global, arguments: &LogsArguments) -> Result<ExitCode> {
    let since = parse_beginning(&arguments.since, Utc::now())
        .with_hint("give a time such as `--since '2 hours ago'`")?;
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let filter = read_filter(&context, &outputs, arguments).await?;
    let reader = LogReader::new(&context, &outputs, &arguments.syncs, filter)?;
    let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS } * reader.read_weight();
    let (mut from, mut shown) = (since, HashSet::new());
    loop {
        let most = if arguments.raw { usize::MAX } else { MESSAGE };
        let is_empty = print_new(&reader, (global.output, most), from, &mut shown).await?;
        if !arguments.follow {
            if is_empty {
                let since = format_time(since);
                output::print_progress(format!(
                    "no such log entries since {since}; `--since` goes further back"
                ));
            }
            return Ok(ExitCode::SUCCESS);
        }
        from = from.max(Utc::now() - OVERLAP);
        sleep(pause).await;
    }
}

async fn read_filter(
    context: &StackContext,
    outputs: &Outputs,
    arguments: &LogsArguments,
) -> Result<EntryFilter> {
    let execution = match &arguments.execution {
        Some(named) => Some(find_execution(context, outputs, named).await?.id().to_owned()),
        None => None,
    };
    Ok(EntryFilter { sources: arguments.functions.clone(), execution, level: arguments.level })
}

/// Prints the events since `from` that are not in `shown`, and adds them. Returns whether there
/// were none.
async fn print_new(
    reader: &LogReader<'_>,
    (format, most): (OutputFormat, usize),
    from: DateTime<Utc>,
    shown: &mut HashSet<String>,
) -> Result<bool> {
    let mut events = reader.read_all_events(from).await?;
    events.retain(|event| !shown.contains(&event.id));
    for event in &events {
        print_event((format, most), event, reader.column_width())?;
    }
    shown.extend(events.iter().map(|event| event.id.clone()));
    Ok(events.is_empty())
}

fn print_event(
    (format, most): (OutputFormat, usize),
    event: &LogEntry,
    width: usize,
) -> Result<()> {
    match format {
        OutputFormat::Text | OutputFormat::Markdown => {
            output::print_data(format, event, event_line(event, width, most))
        }
        OutputFormat::Json => output::print_json_line(event),
    }
}

/// Returns the line of an entry, with a column for the sync unless its width is 0, and with at most
/// so many characters of the message.
fn event_line(event: &LogEntry, width: usize, most: usize) -> String {
    let at = event.at.format("%Y-%m-%d %H:%M:%S%.3f");
    let sync = match (width, &event.sync) {
        (0, _) => String::new(),
        (width, sync) => format!("{:<width$}  ", sync.as_ref().map_or("-", SyncName::as_str)),
    };
    let message = cut_message(&event.message, most);
    format!("{at}  {sync}{:<21}  {}\n", event.source, escape_unprintable(&message))
}

fn cut_message(message: &str, most: usize) -> Cow<'_, str> {
    match message.char_indices().nth(most) {
        None => Cow::Borrowed(message),
        Some((end, _)) => {
            let (shown, left) = message.split_at(end);
            let left = left.chars().count();
            Cow::Owned(format!("{shown}… ({left} more characters, see `--raw`)"))
        }
    }
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
        let lines =
            |width| events.iter().map(|event| event_line(event, width, 300)).collect::<String>();
        insta::assert_snapshot!(lines(8), @"
        2023-11-14 22:13:20.001  home      datasync               message of datasync
        2023-11-14 22:13:20.250  -         verify-versions        message of verify-versions
        ");
        insta::assert_snapshot!(lines(0), @"
        2023-11-14 22:13:20.001  datasync               message of datasync
        2023-11-14 22:13:20.250  verify-versions        message of verify-versions
        ");
    }

    #[test]
    fn a_long_message_is_cut_and_says_so() {
        assert_eq!(cut_message("äöü", 3), "äöü");
        assert_eq!(cut_message("äöüß!", 3), "äöü… (2 more characters, see `--raw`)");
    }
}
