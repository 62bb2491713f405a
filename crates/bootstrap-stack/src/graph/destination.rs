//! The destination of a sync: DataSync's location on the bucket.
//!
//! The location is in the bucket's region, the task in the stack's (DataSync User Guide, "Tutorial:
//! Transferring data between Amazon S3 buckets across AWS accounts", step 4: the location of a
//! bucket in another Region is created there; "Where can I transfer my data with AWS DataSync?",
//! "Supported transfers between AWS Regions": one of the two locations must be in the Region in
//! which DataSync is used).

use domain::config::ResolvedSync;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::datasync::location_s3::LocationS3;

use super::bucket::bucket_of;
use super::shared::SharedResources;
use super::sync_ids::{SyncIds, destination_role};

/// Adds the destination; returns its location.
pub(super) fn add_destination(
    graph: &mut Graph,
    shared: &SharedResources<'_>,
    sync: &ResolvedSync,
    ids: &SyncIds<'_>,
) -> ResourceId {
    let (names, config) = (shared.names, &sync.config);
    let role = ResourceId::new(destination_role(ids.roles));
    let location = LocationS3 {
        // By name, not by reference: a lost bucket is created again without replacing the location
        // and the task.
        bucket_arn: names.bucket_arn(&config.destination_bucket(names)),
        subdirectory: config.destination.prefix.clone(),
        role_arn: role.attribute("arn"),
        storage_class: config.destination.storage_class.as_str().to_owned(),
        region: config.destination.region.clone(),
    };
    let bucket = bucket_of(&config.destination);
    let after: Vec<_> = bucket.iter().collect();
    graph.add_after(&ids.destination_location(), location, &after)
}
