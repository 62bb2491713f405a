//! The lifecycle of a bucket: one rule of ours, and what of it stands when read.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration,
};
use aws_smithy_types::error::operation::BuildError;

use super::Bucket;

const RULE_ID: &str = "efs-s3";

/// The lifecycle as it was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Lifecycle {
    pub(super) noncurrent_version_expiration_days: Option<i32>,
    pub(super) abort_incomplete_multipart_upload_days: Option<i32>,
    pub(super) expired_delete_markers_removed: bool,
    pub(super) other_rules: Vec<String>,
}

impl Lifecycle {
    /// A rule of ours that is off does nothing, and one of somebody else's that is off does no harm.
    pub(super) fn of(rules: Vec<LifecycleRule>) -> Self {
        let enabled = rules.into_iter().filter(|rule| rule.status == ExpirationStatus::Enabled);
        let (ours, others): (Vec<_>, Vec<_>) = enabled.partition(|rule| rule.id() == Some(RULE_ID));
        let other_rules =
            others.into_iter().map(|rule| rule.id.unwrap_or_else(|| "without an id".to_owned())).collect();
        let Some(rule) = ours.into_iter().next() else { return Self { other_rules, ..Self::default() } };
        Self {
            noncurrent_version_expiration_days: rule.noncurrent_version_expiration.and_then(|e| e.noncurrent_days),
            abort_incomplete_multipart_upload_days: rule
                .abort_incomplete_multipart_upload
                .and_then(|abort| abort.days_after_initiation),
            expired_delete_markers_removed: rule
                .expiration
                .is_some_and(|expiration| expiration.expired_object_delete_marker == Some(true)),
            other_rules,
        }
    }
}

/// The one rule that a bucket of ours has, for every object in it.
pub(super) fn rule(bucket: &Bucket) -> Result<LifecycleRule, BuildError> {
    let days = |days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build();
    let abort = |days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build();
    let markers = || LifecycleExpiration::builder().expired_object_delete_marker(true).build();
    LifecycleRule::builder()
        .id(RULE_ID)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .set_expiration(bucket.expired_delete_markers_removed.then(markers))
        .set_noncurrent_version_expiration(bucket.noncurrent_version_expiration_days.map(days))
        .set_abort_incomplete_multipart_upload(bucket.abort_incomplete_multipart_upload_days.map(abort))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket() -> Bucket {
        Bucket::private("data", "aws").with_noncurrent_version_expiration(Some(30))
    }

    #[test]
    fn our_rule_is_read_as_it_was_written() {
        let expected = Lifecycle {
            noncurrent_version_expiration_days: Some(30),
            abort_incomplete_multipart_upload_days: Some(7),
            expired_delete_markers_removed: true,
            other_rules: Vec::new(),
        };
        assert_eq!(Lifecycle::of(vec![rule(&bucket()).unwrap()]), expected);
    }

    #[test]
    fn a_rule_of_somebody_else_shows_and_a_disabled_one_counts_for_nothing() {
        let (mut other, mut disabled) = (rule(&bucket()).unwrap(), rule(&bucket()).unwrap());
        other.id = Some("expire".into());
        disabled.status = ExpirationStatus::Disabled;
        let expected = Lifecycle { other_rules: vec!["expire".into()], ..Lifecycle::default() };
        assert_eq!(Lifecycle::of(vec![disabled, other]), expected);
        assert_eq!(Lifecycle::of(Vec::new()), Lifecycle::default());
    }
}
