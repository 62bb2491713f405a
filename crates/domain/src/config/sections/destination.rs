//! `[destination]`: the bucket, the keys and the lifecycle.

pub(in crate::config) mod bucket_name;
pub(in crate::config) mod place;
#[cfg(test)]
pub(in crate::config) mod tests;
mod transition;
#[cfg(test)]
pub(in crate::config) mod transition_tests;
pub(in crate::config) mod warnings;

use serde::{Deserialize, Serialize};

use crate::config::defaults;
use crate::config::document::Document;
use crate::config::ids::{check_kms_key, is_account, is_region};
use crate::config::options::StorageClass;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;
use crate::config::{StackConfig, StackSettings, location_path};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationConfig {
    /// An existing bucket, which is never changed; `None` is a new one.
    pub bucket: Option<String>,
    /// Empty, or ends in `/` and does not begin with it.
    pub prefix: String,
    /// The bucket's region; `None` is the stack's.
    #[serde(default)]
    pub region: Option<String>,
    /// The account that owns an existing bucket, 12 digits; `None` is the stack's.
    #[serde(default)]
    pub account: Option<String>,
    pub storage_class: StorageClass,
    /// Of a new bucket: the key that encrypts it, `None` being S3's own keys. Of an existing one:
    /// the key that DataSync has to use.
    pub kms_key_arn: Option<String>,
    /// Days after which a version that is no longer current expires; `None` keeps all.
    pub noncurrent_version_expiration_days: Option<i32>,
    pub transition: Option<StorageTransition>,
    /// Days after which the parts of an incomplete upload are deleted.
    pub abort_multipart_days: i32,
}

/// In `stack.toml`: `transition_days` and `transition_storage_class`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageTransition {
    /// Since the object was written.
    pub days: i32,
    pub storage_class: StorageClass,
}

impl DestinationConfig {
    /// The bucket's region.
    #[must_use]
    pub fn bucket_region<'a>(&'a self, stack_region: &'a str) -> &'a str {
        self.region.as_deref().unwrap_or(stack_region)
    }

    /// The account that owns the bucket.
    #[must_use]
    pub fn bucket_account<'a>(&'a self, stack_account: &'a str) -> &'a str {
        self.account.as_deref().unwrap_or(stack_account)
    }
}

pub(in crate::config) const OF_A_NEW_BUCKET: [&str; 4] = [
    "noncurrent_version_expiration_days",
    "transition_days",
    "transition_storage_class",
    "abort_multipart_days",
];

pub(in crate::config) fn read_section(document: &mut Document) -> DestinationConfig {
    let mut read = SectionReader::open(document, "destination");
    let bucket = read.read_optional_text("bucket");
    if bucket.is_some() {
        for key in OF_A_NEW_BUCKET {
            let message = "does not go with destination.bucket: the lifecycle of an existing \
                bucket is never changed; remove this key and set it on the bucket";
            read.exclude_key(key, message);
        }
    }
    let section = DestinationConfig {
        bucket,
        prefix: read.read_text("prefix", ""),
        region: read.read_optional_text("region"),
        account: read.read_optional_text("account"),
        storage_class: read.read_choice("storage_class", StorageClass::Standard),
        kms_key_arn: read.read_optional_text("kms_key_arn"),
        noncurrent_version_expiration_days: read
            .read_small_number("noncurrent_version_expiration_days"),
        transition: read_transition(&mut read),
        abort_multipart_days: read
            .read_number("abort_multipart_days", defaults::ABORT_MULTIPART_DAYS),
    };
    read.finish();
    section
}

fn read_transition(read: &mut SectionReader<'_>) -> Option<StorageTransition> {
    let written = (read.has_key("transition_days"), read.has_key("transition_storage_class"));
    let days = read.read_small_number("transition_days");
    let storage_class = read.read_optional_choice("transition_storage_class");
    if written == (true, false) {
        let message = "needs destination.transition_storage_class: write both or none";
        read.report_incomplete("transition_days", message);
    }
    if written == (false, true) {
        let message = "needs destination.transition_days: write both or none";
        read.report_incomplete("transition_storage_class", message);
    }
    Some(StorageTransition { days: days?, storage_class: storage_class? })
}

pub(in crate::config) fn check_section(config: &StackConfig, problems: &mut RuleProblems) {
    let destination = &config.destination;
    check_bucket(destination, &config.stack, problems);
    place::check_place(config, problems);
    problems.add_refusal(
        "destination.prefix",
        &destination.prefix,
        location_path::check_prefix(&destination.prefix),
    );
    if let Some(arn) = &destination.kms_key_arn
        && let Err(message) = check_kms_key(arn, destination.bucket_region(&config.stack.region))
    {
        let with = if destination.region.is_some() { "destination.region" } else { "stack.region" };
        problems.add_combined("destination.kms_key_arn", arn, &[with], message);
    }
    check_lifecycle(destination, problems);
}

fn check_bucket(
    destination: &DestinationConfig,
    stack: &StackSettings,
    problems: &mut RuleProblems,
) {
    let Some(name) = &destination.bucket else { return };
    if let Err(message) = bucket_name::check_bucket_name(name) {
        problems.add_problem("destination.bucket", name, message);
    } else if is_ours(name, "data", stack) {
        let message =
            "is the name of the bucket that this stack creates: remove destination.bucket";
        problems.add_combined("destination.bucket", name, &["stack"], message);
    } else if is_ours(name, "records", stack) {
        let message = "is the name of this stack's records bucket: REMOVE would delete the \
            reports in it; remove destination.bucket, or name another bucket";
        problems.add_combined("destination.bucket", name, &["stack"], message);
    }
}

/// Whether it is one of [`crate::names::Names`]' buckets, in whatever account and region.
fn is_ours(bucket: &str, purpose: &str, stack: &StackSettings) -> bool {
    let place = bucket.strip_prefix(&format!("{}-{purpose}-", stack.name));
    let parts = place.and_then(|place| place.split_once('-'));
    parts.is_some_and(|(account, region)| is_account(account) && is_region(region))
}

fn check_lifecycle(destination: &DestinationConfig, problems: &mut RuleProblems) {
    if let Some(days) = destination.noncurrent_version_expiration_days {
        let allowed = "must be at least 1 day: a rule of S3; remove the key to keep every version";
        problems.require_value(
            days >= 1,
            "destination.noncurrent_version_expiration_days",
            days,
            allowed,
        );
    }
    let days = destination.abort_multipart_days;
    let allowed =
        "must be at least 1 day: a rule of S3; 7 is enough for the slow upload of a large file";
    problems.require_value(days >= 1, "destination.abort_multipart_days", days, allowed);
    if let Some(wanted) = &destination.transition {
        transition::check_transition(wanted, destination.storage_class, problems);
    }
}
