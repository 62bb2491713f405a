//! The outputs of the data plane, from the existing resources. Pure.

use chrono::{DateTime, Utc};
use domain::arn::TaskArn;
use domain::config::{FileSystemConfig, NetworkConfig, StackConfig};
use domain::names::Names;
use domain::records::outputs::{InstanceOutputs, Outputs, RestoreOutputs};
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;

use crate::graph::{
    DESTINATION_LOCATION, FILE_SYSTEM, INSTANCE, MAX_ZONES, RESTORE_ROLE, RESTORE_TASK,
    SOURCE_LOCATION, TASK, log_group_name,
};

const ROLES: [&str; 5] =
    ["source-role", "destination-role", "report-role", "flow-log-role", "instance-role"];

/// Builds the outputs; `None` if the task or a resource that it needs does not exist. `attribute`
/// returns an attribute by resource id and name.
pub(crate) fn build_outputs<'a>(
    config: &StackConfig,
    names: &Names,
    restore: Option<&RestoreTarget>,
    attribute: impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<Outputs> {
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
    let role = |id: &&str| Some(((*id).to_owned(), attribute(id, "arn")?.to_owned()));
    Some(Outputs {
        sync: SyncName::default(),
        destination_region: config.destination.region.clone(),
        destination_account: config.destination.account.clone(),
        other_syncs: Vec::new(),
        task_arn: TaskArn::parse(attribute(TASK, "arn")?).ok()?,
        source_location_arn: attribute(SOURCE_LOCATION, "arn")?.to_owned(),
        destination_location_arn: attribute(DESTINATION_LOCATION, "arn")?.to_owned(),
        file_system_arn: names.file_system_arn(&file_system_id),
        file_system_dns_name: dns_name(names, &file_system_id),
        file_system_id,
        destination_bucket_arn: names.bucket_arn(&bucket),
        destination_bucket: bucket,
        destination_prefix: config.destination.prefix.clone(),
        vpc_id,
        private_subnet_ids,
        public_subnet_ids: subnets("public"),
        instance: instance_outputs(names, &attribute),
        role_arns: ROLES.iter().filter_map(role).collect(),
        log_group: log_group_name(config, names),
        versioning_enabled_at: None,
        restore: restore.and_then(|target| {
            Some(RestoreOutputs {
                task_arn: TaskArn::parse(attribute(RESTORE_TASK, "arn")?).ok()?,
                directory: target.directory.clone(),
                role_arn: attribute(RESTORE_ROLE, "arn")?.to_owned(),
            })
        }),
    })
}

/// The time from which the versioning of the destination bucket is known to be enabled. It is kept
/// from the outputs before; otherwise it is now, after the apply that enabled it. For a bucket that
/// the configuration names it is `None`, and versioning counts as old: S3 does not report its age.
pub(crate) fn versioning_enabled_at(
    config: &StackConfig,
    bucket: &str,
    before: Option<&Outputs>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match before.filter(|before| before.destination_bucket == bucket) {
        Some(before) => before.versioning_enabled_at,
        None => config.destination.bucket.is_none().then_some(now),
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
