//! The sources of log entries, and the sync that an entry is about. Pure.
//!
//! DataSync names each stream `<task id>-<execution id>` (seen on AWS, not documented), so that a
//! stream belongs to a sync. The functions work for all syncs: an entry of theirs is about the sync
//! that it names, by its task or its slot.

use domain::function::FunctionName;
use domain::names::Names;
use domain::sync_name::SyncName;

use crate::cli::DATASYNC;

/// A log group, or the part of it that is about one sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogSource {
    /// `datasync`, or the name of the function.
    pub name: String,
    pub group: String,
    /// The prefix of the streams to read; absent for all.
    pub stream_prefix: Option<String>,
}

/// A sync of the stack, as its log entries show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoggedSync {
    pub name: SyncName,
    pub task_id: String,
    /// The log group of its task: that of the stack, or the one of all Enhanced mode tasks in the
    /// account (DataSync User Guide, "Monitoring data transfers with Amazon CloudWatch Logs").
    pub group: String,
}

/// Returns the sources of these syncs; `all` are all syncs of the stack.
pub(super) fn log_sources(names: &Names, syncs: &[LoggedSync], all: bool) -> Vec<LogSource> {
    let source = |name: &str, group: &str, stream_prefix| LogSource {
        name: name.to_owned(),
        group: group.to_owned(),
        stream_prefix,
    };
    let of_stack = names.task_log_group();
    let (shared, apart): (Vec<_>, Vec<_>) =
        syncs.iter().partition(|sync| all && sync.group == of_stack);
    let shared = shared.first().map(|sync| source(DATASYNC, &sync.group, None));
    let apart = apart.iter().map(|sync| source(DATASYNC, &sync.group, Some(sync.task_id.clone())));
    let functions = FunctionName::ALL
        .map(|function| source(function.name(), &names.function_log_group(function), None));
    shared.into_iter().chain(apart).chain(functions).collect()
}

/// Returns the sync that an entry is about; `None` where it names none, or several.
pub(super) fn sync_of_entry<'a>(
    syncs: &'a [LoggedSync],
    stream: &str,
    message: &str,
) -> Option<&'a SyncName> {
    let by_stream = syncs.iter().find(|sync| stream.starts_with(&sync.task_id));
    if let Some(sync) = by_stream {
        return Some(&sync.name);
    }
    let mut named = syncs.iter().filter(|sync| names_sync(message, sync));
    let first = named.next()?;
    named.next().is_none().then_some(&first.name)
}

/// Whether a message names the sync. The sync `default` has no name of its own in slots.
fn names_sync(message: &str, sync: &LoggedSync) -> bool {
    let LoggedSync { name, task_id, .. } = sync;
    if message.contains(task_id.as_str()) || message.contains(&format!("\"sync\":\"{name}\"")) {
        return true;
    }
    let marks = [format!("\"{name}."), format!("`{name}.")];
    !name.is_default() && marks.iter().any(|mark| message.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(name: &str, number: u32) -> LoggedSync {
        let name = SyncName::parse(name).unwrap();
        let group = "/efs-s3/backup/datasync".to_owned();
        LoggedSync { name, task_id: format!("task-{number:017x}"), group }
    }

    fn source_lines(syncs: &[LoggedSync], all: bool) -> String {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let line = |source: LogSource| {
            let streams = source.stream_prefix.map(|prefix| format!(" {prefix}*"));
            format!("{}: {}{}\n", source.name, source.group, streams.unwrap_or_default())
        };
        log_sources(&names, syncs, all).into_iter().map(line).collect()
    }

    #[test]
    fn every_function_is_a_source() {
        let syncs = [logged("home", 1), logged("archive", 2)];
        insta::assert_snapshot!(source_lines(&syncs, true), @"
        datasync: /efs-s3/backup/datasync
        bootstrap-stack: /aws/lambda/backup-bootstrap-stack
        start-execution: /aws/lambda/backup-start-execution
        on-execution-complete: /aws/lambda/backup-on-execution-complete
        verify-versions: /aws/lambda/backup-verify-versions
        ");
    }

    #[test]
    fn the_streams_of_a_sync_begin_with_its_task() {
        let enhanced = LoggedSync { group: "/aws/datasync".into(), ..logged("media", 3) };
        let syncs = [logged("home", 1), logged("archive", 2), enhanced];
        let datasync = |all| {
            let lines = source_lines(&syncs, all);
            let lines = lines.lines().filter(|line| line.starts_with("datasync"));
            lines.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(datasync(true), @"
        datasync: /efs-s3/backup/datasync
        datasync: /aws/datasync task-00000000000000003*
        ");
        insta::assert_snapshot!(datasync(false), @"
        datasync: /efs-s3/backup/datasync task-00000000000000001*
        datasync: /efs-s3/backup/datasync task-00000000000000002*
        datasync: /aws/datasync task-00000000000000003*
        ");
    }

    #[test]
    fn an_entry_is_about_the_sync_that_it_names() {
        let syncs = [logged("default", 1), logged("home", 2), logged("home-2", 3)];
        let task = |number: u32| format!("task-{number:017x}");
        let stream = format!("{}-exec-1", task(2));
        for (stream, message, expected) in [
            (stream.as_str(), "anything", Some("home")),
            ("2026/11/23/[1]ab", r#"{"outcome":"started","sync":"home"}"#, Some("home")),
            ("2026/11/23/[1]ab", r#"{"sync":"home-2"}"#, Some("home-2")),
            ("2026/11/23/[1]ab", r#"{"slot":"home.manual-1"}"#, Some("home")),
            ("2026/11/23/[1]ab", &format!("arn:{}/execution/exec-1", task(1)), Some("default")),
            ("2026/11/23/[1]ab", &format!("{} and {}", task(1), task(2)), None),
            ("2026/11/23/[1]ab", "START RequestId", None),
        ] {
            let found = sync_of_entry(&syncs, stream, message).map(SyncName::as_str);
            assert_eq!(found, expected, "{stream} {message}");
        }
    }
}
