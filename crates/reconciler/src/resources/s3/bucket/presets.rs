//! Desired states of buckets, built step by step.

use serde_json::json;

use super::{Bucket, Transition};

impl Bucket {
    /// A bucket with every protection on.
    #[must_use]
    pub fn private(name: &str, partition: &str) -> Self {
        let arn = format!("arn:{partition}:s3:::{name}");
        Self {
            name: name.to_owned(),
            versioned: true,
            eventbridge: false,
            noncurrent_version_expiration_days: None,
            public_access_blocked: true,
            object_ownership: "BucketOwnerEnforced".to_owned(),
            encryption: "AES256".to_owned(),
            kms_key_arn: None,
            bucket_key: false,
            transition: None,
            abort_incomplete_multipart_upload_days: Some(7),
            expired_delete_markers_removed: true,
            scratch_prefix: None,
            short_history_prefixes: Vec::new(),
            object_lock: false,
            other_lifecycle_rules: Vec::new(),
            policy: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, format!("{arn}/*")],
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                }],
            }),
            region: None,
        }
    }

    /// In another region than the stack's; `None` is that of the stack.
    #[must_use]
    pub fn in_region(self, region: Option<&str>) -> Self {
        Self { region: region.map(str::to_owned), ..self }
    }

    #[must_use]
    pub fn with_eventbridge(self) -> Self {
        Self { eventbridge: true, ..self }
    }

    #[must_use]
    pub fn with_scratch(self, prefix: &str) -> Self {
        Self { scratch_prefix: Some(prefix.to_owned()), ..self }
    }

    #[must_use]
    pub fn with_short_history(self, prefixes: &[&str]) -> Self {
        let mut prefixes: Vec<String> =
            prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        prefixes.sort_unstable();
        Self { short_history_prefixes: prefixes, ..self }
    }

    #[must_use]
    pub fn with_object_lock(self, object_lock: bool) -> Self {
        Self { object_lock, ..self }
    }

    #[must_use]
    pub fn with_noncurrent_version_expiration(self, days: Option<i32>) -> Self {
        Self { noncurrent_version_expiration_days: days, ..self }
    }

    #[must_use]
    pub fn with_abort_multipart_days(self, days: i32) -> Self {
        Self { abort_incomplete_multipart_upload_days: Some(days), ..self }
    }

    #[must_use]
    pub fn with_transition(self, transition: Option<Transition>) -> Self {
        Self { transition, ..self }
    }

    /// Encrypts with this key, or without one with S3's own.
    #[must_use]
    pub fn with_kms_key(self, kms_key_arn: Option<String>) -> Self {
        let bucket_key = kms_key_arn.is_some();
        let encryption = if bucket_key { "aws:kms" } else { "AES256" };
        Self { encryption: encryption.to_owned(), kms_key_arn, bucket_key, ..self }
    }
}
