//! `[destination]`: where in which bucket, and the lifecycle of what lies there.

use super::{Problems, bucket_name, transition};
use crate::config::ids::check_kms_key;
use crate::config::{DestinationConfig, StackConfig, StackSettings, location_path};

pub(super) fn check(config: &StackConfig, problems: &mut Problems) {
    let destination = &config.destination;
    bucket(destination, &config.stack, problems);
    problems.refused(
        "destination.prefix",
        &destination.prefix,
        location_path::check_prefix(&destination.prefix),
    );
    if let Some(arn) = &destination.kms_key_arn
        && let Err(message) = check_kms_key(arn, &config.stack.region)
    {
        problems.add_with("destination.kms_key_arn", arn, &["stack.region"], message);
    }
    lifecycle(destination, problems);
}

fn bucket(destination: &DestinationConfig, stack: &StackSettings, problems: &mut Problems) {
    let Some(name) = &destination.bucket else { return };
    if let Err(message) = bucket_name::check(name) {
        problems.add("destination.bucket", name, message);
    } else if is_ours(name, "data", stack) {
        let message =
            "is the name of the bucket that this stack makes itself: leave destination.bucket out";
        problems.add_with("destination.bucket", name, &["stack"], message);
    } else if is_ours(name, "records", stack) {
        let message = "is the name of this stack's records bucket: reports would lie among the data, where REMOVE deletes \
                       them; leave destination.bucket out, or name another";
        problems.add_with("destination.bucket", name, &["stack"], message);
    }
}

/// Whether it is one of [`crate::names::Names`]' buckets, in whatever account.
fn is_ours(bucket: &str, purpose: &str, stack: &StackSettings) -> bool {
    let account = bucket
        .strip_prefix(&format!("{}-{purpose}-", stack.name))
        .and_then(|rest| rest.strip_suffix(&format!("-{}", stack.region)));
    account.is_some_and(|account| {
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn lifecycle(destination: &DestinationConfig, problems: &mut Problems) {
    if let Some(days) = destination.noncurrent_version_expiration_days {
        let allowed =
            "must be at least 1 day: S3 takes no less; leave it out to keep every version";
        problems.require(
            days >= 1,
            "destination.noncurrent_version_expiration_days",
            days,
            allowed,
        );
    }
    let days = destination.abort_multipart_days;
    let allowed =
        "must be at least 1 day: S3 takes no less; 7 leaves a slow upload of a large file its time";
    problems.require(days >= 1, "destination.abort_multipart_days", days, allowed);
    if let Some(wanted) = &destination.transition {
        transition::check(wanted, destination.storage_class, problems);
    }
}
