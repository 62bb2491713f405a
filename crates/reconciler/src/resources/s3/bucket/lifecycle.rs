//! The lifecycle of a bucket: the main rule, one for temporary objects, one for each prefix with a
//! short history; and the live values of them.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, NoncurrentVersionTransition,
    Transition as S3Transition, TransitionStorageClass,
};
use aws_smithy_types::error::operation::BuildError;

use super::{Bucket, Transition};

const RULE_ID: &str = "efs-s3";
const SCRATCH_RULE_ID: &str = "efs-s3-scratch";
/// The prefix follows.
const SHORT_HISTORY_RULE_ID: &str = "efs-s3-short-history-";
/// S3 offers no shorter time.
const SCRATCH_DAYS: i32 = 1;

/// The lifecycle as it was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lifecycle {
    pub(super) noncurrent_version_expiration_days: Option<i32>,
    pub(super) abort_incomplete_multipart_upload_days: Option<i32>,
    pub(super) expired_delete_markers_removed: bool,
    pub(super) transition: Option<Transition>,
    pub(super) scratch_prefix: Option<String>,
    pub(super) short_history_prefixes: Vec<String>,
    pub(super) other_rules: Vec<String>,
}

impl Lifecycle {
    /// A managed rule that is disabled does nothing, and a disabled rule of others does no harm.
    pub(super) fn from_rules(rules: Vec<LifecycleRule>) -> Self {
        let enabled = rules.into_iter().filter(|rule| rule.status == ExpirationStatus::Enabled);
        let (scratch, enabled): (Vec<_>, Vec<_>) =
            enabled.partition(|rule| rule.id() == Some(SCRATCH_RULE_ID));
        let scratch_prefix = scratch.iter().find_map(scratch_prefix_of);
        let is_short = |rule: &LifecycleRule| {
            rule.id().is_some_and(|id| id.starts_with(SHORT_HISTORY_RULE_ID))
        };
        let (short, enabled): (Vec<_>, Vec<_>) = enabled.into_iter().partition(is_short);
        let mut short_history_prefixes: Vec<String> =
            short.iter().filter_map(short_history_prefix_of).collect();
        short_history_prefixes.sort_unstable();
        let (managed, others): (Vec<_>, Vec<_>) =
            enabled.into_iter().partition(|rule| rule.id() == Some(RULE_ID));
        let other_rules = others
            .into_iter()
            .map(|rule| rule.id.unwrap_or_else(|| "without an id".to_owned()))
            .collect();
        let Some(rule) = managed.into_iter().next() else {
            return Self { scratch_prefix, short_history_prefixes, other_rules, ..Self::default() };
        };
        Self {
            transition: transition_of(&rule),
            noncurrent_version_expiration_days: rule
                .noncurrent_version_expiration
                .and_then(|e| e.noncurrent_days),
            abort_incomplete_multipart_upload_days: rule
                .abort_incomplete_multipart_upload
                .and_then(|abort| abort.days_after_initiation),
            expired_delete_markers_removed: rule
                .expiration
                .is_some_and(|expiration| expiration.expired_object_delete_marker == Some(true)),
            scratch_prefix,
            short_history_prefixes,
            other_rules,
        }
    }
}

/// The prefix of a managed rule that removes earlier versions in time, and does nothing else.
fn short_history_prefix_of(rule: &LifecycleRule) -> Option<String> {
    let days = rule.noncurrent_version_expiration()?.noncurrent_days();
    rule.filter()?
        .prefix()
        .filter(|_| days == Some(SCRATCH_DAYS) && rule.expiration().is_none())
        .map(str::to_owned)
}

/// Both kinds of versions must have the same transition. If one has not, none counts, and the rule
/// is written again.
fn transition_of(rule: &LifecycleRule) -> Option<Transition> {
    let [current] = rule.transitions() else { return None };
    let days = current.days?;
    let class = current.storage_class.as_ref()?;
    let expire =
        rule.noncurrent_version_expiration().and_then(|expiration| expiration.noncurrent_days());
    let alike = match rule.noncurrent_version_transitions() {
        [] => !noncurrent_moves(days, expire),
        [other] => {
            other.noncurrent_days == Some(days) && other.storage_class.as_ref() == Some(class)
        }
        _ => false,
    };
    alike.then(|| Transition { days, storage_class: class.as_str().to_owned() })
}

/// S3 refuses to move a version on the day it expires, or later.
fn noncurrent_moves(days: i32, expire: Option<i32>) -> bool {
    expire.is_none_or(|expire| days < expire)
}

/// The prefix of our second rule, where it still removes all versions in time.
fn scratch_prefix_of(rule: &LifecycleRule) -> Option<String> {
    let current = rule.expiration()?.days() == Some(SCRATCH_DAYS);
    let noncurrent = rule.noncurrent_version_expiration()?.noncurrent_days() == Some(SCRATCH_DAYS);
    rule.filter()?.prefix().filter(|_| current && noncurrent).map(str::to_owned)
}

/// All lifecycle rules of a managed bucket.
pub(super) fn to_rules(bucket: &Bucket) -> Result<Vec<LifecycleRule>, BuildError> {
    let scratch = bucket.scratch_prefix.as_ref().map(|prefix| {
        let noncurrent =
            NoncurrentVersionExpiration::builder().noncurrent_days(SCRATCH_DAYS).build();
        LifecycleRule::builder()
            .id(SCRATCH_RULE_ID)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
            .expiration(LifecycleExpiration::builder().days(SCRATCH_DAYS).build())
            .noncurrent_version_expiration(noncurrent)
            .build()
    });
    let short = bucket.short_history_prefixes.iter().map(|prefix| short_history_rule(prefix));
    [Some(to_rule(bucket)), scratch].into_iter().flatten().chain(short).collect()
}

fn short_history_rule(prefix: &str) -> Result<LifecycleRule, BuildError> {
    LifecycleRule::builder()
        .id(format!("{SHORT_HISTORY_RULE_ID}{prefix}"))
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .noncurrent_version_expiration(
            NoncurrentVersionExpiration::builder().noncurrent_days(SCRATCH_DAYS).build(),
        )
        .build()
}

/// The rule for every object in the bucket.
fn to_rule(bucket: &Bucket) -> Result<LifecycleRule, BuildError> {
    let days = |days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build();
    let abort =
        |days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build();
    let markers = || LifecycleExpiration::builder().expired_object_delete_marker(true).build();
    let class = |to: &Transition| TransitionStorageClass::from(to.storage_class.as_str());
    let current = |to: &Transition| {
        vec![S3Transition::builder().days(to.days).storage_class(class(to)).build()]
    };
    let noncurrent = |to: &Transition| {
        let transition = NoncurrentVersionTransition::builder().noncurrent_days(to.days);
        vec![transition.storage_class(class(to)).build()]
    };
    let moves =
        |to: &&Transition| noncurrent_moves(to.days, bucket.noncurrent_version_expiration_days);
    LifecycleRule::builder()
        .set_transitions(bucket.transition.as_ref().map(current))
        .set_noncurrent_version_transitions(
            bucket.transition.as_ref().filter(moves).map(noncurrent),
        )
        .id(RULE_ID)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .set_expiration(bucket.expired_delete_markers_removed.then(markers))
        .set_noncurrent_version_expiration(bucket.noncurrent_version_expiration_days.map(days))
        .set_abort_incomplete_multipart_upload(
            bucket.abort_incomplete_multipart_upload_days.map(abort),
        )
        .build()
}

#[cfg(test)]
mod tests;
