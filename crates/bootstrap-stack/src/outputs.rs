//! What the data plane offers, from what exists. Pure.

use chrono::{DateTime, Utc};
use domain::arn::TaskArn;
use domain::config::{FileSystemConfig, NetworkConfig, StackConfig};
use domain::names::Names;
use domain::records::outputs::{InstanceOutputs, Outputs, RestoreOutputs};
use domain::records::restore::RestoreTarget;

use crate::graph::{
    DESTINATION_LOCATION, FILE_SYSTEM, INSTANCE, MOST_ZONES, RESTORE_ROLE, RESTORE_TASK,
    SOURCE_LOCATION, TASK, log_group_name,
};

const ROLES: [&str; 5] =
    ["source-role", "destination-role", "report-role", "flow-log-role", "instance-role"];

/// `None` when the task or what it stands on does not exist. `attribute` answers by resource id and
/// attribute.
pub(crate) fn outputs<'a>(
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
            (1..=MOST_ZONES).filter_map(|zone| attribute(&format!("{kind}-subnet-{zone}"), "id"));
        ids.map(str::to_owned).collect()
    };
    let (vpc_id, private_subnet_ids) = match &config.network {
        NetworkConfig::New(_) => (attribute("vpc", "id")?.to_owned(), subnets("private")),
        NetworkConfig::Existing(existing) => (existing.vpc_id.clone(), existing.subnet_ids.clone()),
    };
    let role = |id: &&str| Some(((*id).to_owned(), attribute(id, "arn")?.to_owned()));
    Some(Outputs {
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
        instance: instance(names, &attribute),
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

/// The first time that the versioning of the destination bucket was known to be on: kept from the
/// outputs before, else now, after the apply that enabled it. Of a bucket that the configuration
/// brings it is taken to be long ago: S3 does not tell its age.
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

fn instance<'a>(
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

/// `fs-….efs.<region>.<DNS suffix of the partition>`.
fn dns_name(names: &Names, file_system_id: &str) -> String {
    format!("{file_system_id}.efs.{}.{}", names.region, names.dns_suffix())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{config, configured, names};

    const TASK_ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

    fn existing(id: &str, name: &str) -> Option<&'static str> {
        match (id, name) {
            (TASK, "arn") => Some(TASK_ARN),
            (SOURCE_LOCATION, "arn") => Some("arn:source"),
            (DESTINATION_LOCATION, "arn") => Some("arn:destination"),
            (FILE_SYSTEM, "id") => Some("fs-1"),
            ("vpc", "id") => Some("vpc-1"),
            ("private-subnet-1", "id") => Some("subnet-1"),
            ("public-subnet-1", "id") => Some("subnet-2"),
            (INSTANCE, "id") => Some("i-1"),
            (INSTANCE, "private_ip") => Some("10.42.128.4"),
            ("source-role", "arn") => Some("arn:source-role"),
            _ => None,
        }
    }

    #[test]
    fn a_whole_data_plane_has_outputs() {
        let outputs = outputs(&config(), &names(), None, existing).unwrap();
        insta::assert_json_snapshot!(outputs, @r#"
        {
          "task_arn": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b",
          "source_location_arn": "arn:source",
          "destination_location_arn": "arn:destination",
          "file_system_id": "fs-1",
          "file_system_arn": "arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/fs-1",
          "file_system_dns_name": "fs-1.efs.eu-central-1.amazonaws.com",
          "destination_bucket": "backup-data-111122223333-eu-central-1",
          "destination_bucket_arn": "arn:aws:s3:::backup-data-111122223333-eu-central-1",
          "destination_prefix": "files/",
          "vpc_id": "vpc-1",
          "private_subnet_ids": [
            "subnet-1"
          ],
          "public_subnet_ids": [
            "subnet-2"
          ],
          "instance": {
            "id": "i-1",
            "private_ip": "10.42.128.4",
            "public_ip": null,
            "session_command": "aws ssm start-session --region eu-central-1 --target i-1"
          },
          "role_arns": {
            "source-role": "arn:source-role"
          },
          "log_group": "/efs-s3/backup/datasync"
        }
        "#);
    }

    #[test]
    fn what_the_configuration_brings_is_named_too() {
        let brought = configured(
            "[network]\nvpc_id = \"vpc-0123456789abcdef0\"\nsubnet_ids = [\"subnet-0123456789abcdef0\"]\n\
             [file_system]\nid = \"fs-0123456789abcdef0\"\nsecurity_group_ids = \
             [\"sg-0123456789abcdef0\"]",
        );
        let outputs = outputs(&brought, &names(), None, existing).unwrap();
        assert_eq!(outputs.vpc_id, "vpc-0123456789abcdef0");
        assert_eq!(outputs.private_subnet_ids, ["subnet-0123456789abcdef0"]);
        assert_eq!(
            outputs.file_system_dns_name,
            "fs-0123456789abcdef0.efs.eu-central-1.amazonaws.com"
        );
    }

    #[test]
    fn the_age_of_versioning_is_kept_and_begins_with_a_bucket_of_ours() {
        let (first, later) =
            (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1));
        let ours = "backup-data-111122223333-eu-central-1";
        assert_eq!(versioning_enabled_at(&config(), ours, None, first), Some(first));
        let mut before = outputs(&config(), &names(), None, existing).unwrap();
        assert_eq!(
            versioning_enabled_at(&config(), ours, Some(&before), later),
            None,
            "of an earlier release: old"
        );
        before.versioning_enabled_at = Some(first);
        assert_eq!(versioning_enabled_at(&config(), ours, Some(&before), later), Some(first));
        assert_eq!(versioning_enabled_at(&config(), "another", Some(&before), later), Some(later));
        let mut brought = config();
        brought.destination.bucket = Some("theirs".to_owned());
        assert_eq!(versioning_enabled_at(&brought, "theirs", None, later), None);
    }

    #[test]
    fn without_any_part_there_are_none() {
        for missing in [TASK, SOURCE_LOCATION, DESTINATION_LOCATION, FILE_SYSTEM] {
            let partial = |id: &str, name: &str| existing(id, name).filter(|_| id != missing);
            assert_eq!(outputs(&config(), &names(), None, partial), None, "{missing}");
        }
    }
}
