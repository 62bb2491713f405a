//! What the data plane offers, from what exists. Pure.

use pipeline::arn::TaskArn;
use pipeline::config::StackConfig;
use pipeline::names::Names;
use pipeline::records::outputs::Outputs;

use crate::graph::{DESTINATION_LOCATION, FILE_SYSTEM, SOURCE_LOCATION, TASK};

/// `None` when the task or what it stands on does not exist. `attribute` answers by resource id and attribute.
pub(crate) fn outputs<'a>(
    config: &StackConfig,
    names: &Names,
    attribute: impl Fn(&str, &str) -> Option<&'a str>,
) -> Option<Outputs> {
    Some(Outputs {
        task_arn: TaskArn::parse(attribute(TASK, "arn")?).ok()?,
        source_location_arn: attribute(SOURCE_LOCATION, "arn")?.to_owned(),
        destination_location_arn: attribute(DESTINATION_LOCATION, "arn")?.to_owned(),
        file_system_id: attribute(FILE_SYSTEM, "id")?.to_owned(),
        file_system_arn: attribute(FILE_SYSTEM, "arn")?.to_owned(),
        destination_bucket: names.destination_bucket(),
        destination_prefix: config.destination.prefix.clone(),
        log_group: names.task_log_group(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{config, names};

    const TASK_ARN: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

    fn existing(id: &str, name: &str) -> Option<&'static str> {
        match (id, name) {
            (TASK, "arn") => Some(TASK_ARN),
            (SOURCE_LOCATION, "arn") => Some("arn:source"),
            (DESTINATION_LOCATION, "arn") => Some("arn:destination"),
            (FILE_SYSTEM, "id") => Some("fs-1"),
            (FILE_SYSTEM, "arn") => Some("arn:fs-1"),
            _ => None,
        }
    }

    #[test]
    fn a_whole_data_plane_has_outputs() {
        let outputs = outputs(&config(), &names(), existing).unwrap();
        insta::assert_json_snapshot!(outputs, @r#"
        {
          "task_arn": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b",
          "source_location_arn": "arn:source",
          "destination_location_arn": "arn:destination",
          "file_system_id": "fs-1",
          "file_system_arn": "arn:fs-1",
          "destination_bucket": "backup-data-111122223333-eu-central-1",
          "destination_prefix": "files/",
          "log_group": "/efs-s3/backup/datasync"
        }
        "#);
    }

    #[test]
    fn without_any_part_there_are_none() {
        for missing in [TASK, SOURCE_LOCATION, DESTINATION_LOCATION, FILE_SYSTEM] {
            let partial = |id: &str, name: &str| existing(id, name).filter(|_| id != missing);
            assert_eq!(outputs(&config(), &names(), partial), None, "{missing}");
        }
    }
}
