//! `deploy`: the control plane, then through it the data plane, then the rule on the data plane's task.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use bootstrap_stack::Outcome;
use pipeline::function::Function;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use pipeline::request::{BootstrapAction, BootstrapRequest};
use serde::Serialize;
use stack::apply::apply;
use stack::plan::Counts;

use super::{desired_control_plane, outputs};
use crate::cli::Global;
use crate::place::Place;
use crate::progress::Lines;
use crate::{invoke, output};

/// What a deploy did.
#[derive(Debug, Serialize)]
struct Deployed {
    control_plane: Counts,
    data_plane: Counts,
    outputs: Outputs,
}

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let begun = Instant::now();
    let place = Place::find(global).await?;
    let before = outputs(&place).await?;
    output::progress("control plane");
    let mut control_plane = make_control_plane(&place, before.as_ref()).await?;
    place.records.write(keys::CONFIG, &place.config).await?;

    output::progress("data plane, by bootstrap-stack");
    let request = BootstrapRequest { action: BootstrapAction::Apply, delete_data: false };
    let outcome = invoke::invoke(&place, Function::BootstrapStack, &request).await?;
    let Outcome::Applied { counts: data_plane, outputs, log } = outcome else {
        bail!("bootstrap-stack answered another request: {outcome:?}");
    };
    log.iter().for_each(|line| output::progress(format!("  {line}")));

    if before.is_none_or(|before| before.task_arn != outputs.task_arn) {
        output::progress("the rule on the task");
        let rule = make_control_plane(&place, Some(&outputs)).await?;
        control_plane = sum(control_plane, rule);
    }
    let all = sum(control_plane, data_plane);
    let text = text(&place, &outputs, &file_system(global, &outputs), all, begun.elapsed().as_secs_f64());
    output::data(global.output, &Deployed { control_plane, data_plane, outputs }, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn make_control_plane(place: &Place, outputs: Option<&Outputs>) -> Result<Counts> {
    let graph = desired_control_plane(place, outputs)?;
    Ok(apply(&place.aws, &graph, &Lines, None).await?.plan.counts())
}

fn sum(left: Counts, right: Counts) -> Counts {
    Counts { add: left.add + right.add, change: left.change + right.change, destroy: left.destroy + right.destroy }
}

/// The file system's id, and locally where its files go.
fn file_system(global: &Global, outputs: &Outputs) -> String {
    let id = &outputs.file_system_id;
    if global.local {
        format!("{id}, its files in {}/", global.local_dir.join("efs").join(id).display())
    } else {
        id.clone()
    }
}

fn text(place: &Place, outputs: &Outputs, file_system: &str, all: Counts, seconds: f64) -> String {
    let done = match all.add + all.change + all.destroy {
        0 => "No changes: everything is as it should be.".to_owned(),
        _ => format!(
            "Deployed: {} added, {} changed, {} destroyed, in {seconds:.1} s.",
            all.add, all.change, all.destroy
        ),
    };
    let flag = if place.local { " --local" } else { "" };
    format!(
        "{done}\n  task         {}\n  file system  {}\n  destination  s3://{}/{}\n  records      s3://{}/\n  schedule     {}{}\nNext: efs-s3{flag} sync --wait\n",
        outputs.task_arn,
        file_system,
        outputs.destination_bucket,
        outputs.destination_prefix,
        place.records.name(),
        place.config.schedule.expression,
        if place.config.schedule.enabled { "" } else { " (disabled)" },
    )
}
