//! The result of a deploy as text.

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
    let flag = if context.local { " --local" } else { "" };
    format!(
        "  task         {}\n  file system  {}\n  destination  s3://{}/{}\n  \
            records      s3://{}/\n  schedule     {}{}\nAll outputs: efs-s3{flag} outputs\n\
            Next: efs-s3{flag} sync --wait\n",
        outputs.task_arn,
        file_system,
        outputs.destination_bucket,
        outputs.destination_prefix,
        context.records.name(),
        context.config.schedule.expression,
        if context.config.schedule.enabled { "" } else { " (disabled)" },
    )
}
