//! The result of a deploy as text.

use domain::config::{ScheduleConfig, StackConfig};
use domain::records::outputs::Outputs;

use super::{DeploySummary, add_counts};
use crate::cli::Global;
use crate::context::StackContext;

/// Returns the id of the file system and, in the local cloud, the directory of its files.
pub(super) fn file_system(global: &Global, outputs: &Outputs) -> String {
    let id = &outputs.file_system_id;
    if global.local {
        format!("{id}, files in {}/", global.local_dir.join("efs").join(id).display())
    } else {
        id.clone()
    }
}

pub(super) fn done_text(deployed: &DeploySummary, seconds: f64) -> String {
    let all = add_counts(deployed.control_plane, deployed.data_plane);
    match all.add + all.change + all.destroy {
        0 => "No changes: the stack is up to date.\n".to_owned(),
        _ => format!(
            "Deployed: {} added, {} changed, {} destroyed, in {seconds:.1} s.\n",
            all.add, all.change, all.destroy
        ),
    }
}

pub(super) fn deploy_text(
    context: &StackContext,
    deployed: &DeploySummary,
    file_system: &str,
) -> String {
    let outputs = &deployed.outputs;
    let (lines, next) = match outputs.other_syncs[..] {
        [] => (one_sync_text(&context.config, outputs, file_system), "sync --wait"),
        _ => (several_syncs_text(&context.config, outputs, file_system), "sync --all --wait"),
    };
    format!(
        "{lines}  records      s3://{}/\nAll outputs: efs-s3 outputs\nNext: efs-s3 {next}\n",
        context.records.name()
    )
}

fn one_sync_text(config: &StackConfig, outputs: &Outputs, file_system: &str) -> String {
    let schedule = config.of_sync(&outputs.sync).map(|config| config.schedule);
    format!(
        "  task         {}\n  file system  {file_system}\n  destination  {}\n  schedule     {}\n",
        outputs.task_arn,
        destination_text(outputs),
        schedule.as_ref().map(schedule_text).unwrap_or_default(),
    )
}

/// Returns a line for each sync: its name, destination and schedule.
fn several_syncs_text(config: &StackConfig, outputs: &Outputs, file_system: &str) -> String {
    let width = outputs.each_sync().map(|of| of.sync.as_str().len()).max().unwrap_or_default();
    let line = |of: &Outputs| {
        let schedule = config.of_sync(&of.sync).map(|config| config.schedule);
        let schedule = schedule.as_ref().map(schedule_text).unwrap_or_default();
        format!("  {:width$}  {}, {schedule}\n", of.sync.as_str(), destination_text(of))
    };
    let lines: String = outputs.each_sync().map(line).collect();
    format!("{lines}  file system  {file_system}\n")
}

fn destination_text(outputs: &Outputs) -> String {
    format!("s3://{}/{}", outputs.destination_bucket, outputs.destination_prefix)
}

fn schedule_text(schedule: &ScheduleConfig) -> String {
    let disabled = if schedule.enabled { "" } else { " (disabled)" };
    format!("{}{disabled}", schedule.expression)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::deployed_syncs::tests::{config_of_syncs, deployed};

    fn outputs_of(sync: &str) -> Outputs {
        let sync = domain::sync_name::SyncName::parse(sync).unwrap();
        let all = deployed(&[sync.as_str()]);
        let task = all.task(&sync).unwrap();
        let outputs = serde_json::json!({
            "sync": sync, "task_arn": task, "source_location_arn": "", "file_system_id": "fs-1",
            "destination_location_arn": "", "file_system_arn": "", "instance": null,
            "destination_bucket": "data", "destination_prefix": format!("{sync}/"),
            "log_group": "",
        });
        serde_json::from_value(outputs).unwrap()
    }

    #[test]
    fn each_sync_has_its_destination_and_its_schedule() {
        let mut config = config_of_syncs(&["home", "documents"]);
        config.syncs[1].schedule.enabled = false;
        let (home, documents) = (outputs_of("home"), outputs_of("documents"));
        let both = Outputs { other_syncs: vec![documents], ..home.clone() };
        let texts =
            [one_sync_text(&config, &home, "fs-1"), several_syncs_text(&config, &both, "fs-1")];
        insta::assert_snapshot!(texts.join("\n"), @r"
        task         arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b094500
        file system  fs-1
        destination  s3://data/home/
        schedule     rate(1 hour)

        home       s3://data/home/, rate(1 hour)
        documents  s3://data/documents/, rate(1 hour) (disabled)
        file system  fs-1
        ");
    }
}
