//! What values may be, and which go together. Each rule gives its reason.
//!
//! Sources: DataSync API model 2018-11-09 and the DataSync User Guide (`facts/failure-modes.md` §3.1), EventBridge User
//! Guide ("Schedule expressions"), CloudWatch Logs API (`PutRetentionPolicy`), Lambda quotas.

use super::problem::ConfigProblem;
use super::schedule_expression;
use super::{Destination, Functions, PreserveDeletedFiles, Source, Stack, StackConfig, StorageClass, Task};
use super::{TransferMode, VerifyMode};

const RETENTION_DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
/// DataSync's limit on one filter, all patterns and the `|` between them included.
const MAX_FILTER: usize = 102_400;

/// Everything that is not allowed about a configuration whose types are right.
pub(super) fn check(config: &StackConfig) -> Vec<ConfigProblem> {
    let mut problems = Problems::default();
    stack(&config.stack, &mut problems);
    source(&config.source, &mut problems);
    destination(&config.destination, &mut problems);
    task(&config.task, &mut problems);
    together(config, &mut problems);
    if let Err(message) = schedule_expression::check(&config.schedule.expression) {
        problems.add("schedule.expression", &config.schedule.expression, message);
    }
    functions(&config.functions, &mut problems);
    problems.0
}

#[derive(Default)]
struct Problems(Vec<ConfigProblem>);

impl Problems {
    fn add(&mut self, key: &str, value: impl std::fmt::Debug, message: impl Into<String>) {
        self.0.push(ConfigProblem::new(key, Some(format!("{value:?}")), message));
    }

    fn require(&mut self, allowed: bool, key: &str, value: impl std::fmt::Debug, message: &str) {
        if !allowed {
            self.add(key, value, message);
        }
    }
}

fn stack(stack: &Stack, problems: &mut Problems) {
    let name = stack.name.as_bytes();
    let name_ok = (1..=20).contains(&name.len())
        && name[0].is_ascii_lowercase()
        && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && !stack.name.ends_with('-');
    let allowed =
        "must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names";
    problems.require(name_ok, "stack.name", &stack.name, allowed);
    let parts: Vec<&str> = stack.region.split('-').collect();
    let region_ok = parts.len() >= 3
        && parts[..parts.len() - 1].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        && parts.last().is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    problems.require(region_ok, "stack.region", &stack.region, "must be a region such as eu-central-1");
}

fn source(source: &Source, problems: &mut Problems) {
    let subdirectory = &source.subdirectory;
    let ok = subdirectory.starts_with('/')
        && subdirectory.ends_with('/')
        && datasync_path(subdirectory)
        && !subdirectory.split('/').any(|part| part == "." || part == "..")
        && !subdirectory.contains("//");
    let allowed =
        "must begin and end in / and hold only A-Z a-z 0-9 _ - + . / ( ) and spaces, which is what DataSync takes";
    problems.require(ok, "source.subdirectory", subdirectory, allowed);
    problems.require(
        is_id(&source.subnet_id, "subnet-"),
        "source.subnet_id",
        &source.subnet_id,
        "must be the id of a subnet, subnet- and 8 or 17 hexadecimal digits",
    );
    let groups = &source.security_group_ids;
    let count_ok = (1..=5).contains(&groups.len());
    problems.require(count_ok, "source.security_group_ids", groups, "must be 1 to 5 ids: DataSync takes no more");
    if let Some(wrong) = groups.iter().find(|id| !is_id(id, "sg-")) {
        let message = "must be ids of security groups, sg- and 8 or 17 hexadecimal digits";
        problems.add("source.security_group_ids", wrong, message);
    }
}

fn destination(destination: &Destination, problems: &mut Problems) {
    let prefix = &destination.prefix;
    let ok = prefix.is_empty()
        || (!prefix.starts_with('/')
            && prefix.ends_with('/')
            && datasync_path(prefix)
            && !prefix.contains("//")
            && !prefix.split('/').any(|part| part == "." || part == ".."));
    let allowed = "must be empty, or end in / and not begin with it, and hold no //, /./ or /../: \
                   DataSync cannot transfer objects below such a prefix";
    problems.require(ok, "destination.prefix", prefix, allowed);
    if let Some(days) = destination.noncurrent_version_expiration_days {
        let allowed = "must be at least 1 day; leave it out to keep every version";
        problems.require(days >= 1, "destination.noncurrent_version_expiration_days", days, allowed);
    }
}

