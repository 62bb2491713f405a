//! `run`: shows everything recorded about one execution.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use aws::executions;
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::console;
use domain::execution::is_terminal;
use domain::names::Names;
use domain::point_in_time::format_time;
use domain::records::alert::{Alert, AlertReceipt};
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::{FileProblems, Filters, RunRecord};
use serde::Serialize;

use crate::access::Access;
use crate::cli::Global;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::find_execution::find_execution;
use crate::runs::recorded::StartedBy;
use crate::runs::restores::{read_restore, restore_text};
use crate::runs::text::{proof_text, run_text};
use crate::ui::format::{format_bytes, format_duration};
use crate::ui::output;

#[derive(Debug, Serialize)]
struct RunView {
    run: RunRecord,
    /// The proof; absent until the versions are proven.
    proof: Option<Proof>,
    /// The alert about the execution, and the time it was sent.
    alert: Option<AlertReceipt>,
}

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

pub(super) async fn run(global: &Global, execution: &str) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let execution = find_execution(&context, &outputs, execution).await?;
    let id = execution.id();
    if let Some(restore) = read_restore(&context, &keys::restore_run(id)).await? {
        output::print_data(global.output, &restore.record, restore_text(&restore))?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(run) = context.records.read::<RunRecord>(&keys::run_record(id)).await? else {
        return Err(why_not_recorded(&context, &execution).await).with_hint(
            "`efs-s3 runs` lists the recorded executions, `efs-s3 status` shows the current one",
        );
    };
    let proof = context.records.read(&keys::proof_document(id)).await?;
    let receipts = [keys::run_alert(id), keys::stuck_alert(id)];
    let mut alert = None;
    for key in receipts {
        alert = alert.or(context.records.read::<AlertReceipt>(&key).await?);
    }
    let shown = RunView { run, proof, alert };
    output::print_data(global.output, &shown, run_view_text(context.names(), &shown)?)?;
    Ok(ExitCode::SUCCESS)
}

async fn why_not_recorded(context: &StackContext, execution: &ExecutionArn) -> anyhow::Error {
    let id = execution.id();
    match executions::describe(&context.aws.datasync, execution).await {
        Ok(known) if is_terminal(&known.status) => {
            anyhow!("{id} has ended with {} and is not recorded yet", known.status)
        }
        Ok(known) => {
            anyhow!("{id} is {} and will be recorded when it has ended", known.status)
        }
        Err(_) => anyhow!("there is no execution {id}, neither recorded nor in DataSync"),
    }
}

fn run_view_text(names: &Names, shown: &RunView) -> Result<String> {
    let RunView { run, proof, alert } = shown;
    let mut text = run_text(run);
    write_details(&mut text, run)?;
    match proof {
        Some(proof) => text.push_str(&proof_text(proof)),
        None => text.push_str("No version is proven; `efs-s3 verify` verifies them.\n"),
    }
    if let Some(receipt) = alert {
        write_alert(&mut text, receipt)?;
    }
    writeln!(text, "Console: {}", console::execution_page(names, &run.execution))?;
    Ok(text)
}

fn write_details(text: &mut String, run: &RunRecord) -> Result<()> {
    if !run.sync.is_default() {
        writeln!(text, "  sync      {}", run.sync)?;
    }
    write_times(text, run)?;
    if let Some(rate) = run.bytes_per_second {
        writeln!(text, "  rate      {}/s", format_bytes(rate))?;
    }
    write_filters(text, &run.filters)?;
    if let Some(first) = &run.retry_of {
        writeln!(text, "  retry of  {first}")?;
    }
    if let Some(class) = run.class {
        writeln!(text, "  class     {}: see {}", class.as_str(), class.runbook())?;
    }
    write_problems(text, &run.problems)
}

/// Writes start, end and the durations of the phases.
fn write_times(text: &mut String, run: &RunRecord) -> Result<()> {
    let slot = run.slot.as_ref().map(|slot| format!(", slot {slot}")).unwrap_or_default();
    writeln!(
        text,
        "  started   {} by {}{slot}",
        time_text(run.started_at),
        StartedBy::from_record(run).as_str()
    )?;
    writeln!(text, "  ended     {}", time_text(run.ended_at))?;
    let phases = &run.durations;
    writeln!(
        text,
        "  phases    prepared in {}, transferred in {}, verified in {}",
        format_duration(phases.prepare_ms),
        format_duration(phases.transfer_ms),
        format_duration(phases.verify_ms)
    )?;
    Ok(())
}

fn write_problems(text: &mut String, problems: &FileProblems) -> Result<()> {
    for problem in &problems.first {
        writeln!(text, "  problem   {problem}")?;
    }
    let hidden = problems.count.saturating_sub(problems.first.len() as u64);
    if hidden > 0 {
        writeln!(text, "            and {hidden} more; the task report has them")?;
    }
    Ok(())
}

fn write_filters(text: &mut String, filters: &Filters) -> Result<()> {
    let all = [
        ("includes", &filters.includes),
        ("excludes", &filters.excludes),
        ("manifest", &filters.manifest),
    ];
    for (what, value) in all {
        if let Some(value) = value {
            writeln!(text, "  {what:<8}  {value}")?;
        }
    }
    Ok(())
}

fn write_alert(text: &mut String, receipt: &AlertReceipt) -> Result<()> {
    let Alert { what, likely_cause, fix, next_command, .. } = &receipt.alert;
    match receipt.sent_at {
        Some(sent) => writeln!(text, "Alert sent at {}: {what}.", time_text(Some(sent)))?,
        None => writeln!(text, "Alert not sent yet: {what}.")?,
    }
    writeln!(text, "  cause     {likely_cause}")?;
    if !fix.is_empty() {
        writeln!(text, "  fix       {fix}")?;
    }
    writeln!(text, "  next      {next_command}")?;
    Ok(())
}

fn time_text(time: Option<DateTime<Utc>>) -> String {
    time.map_or("-".to_owned(), format_time)
}

#[cfg(test)]
mod tests;
