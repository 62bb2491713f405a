//! The destination buckets of all syncs, as policies name them. Pure.

use std::collections::BTreeSet;

use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;

use super::limit::Precision;

/// Returns the ARNs of the buckets that the syncs write to, each once.
pub(crate) fn bucket_arns(config: &StackConfig, names: &Names) -> BTreeSet<String> {
    let syncs = config.resolve_syncs().into_iter();
    syncs.map(|sync| names.bucket_arn(&sync.config.destination_bucket(names))).collect()
}

/// Returns the ARNs of buckets that the stack does not create: those of its own account, or those
/// of other accounts; each once.
pub(crate) fn named_bucket_arns(
    config: &StackConfig,
    names: &Names,
    foreign: bool,
) -> BTreeSet<String> {
    let syncs = config.resolve_syncs().into_iter();
    let named = syncs.filter_map(|ResolvedSync { config: of_sync, .. }| {
        let destination = of_sync.destination;
        destination.bucket.filter(|_| destination.account.is_some() == foreign)
    });
    named.map(|bucket| names.bucket_arn(&bucket)).collect()
}

/// Returns the regions of all buckets, apart from that of the stack.
pub(crate) fn other_regions(config: &StackConfig) -> BTreeSet<String> {
    let syncs = config.resolve_syncs().into_iter();
    syncs.filter_map(|sync| sync.config.destination.region).collect()
}

/// Returns the accounts that own the buckets of all syncs.
pub(crate) fn bucket_accounts(config: &StackConfig, names: &Names) -> BTreeSet<String> {
    let syncs = config.resolve_syncs().into_iter();
    syncs.map(|sync| sync.config.destination.account.unwrap_or(names.account.clone())).collect()
}

/// Returns the ARNs of the buckets that the stack may own: that of its own region, and those of
/// these regions.
pub(crate) fn own_bucket_arns(
    names: &Names,
    regions: &BTreeSet<String>,
    precision: Precision,
) -> Vec<String> {
    if precision == Precision::Patterns && !regions.is_empty() {
        return vec![own_bucket_pattern(names)];
    }
    let there = regions.iter().map(|region| Names::new(&names.stack, &names.account, region));
    let own = names.bucket_arn(&names.destination_bucket());
    let there = there.map(|there| there.bucket_arn(&there.destination_bucket()));
    std::iter::once(own).chain(there).collect()
}

/// Returns the pattern of the buckets that the stack owns in any region.
pub(crate) fn own_bucket_pattern(names: &Names) -> String {
    let own = names.bucket_arn(&names.destination_bucket());
    format!("{}*", own.strip_suffix(names.region.as_str()).unwrap_or(&own))
}

/// Returns the ARNs of the locations in these regions.
pub(crate) fn location_arns(
    names: &Names,
    regions: &BTreeSet<String>,
    precision: Precision,
) -> Vec<String> {
    if precision == Precision::Patterns && !regions.is_empty() {
        return vec![location_pattern(names)];
    }
    let there = regions.iter().map(|region| Names::new(&names.stack, &names.account, region));
    there.map(|there| there.regional_arn("datasync", "location/*")).collect()
}

/// Returns the pattern of the locations in any region.
pub(crate) fn location_pattern(names: &Names) -> String {
    names.regional_arn("datasync", "location/*").replacen(&names.region, "*", 1)
}

/// Whether any sync writes to a bucket of the stack. Otherwise those buckets are only read, and
/// deleted.
pub(crate) fn needs_own_bucket(config: &StackConfig) -> bool {
    config.resolve_syncs().iter().any(|sync| sync.config.destination.bucket.is_none())
}
