//! The statements for destination buckets: those of the stack, and existing ones.

use std::collections::BTreeSet;

use domain::config::StackConfig;
use domain::names::Names;
use serde_json::{Value, json};

use super::actions;
use crate::deploy::policies::limit::Precision;
use crate::deploy::policies::{allow, destinations};

/// The reads of an existing bucket. DataSync calls `GetBucketLocation` with the permissions of the
/// caller that creates the location (S3 API Reference, `GetBucketLocation`).
const LOOKED_AT: [&str; 3] = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"];
/// The reads of a bucket in another account. Its ownership and its encryption decide whether
/// DataSync can write to it.
const LOOKED_AT_ABROAD: [&str; 5] = [
    "s3:GetBucketLocation",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:ListBucket",
];

/// Existing buckets of the configuration are only read. A bucket of the stack from an earlier
/// configuration may still exist, and is then deleted.
pub(super) fn destination_statements(
    config: &StackConfig,
    names: &Names,
    regions: &BTreeSet<String>,
    precision: Precision,
) -> Vec<Value> {
    let ours = destinations::own_bucket_arns(names, regions, precision);
    let until_gone = !destinations::needs_own_bucket(config);
    let objects: Vec<String> = ours.iter().map(|bucket| format!("{bucket}/*")).collect();
    let mut statements = vec![
        allow("DestinationBucket", &actions::bucket_actions(until_gone), &ours),
        allow("EmptyDestinationBucket", actions::OBJECTS, &objects),
    ];
    statements.extend(look_at_named(config, names, precision));
    statements
}

/// Allows reading the buckets that the configuration names; by patterns, all buckets of their
/// accounts.
fn look_at_named(config: &StackConfig, names: &Names, precision: Precision) -> Vec<Value> {
    let existing = destinations::named_bucket_arns(config, names, false);
    let foreign = destinations::named_bucket_arns(config, names, true);
    if precision == Precision::Patterns && existing.len() + foreign.len() > 1 {
        let mut look = allow("NamedBuckets", &LOOKED_AT_ABROAD, &["*".to_owned()]);
        let accounts = destinations::bucket_accounts(config, names);
        look["Condition"] = json!({ "StringEquals": { "aws:ResourceAccount": accounts } });
        return vec![look];
    }
    let look = |sid, actions: &[&str], buckets: BTreeSet<String>| {
        let buckets: Vec<String> = buckets.into_iter().collect();
        (!buckets.is_empty()).then(|| allow(sid, actions, &buckets))
    };
    let statements = [
        look("ExistingBucket", &LOOKED_AT, existing),
        look("ForeignBucket", &LOOKED_AT_ABROAD, foreign),
    ];
    statements.into_iter().flatten().collect()
}
