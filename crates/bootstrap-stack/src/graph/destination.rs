//! The destination: a bucket of our own or the one that the configuration names, the role that may
//! write into it, and DataSync's location on it.

use domain::config::StackConfig;
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::kinds::bucket::{Bucket, Transition};
use reconciler::kinds::location_s3::LocationS3;
use reconciler::kinds::role::Role;

use super::DESTINATION_LOCATION;
use crate::policies;

pub(super) fn add(graph: &mut Graph, config: &StackConfig, names: &Names) -> ResourceId {
    let destination = &config.destination;
    let kms_key = destination.kms_key_arn.clone();
    let transition = destination.transition.as_ref().map(|transition| Transition {
        days: transition.days,
        storage_class: transition.storage_class.as_s3_str().to_owned(),
    });
    let bucket = Bucket::private(&names.destination_bucket(), names.partition())
        .with_noncurrent_version_expiration(destination.noncurrent_version_expiration_days)
        .with_abort_multipart_days(destination.abort_multipart_days)
        .with_transition(transition)
        .with_kms_key(kms_key);
    let bucket = graph.add_data("destination-bucket", bucket);
    let mut after = vec![&bucket];
    if destination.bucket.is_some() {
        graph.retire(&bucket);
        after.clear();
    }
    let access = policies::destination_access(names, config);
    let role =
        Role::new(names.role_name("datasync-destination"), policies::datasync_trust(names), access);
    let role = graph.add("destination-role", role);
    let location = LocationS3 {
        // By name, not by reference: a bucket that was lost is made again without replacing the
        // location and the task.
        bucket_arn: names.bucket_arn(&config.destination_bucket(names)),
        subdirectory: destination.prefix.clone(),
        role_arn: role.attribute("arn"),
        storage_class: destination.storage_class.as_str().to_owned(),
    };
    graph.add_after(DESTINATION_LOCATION, location, &after)
}
