//! What values may be, and which go together. Each rule gives its reason.
//!
//! Sources: DataSync API model 2018-11-09 (`Options`, `Ec2Config`), DataSync User Guide ("Creating a task",
//! "Troubleshooting tasks"), CloudWatch Logs API (`PutRetentionPolicy`), Lambda quotas.

use super::filter::{self, Filter};
use super::problem::ConfigProblem;
use super::{Destination, Functions, PreserveDeletedFiles, Source, Stack, StackConfig, StorageClass, Task};
use super::{TransferMode, VerifyMode, location_path, schedule_expression};

const RETENTION_DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Everything that is not allowed about a configuration whose types are right.
pub(super) fn check(config: &StackConfig) -> Vec<ConfigProblem> {
    let mut problems = Problems::default();
    stack(&config.stack, &mut problems);
    source(&config.source, &mut problems);
    destination(&config.destination, &mut problems);
    task(&config.task, &mut problems);
    together(config, &mut problems);
    let expression = &config.schedule.expression;
    problems.refused("schedule.expression", expression, schedule_expression::check(expression));
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

    fn refused(&mut self, key: &str, value: impl std::fmt::Debug, checked: Result<(), impl Into<String>>) {
        if let Err(message) = checked {
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
    problems.refused("source.subdirectory", &source.subdirectory, location_path::check_folder(&source.subdirectory));
    problems.require(
        is_id(&source.subnet_id, "subnet-"),
        "source.subnet_id",
        &source.subnet_id,
        "must be the id of a subnet, subnet- and 8 or 17 hexadecimal digits",
    );
    let groups = &source.security_group_ids;
    let count_ok = (1..=5).contains(&groups.len());
    problems.require(count_ok, "source.security_group_ids", groups, "must be 1 to 5 ids, which is what DataSync takes");
    for wrong in groups.iter().filter(|id| !is_id(id, "sg-")) {
        let message = "must be the id of a security group, sg- and 8 or 17 hexadecimal digits";
        problems.add("source.security_group_ids", wrong, message);
    }
}

fn destination(destination: &Destination, problems: &mut Problems) {
    problems.refused("destination.prefix", &destination.prefix, location_path::check_prefix(&destination.prefix));
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
    filters("task.includes", Filter::Include, &task.includes, problems);
    filters("task.excludes", Filter::Exclude, &task.excludes, problems);
}

fn filters(key: &str, filter: Filter, patterns: &[String], problems: &mut Problems) {
    problems.refused(key, patterns, filter::check_length(patterns));
    for pattern in patterns {
        problems.refused(key, pattern, filter::check(filter, pattern));
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
        "must be 128 to 10240, in MB: Lambda offers no other",
    );
    let timeout = functions.timeout_seconds;
    let allowed =
        "must be 120 to 900, in seconds: waiting for a report takes up to 60, and Lambda ends a function after 900";
    problems.require((120..=900).contains(&timeout), "functions.timeout_seconds", timeout, allowed);
    retention("functions.log_retention_days", functions.log_retention_days, problems);
}

fn retention(key: &str, days: i32, problems: &mut Problems) {
    if !RETENTION_DAYS.contains(&days) {
        let days_allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
        problems.add(key, days, format!("must be one of the days that CloudWatch Logs offers: {days_allowed}"));
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|hex| {
        matches!(hex.len(), 8 | 17) && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}
