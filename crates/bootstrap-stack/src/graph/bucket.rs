//! The destination buckets of the stack: one in each region that a sync without a bucket of its own
//! writes to.

use std::collections::BTreeSet;

use domain::config::{DestinationConfig, ResolvedSync, StackConfig};
use domain::names::Names;
use domain::records::deployed_sync::DeployedSync;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::s3::bucket::{Bucket, Transition};

/// Adds the buckets. One that no sync uses any more is pruned.
pub(super) fn add_buckets(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    syncs: &[ResolvedSync],
    deployed: &[DeployedSync],
) {
    let of_syncs = syncs.iter().map(|sync| sync.config.destination.region.as_deref());
    let of_earlier = deployed.iter().map(|sync| sync.destination_region.as_deref());
    let regions: BTreeSet<_> = of_syncs.chain(of_earlier).chain([None]).collect();
    for region in regions {
        let uses = |sync: &&ResolvedSync| {
            let destination = &sync.config.destination;
            destination.bucket.is_none() && destination.region.as_deref() == region
        };
        let user = syncs.iter().find(uses);
        // The configuration has one lifecycle and one key for all syncs that share a bucket.
        let destination = user.map_or(&config.destination, |sync| &sync.config.destination);
        let bucket = graph.add_data(&bucket_id(region), desired_bucket(names, destination, region));
        if user.is_none() {
            graph.prune(&bucket);
        }
    }
}

/// The id of the stack's bucket in a region; `None` is the region of the stack.
pub(super) fn bucket_id(region: Option<&str>) -> String {
    match region {
        Some(region) => format!("destination-bucket.{region}"),
        None => "destination-bucket".to_owned(),
    }
}

/// The bucket that a sync writes to, if the stack creates it.
pub(super) fn bucket_of(destination: &DestinationConfig) -> Option<ResourceId> {
    let id = || ResourceId::new(bucket_id(destination.region.as_deref()));
    destination.bucket.is_none().then(id)
}

fn desired_bucket(names: &Names, destination: &DestinationConfig, region: Option<&str>) -> Bucket {
    let there = Names::new(&names.stack, &names.account, region.unwrap_or(&names.region));
    let transition = destination.transition.as_ref().map(|transition| Transition {
        days: transition.days,
        storage_class: transition.storage_class.as_s3_str().to_owned(),
    });
    Bucket::private(&there.destination_bucket(), names.partition())
        .in_region(region)
        .with_noncurrent_version_expiration(destination.noncurrent_version_expiration_days)
        .with_abort_multipart_days(destination.abort_multipart_days)
        .with_transition(transition)
        .with_kms_key(destination.kms_key_arn.clone())
}
