//! The outputs of the data plane, from the existing resources. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::arn::TaskArn;
use domain::config::{FileSystemConfig, NetworkConfig, ResolvedSync, StackConfig};
use domain::names::Names;
use domain::records::outputs::{InstanceOutputs, Outputs, RestoreOutputs};
use domain::records::restore::RestoreTarget;
use domain::records::restored_directory::{RestoredDirectory, exclude_restored};
use domain::sync_name::SyncName;
use domain::sync_role::BucketRoles;

use crate::graph::{
    FILE_SYSTEM, INSTANCE, MAX_ZONES, SyncIds, destination_role, log_group_name, restore_role,
    source_role,
};

const SHARED_ROLES: [&str; 3] = ["report-role", "flow-log-role", "instance-role"];

/// The recorded state that outputs contain.
pub(crate) struct RecordedRestores<'a> {
    /// The target of each sync that has restored.
    pub restores: &'a BTreeMap<SyncName, RestoreTarget>,
    pub directories: Vec<RestoredDirectory>,
}

/// Builds the outputs of all syncs; `None` if a task or a resource that it needs does not exist.
/// `attribute` returns an attribute by resource id and name.
pub(crate) fn build_outputs<'a>(
    config: &StackConfig,
    names: &Names,
    restores: RecordedRestores<'_>,
    attribute: impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<Outputs> {
    let of_sync = |sync: &ResolvedSync| {
        let roles = BucketRoles::of_sync(config, &sync.config, names);
        let target = restores.restores.get(&sync.name);
        let mut outputs = sync_outputs(sync, &roles, names, target, &attribute)?;
        outputs.restore_excludes = exclude_restored(&restores.directories, &sync.config);
        Some(outputs)
    };
    let all = config.resolve_syncs().iter().map(of_sync).collect::<Option<Vec<_>>>()?;
    let mut all = all.into_iter();
    let first = all.next()?;
    let restored_directories = restores.directories;
    Some(Outputs { other_syncs: all.collect(), restored_directories, ..first })
}

/// The outputs of one sync. The resources have the ids of the sync `default` in them.
fn sync_outputs<'a>(
    sync: &ResolvedSync,
    roles: &BucketRoles,
    names: &Names,
    restore: Option<&RestoreTarget>,
    attribute: &impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<Outputs> {
    let config = &sync.config;
    let region = config.destination.region.as_deref();
    let ids = SyncIds { sync: &sync.name, region, roles };
    let file_system_id = match &config.file_system {
        FileSystemConfig::New(_) => attribute(FILE_SYSTEM, "id")?.to_owned(),
        FileSystemConfig::Existing(existing) => existing.id.clone(),
    };
    let bucket = config.destination_bucket(names);
    let subnets = |kind: &str| {
        let ids =
            (1..=MAX_ZONES).filter_map(|zone| attribute(&format!("{kind}-subnet-{zone}"), "id"));
        ids.map(str::to_owned).collect()
    };
    let (vpc_id, private_subnet_ids) = match &config.network {
        NetworkConfig::New(_) => (attribute("vpc", "id")?.to_owned(), subnets("private")),
        NetworkConfig::Existing(existing) => (existing.vpc_id.clone(), existing.subnet_ids.clone()),
    };
    Some(Outputs {
        sync: sync.name.clone(),
        destination_region: config.destination.region.clone(),
        destination_account: config.destination.account.clone(),
        other_syncs: Vec::new(),
        task_arn: TaskArn::parse(attribute(&ids.task(), "arn")?).ok()?,
        source_location_arn: attribute(&ids.source_location(), "arn")?.to_owned(),
        destination_location_arn: attribute(&ids.destination_location(), "arn")?.to_owned(),
        file_system_arn: names.file_system_arn(&file_system_id),
        file_system_dns_name: dns_name(names, &file_system_id),
        file_system_id,
        destination_bucket_arn: names.bucket_arn(&bucket),
        destination_bucket: bucket,
        destination_prefix: config.destination.prefix.clone(),
        vpc_id,
        private_subnet_ids,
        public_subnet_ids: subnets("public"),
        instance: instance_outputs(names, attribute),
        role_arns: role_arns(&ids, attribute),
        log_group: log_group_name(config, names),
        versioning_enabled_at: None,
        restore: restore.and_then(|target| restore_outputs(&ids, target, attribute)),
        restore_excludes: Vec::new(),
        restored_directories: Vec::new(),
    })
}

/// The roles that exist, under the ids that those of the sync `default` have.
fn role_arns<'a>(
    ids: &SyncIds<'_>,
    attribute: &impl Fn(&str, &str) -> Option<&'a str>,
) -> BTreeMap<String, String> {
    let of_sync = [
        ("source-role", source_role(ids.sync, ids.roles.file_system_id.is_some())),
        ("destination-role", destination_role(ids.roles)),
    ];
    let shared = SHARED_ROLES.map(|id| (id, id.to_owned()));
    let arn = |(id, of_sync): (&str, String)| {
        Some((id.to_owned(), attribute(&of_sync, "arn")?.to_owned()))
    };
    of_sync.into_iter().chain(shared).filter_map(arn).collect()
}

fn restore_outputs<'a>(
    ids: &SyncIds<'_>,
    target: &RestoreTarget,
    attribute: &impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<RestoreOutputs> {
    Some(RestoreOutputs {
        task_arn: TaskArn::parse(attribute(&ids.restore_task(), "arn")?).ok()?,
        directory: target.directory.clone(),
        role_arn: attribute(&restore_role(ids.roles), "arn")?.to_owned(),
    })
}

/// Sets the time from which the versioning of each destination bucket is known to be enabled. It is
/// kept from the outputs before, of whichever sync they are; otherwise it is now, after the apply
/// that enabled it. For a bucket that the configuration names it is `None`, and versioning counts
/// as old: S3 does not report its age.
pub(crate) fn set_versioning_times(
    outputs: &mut Outputs,
    config: &StackConfig,
    before: Option<&Outputs>,
    now: DateTime<Utc>,
) {
    let time_of = |outputs: &Outputs| {
        let mut known = before.into_iter().flat_map(Outputs::each_sync);
        let same = |before: &&Outputs| before.destination_bucket == outputs.destination_bucket;
        if let Some(before) = known.find(same) {
            return before.versioning_enabled_at;
        }
        let view = config.of_sync(&outputs.sync);
        let is_new = view.is_some_and(|view| view.destination.bucket.is_none());
        is_new.then_some(now)
    };
    outputs.versioning_enabled_at = time_of(outputs);
    for other in &mut outputs.other_syncs {
        other.versioning_enabled_at = time_of(other);
    }
}

fn instance_outputs<'a>(
    names: &Names,
    attribute: &impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<InstanceOutputs> {
    let id = attribute(INSTANCE, "id")?.to_owned();
    let address = |name| attribute(INSTANCE, name).map(str::to_owned);
    let session_command = format!("aws ssm start-session --region {} --target {id}", names.region);
    Some(InstanceOutputs {
        id,
        private_ip: address("private_ip"),
        public_ip: address("public_ip"),
        session_command,
    })
}

/// The DNS name: `fs-….efs.<region>.<DNS suffix of the partition>`.
fn dns_name(names: &Names, file_system_id: &str) -> String {
    format!("{file_system_id}.efs.{}.{}", names.region, names.dns_suffix())
}

#[cfg(test)]
mod tests;
