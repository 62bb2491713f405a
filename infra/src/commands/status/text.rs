//! The text of `status`.

use std::fmt::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::point_in_time::format_time;
use domain::sync_name::SyncName;

use super::sync_status::{ScheduleOverview, SyncStatus};
use super::{Monitoring, StackStatus};
use crate::runs::health::Freshness;
use crate::runs::recorded;
use crate::ui::format::format_age;
use crate::ui::pause;

/// The number of alarms that are named in one line.
const ALARMS_IN_LINE: usize = 3;

pub(super) fn status_text(
    stack: &StackStatus,
    status: &SyncStatus,
    now: DateTime<Utc>,
) -> Result<String> {
    let mut text = format!("stack         {}\n", stack.stack);
    if !status.argument.is_empty() {
        writeln!(text, "sync          {}", status.sync)?;
    }
    write_task(&mut text, status, now)?;
    if let Some(freshness) = &status.freshness {
        writeln!(text, "fresh         {}", freshness_text(freshness, &status.argument, now))?;
    }
    write_monitoring(&mut text, &stack.monitoring)?;
    write_sweep(&mut text, status.swept_at, status.task.is_some(), now)?;
    if status.runs.is_empty() {
        writeln!(text, "executions    none yet")?;
        return Ok(text);
    }
    text.push('\n');
    text.push_str(&recorded::runs_table(&status.runs, false, now)?);
    Ok(text)
}

/// Writes the schedules, the task and its current execution.
fn write_task(text: &mut String, status: &SyncStatus, now: DateTime<Utc>) -> Result<()> {
    match &status.schedule {
        Some(schedule) => {
            writeln!(text, "schedule      {}", schedule_text(schedule, &status.argument, now))?
        }
        None => writeln!(text, "schedule      none; run `efs-s3 deploy`")?,
    }
    if let Some(full) = &status.full_verification {
        writeln!(text, "verification  full: {}", schedule_text(full, &status.argument, now))?;
    }
    match &status.task {
        Some(task) => writeln!(text, "task          {} ({})", task.status, task.arn)?,
        None => writeln!(text, "task          none; run `efs-s3 deploy`")?,
    }
    if let Some(run) = &status.under_way {
        writeln!(text, "current       {}", run.to_text())?;
    }
    if let Some(restore) = &status.restore_under_way {
        let (id, state) = (&restore.execution, restore.to_text());
        writeln!(text, "restore       {state}; `efs-s3 wait {id}` follows it")?;
    }
    Ok(())
}

/// Writes the alarms, the dead letters and the removed syncs.
pub(super) fn write_monitoring(text: &mut String, monitoring: &Monitoring) -> Result<()> {
    if let Some(off) = &monitoring.alarms {
        writeln!(text, "alarms        {}", alarms_text(off))?;
    }
    match monitoring.dead_letters {
        None => {}
        Some(0) => writeln!(text, "dead letters  0")?,
        Some(count) => writeln!(text, "dead letters  {count}; `efs-s3 failures` lists them")?,
    }
    for advice in &monitoring.split_advice {
        writeln!(text, "near limit    {}: {}", advice.what, advice.next)?;
    }
    let removed: Vec<&str> = monitoring.removed_syncs.iter().map(SyncName::as_str).collect();
    if !removed.is_empty() {
        let removed = removed.join(", ");
        writeln!(text, "removed       {removed}; `efs-s3 deploy` deletes what is deployed of it")?;
    }
    Ok(())
}

pub(super) fn write_sweep(
    text: &mut String,
    swept_at: Option<DateTime<Utc>>,
    is_deployed: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    match swept_at {
        Some(at) => writeln!(text, "last sweep    {}", format_age(now - at))?,
        None if is_deployed => {
            writeln!(text, "last sweep    none yet; the sweep runs every 5 minutes")?
        }
        None => {}
    }
    Ok(())
}

fn alarms_text(off: &[String]) -> String {
    match off {
        [] => "none in alarm".to_owned(),
        off if off.len() <= ALARMS_IN_LINE => {
            format!("IN ALARM: {}; see docs/OPERATIONS.md#alarms", off.join(", "))
        }
        off => {
            let each: String = off.iter().map(|alarm| format!("\n              {alarm}")).collect();
            format!("{} IN ALARM; see docs/OPERATIONS.md#alarms{each}", off.len())
        }
    }
}

fn schedule_text(schedule: &ScheduleOverview, argument: &str, now: DateTime<Utc>) -> String {
    let expression = &schedule.expression;
    match (&schedule.paused, schedule.enabled, schedule.next_run) {
        (Some(pause), false, _) => {
            let details = pause::details_text(pause);
            format!(
                "{expression}, paused {}{details}; `efs-s3 resume{argument}` enables it again",
                format_age(now - pause.since)
            )
        }
        (_, false, _) => format!("{expression}, disabled"),
        (_, true, Some(next)) => {
            format!("{expression}, next run at {}", format_time(next))
        }
        (_, true, None) => format!("{expression}, not run yet"),
    }
}

fn freshness_text(freshness: &Freshness, argument: &str, now: DateTime<Utc>) -> String {
    let Freshness { last_proven, within_hours, late } = freshness;
    let proven = last_proven.map_or("no execution is proven".to_owned(), |ended| {
        format!("the last proven execution ended {}", format_age(now - ended))
    });
    match within_hours {
        Some(hours) if *late => {
            let start = format!("`efs-s3 sync{argument} --wait` starts one");
            format!("NO: {proven}, and the limit is {hours} h; {start}")
        }
        Some(hours) => format!("yes: {proven}, and the limit is {hours} h"),
        None => format!("{proven}; there is no limit, see schedule.fresh_within_hours"),
    }
}

#[cfg(test)]
mod tests;
