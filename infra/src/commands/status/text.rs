//! The text of `status`.

use std::fmt::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::{ScheduleOverview, StackStatus};
use crate::runs::health::Freshness;
use crate::runs::recorded;
use crate::ui::format::format_age;
use crate::ui::pause;

pub(super) fn status_text(status: &StackStatus, now: DateTime<Utc>) -> Result<String> {
    let mut text = format!("stack         {}\n", status.stack);
    write_task(&mut text, status, now)?;
    if let Some(freshness) = &status.freshness {
        writeln!(text, "fresh         {}", freshness_text(freshness, now))?;
    }
    write_monitoring(&mut text, status, now)?;
    if status.runs.is_empty() {
        writeln!(text, "executions    none yet")?;
        return Ok(text);
    }
    text.push('\n');
    text.push_str(&recorded::runs_table(&status.runs, now)?);
    Ok(text)
}

/// Writes the schedules, the task and its current execution.
fn write_task(text: &mut String, status: &StackStatus, now: DateTime<Utc>) -> Result<()> {
    match &status.schedule {
        Some(schedule) => writeln!(text, "schedule      {}", schedule_text(schedule, now))?,
        None => writeln!(text, "schedule      none; run `efs-s3 deploy`")?,
    }
    if let Some(full) = &status.full_verification {
        writeln!(text, "verification  full: {}", schedule_text(full, now))?;
    }
    match &status.task {
        Some(task) => writeln!(text, "task          {} ({})", task.status, task.arn)?,
        None => writeln!(text, "task          none; run `efs-s3 deploy`")?,
    }
    if let Some(run) = &status.under_way {
        let (done, all) = (run.files_transferred, run.files_to_transfer);
        writeln!(text, "current       {}, {}, {done} of {all} files", run.execution, run.status)?;
    }
    Ok(())
}

/// Writes the alarms, the dead letters and the last sweep.
fn write_monitoring(text: &mut String, status: &StackStatus, now: DateTime<Utc>) -> Result<()> {
    if let Some(off) = &status.alarms {
        writeln!(text, "alarms        {}", alarms_text(off))?;
    }
    match status.dead_letters {
        None => {}
        Some(0) => writeln!(text, "dead letters  0")?,
        Some(count) => writeln!(text, "dead letters  {count}; `efs-s3 failures` lists them")?,
    }
    match status.swept_at {
        Some(at) => writeln!(text, "last sweep    {}", format_age(now - at))?,
        None if status.task.is_some() => {
            writeln!(text, "last sweep    none yet; the sweep runs every 5 minutes")?
        }
        None => {}
    }
    Ok(())
}

fn alarms_text(off: &[String]) -> String {
    match off {
        [] => "none in alarm".to_owned(),
        off => format!("IN ALARM: {}; see docs/OPERATIONS.md#alarms", off.join(", ")),
    }
}

fn schedule_text(schedule: &ScheduleOverview, now: DateTime<Utc>) -> String {
    let expression = &schedule.expression;
    match (&schedule.paused, schedule.enabled, schedule.next_run) {
        (Some(pause), false, _) => {
            let reason = pause::reason_text(pause);
            format!(
                "{expression}, paused {}{reason}; `efs-s3 resume` enables it again",
                format_age(now - pause.since)
            )
        }
        (_, false, _) => format!("{expression}, disabled"),
        (_, true, Some(next)) => {
            format!("{expression}, next run at {}", next.format("%Y-%m-%d %H:%M UTC"))
        }
        (_, true, None) => format!("{expression}, not run yet"),
    }
}

fn freshness_text(freshness: &Freshness, now: DateTime<Utc>) -> String {
    let Freshness { last_proven, within_hours, late } = freshness;
    let proven = last_proven.map_or("no execution is proven".to_owned(), |ended| {
        format!("the last proven execution ended {}", format_age(now - ended))
    });
    match within_hours {
        Some(hours) if *late => {
            format!("NO: {proven}, and the limit is {hours} h; `efs-s3 sync --wait` starts one")
        }
        Some(hours) => format!("yes: {proven}, and the limit is {hours} h"),
        None => format!("{proven}; there is no limit, see schedule.fresh_within_hours"),
    }
}

#[cfg(test)]
mod tests;
