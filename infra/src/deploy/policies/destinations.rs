//! The destination buckets of all syncs, as policies name them. Pure.

use std::collections::BTreeSet;

use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;

/// Returns the ARNs of the buckets that the syncs write to, each once.
pub(crate) fn bucket_arns(config: &StackConfig, names: &Names) -> BTreeSet<String> {
    let syncs = config.resolve_syncs().into_iter();
    syncs.map(|sync| names.bucket_arn(&sync.config.destination_bucket(names))).collect()
}

/// Returns the ARNs of existing buckets that the stack's account owns, each once.
pub(crate) fn existing_bucket_arns(config: &StackConfig, names: &Names) -> BTreeSet<String> {
    named_buckets(config, names, false)
}

/// Returns the ARNs of buckets of other accounts, each once.
pub(crate) fn foreign_bucket_arns(config: &StackConfig, names: &Names) -> BTreeSet<String> {
    named_buckets(config, names, true)
}

fn named_buckets(config: &StackConfig, names: &Names, foreign: bool) -> BTreeSet<String> {
    let syncs = config.resolve_syncs().into_iter();
    let named = syncs.filter_map(|ResolvedSync { config: of_sync, .. }| {
        let destination = of_sync.destination;
        destination.bucket.filter(|_| destination.account.is_some() == foreign)
    });
    named.map(|bucket| names.bucket_arn(&bucket)).collect()
}

/// Returns the ARNs of the buckets that the stack may own: that of its own region, and those of
/// these regions.
pub(crate) fn own_bucket_arns(names: &Names, regions: &BTreeSet<String>) -> Vec<String> {
    let all = names_of_regions(names, regions).into_iter();
    all.map(|names| names.bucket_arn(&names.destination_bucket())).collect()
}

/// Returns the names of the stack in its own region, then in these regions.
pub(crate) fn names_of_regions(names: &Names, regions: &BTreeSet<String>) -> Vec<Names> {
    let others = regions.iter().filter(|region| **region != names.region);
    let others = others.map(|region| Names::new(&names.stack, &names.account, region));
    std::iter::once(names.clone()).chain(others).collect()
}

/// Whether any sync writes to a bucket of the stack in its own region. Otherwise that bucket is
/// only read, and deleted.
pub(crate) fn needs_own_bucket(config: &StackConfig) -> bool {
    config.resolve_syncs().iter().any(|sync| sync.config.destination.bucket.is_none())
}