fn task(task: &Task, problems: &mut Problems) {
    if let Some(rate) = task.bytes_per_second {
        problems.require(rate >= 1, "task.bytes_per_second", rate, "must be at least 1; leave it out for no limit");
    }
    retention("task.log_retention_days", task.log_retention_days, problems);
    for (key, patterns) in [("task.includes", &task.includes), ("task.excludes", &task.excludes)] {
        let length = patterns.join("|").chars().count();
        problems.require(length <= MAX_FILTER, key, length, "is too long: DataSync takes 102,400 characters in all");
        for pattern in patterns {
            problems.require(!pattern.is_empty(), key, pattern, "must not be an empty pattern");
            let separated = !unescaped_bar(pattern);
            problems.require(
                separated,
                key,
                pattern,
                "must be one pattern an entry: | separates patterns; write \\| for the sign itself",
            );
        }
    }
    for pattern in &task.includes {
        let allowed =
            "must begin with / and hold * only as the last character: DataSync takes no other include patterns";
        let star_last = pattern.find('*').is_none_or(|at| at + 1 == pattern.len());
        problems.require(
            pattern.is_empty() || (pattern.starts_with('/') && star_last),
            "task.includes",
            pattern,
            allowed,
        );
    }
    for pattern in &task.excludes {
        let ok = pattern.is_empty() || pattern.starts_with('/') || pattern.starts_with('*');
        problems.require(ok, "task.excludes", pattern, "must begin with / (the top of the source) or with *");
    }
}

/// Rules about more than one key.
fn together(config: &StackConfig, problems: &mut Problems) {
    let task = &config.task;
    if task.transfer_mode == TransferMode::All && task.preserve_deleted_files == PreserveDeletedFiles::Remove {
        let message =
            "does not go with task.transfer_mode = \"ALL\": without a comparison DataSync can't tell what was deleted";
        problems.add("task.preserve_deleted_files", "REMOVE", message);
    }
    let frozen = matches!(config.destination.storage_class, StorageClass::Glacier | StorageClass::DeepArchive);
    if frozen && task.verify_mode == VerifyMode::PointInTimeConsistent {
        let class = config.destination.storage_class.as_str();
        let message = format!(
            "does not go with destination.storage_class = \"{class}\": objects there can't be read back; use ONLY_FILES_TRANSFERRED"
        );
        problems.add("task.verify_mode", "POINT_IN_TIME_CONSISTENT", message);
    }
    if !task.includes.is_empty() && task.preserve_deleted_files == PreserveDeletedFiles::Remove {
        let message =
            "does not go with task.includes: what REMOVE deletes outside the included paths is not documented";
        problems.add("task.preserve_deleted_files", "REMOVE", message);
    }
}

fn functions(functions: &Functions, problems: &mut Problems) {
    let memory = functions.memory_mb;
    problems.require(
        (128..=10_240).contains(&memory),
        "functions.memory_mb",
        memory,
        "must be 128 to 10240 MB: Lambda offers no other",
    );
    let timeout = functions.timeout_seconds;
    let allowed =
        "must be 60 to 900 seconds: Lambda ends a function after 900, and waiting for a report needs up to 60";
    problems.require((60..=900).contains(&timeout), "functions.timeout_seconds", timeout, allowed);
    retention("functions.log_retention_days", functions.log_retention_days, problems);
}

fn retention(key: &str, days: i32, problems: &mut Problems) {
    if !RETENTION_DAYS.contains(&days) {
        let days_allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
        problems.add(key, days, format!("must be one of the days that CloudWatch Logs offers: {days_allowed}"));
    }
}

/// DataSync's pattern for subdirectories: `^[a-zA-Z0-9_\-\+\./\(\)\p{Zs}]*$`, at most 4,096 characters.
fn datasync_path(text: &str) -> bool {
    text.chars().count() <= 4096
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-+./() \u{a0}\u{3000}".contains(c))
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|hex| {
        matches!(hex.len(), 8 | 17) && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

fn unescaped_bar(pattern: &str) -> bool {
    let mut escaped = false;
    pattern.chars().any(|c| {
        let bar = c == '|' && !escaped;
        escaped = c == '\\' && !escaped;
        bar
    })
}
