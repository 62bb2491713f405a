//! The text of `status` for several syncs: a table with one row for each, at most 100 columns wide.

use std::fmt::Write;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::records::run::RunOutcome;

use super::StackStatus;
use super::sync_status::{ScheduleOverview, SyncStatus};
use super::text::{write_monitoring, write_sweep};
use crate::runs::health::Freshness;
use crate::runs::recorded::{RecordedRun, RunKind};
use crate::runs::text::{outcome_word, verdict_word};
use crate::ui::format::format_age;

const HEADING: [&str; 5] = ["sync", "schedule", "next (UTC)", "proven copy", "last execution"];
/// The widest cell of each column. With two spaces between them, a line has 100 columns.
const WIDTHS: [usize; 5] = [20, 18, 11, 18, 25];

pub(super) fn status_table(status: &StackStatus, now: DateTime<Utc>) -> Result<String> {
    let mut text = format!("stack         {}: {}\n\n", status.stack, counts_text(&status.syncs));
    let rows: Vec<[String; 5]> = status.syncs.iter().map(|sync| row_cells(sync, now)).collect();
    let widths = column_widths(&rows);
    writeln!(text, "{}", row_line(&HEADING.map(str::to_owned), widths))?;
    for (row, sync) in rows.iter().zip(&status.syncs) {
        writeln!(text, "{}", row_line(row, widths))?;
        if let Some(current) = &sync.under_way {
            writeln!(text, "  {}", current.to_text())?;
        }
        if let Some(restore) = &sync.restore_under_way {
            writeln!(text, "  restore {}", restore.to_text())?;
        }
    }
    text.push('\n');
    write_monitoring(&mut text, &status.monitoring)?;
    let deployed = status.syncs.iter().filter(|sync| sync.task.is_some());
    let oldest = deployed.clone().map(|sync| sync.swept_at).min().flatten();
    write_sweep(&mut text, oldest, deployed.count() > 0, now)?;
    text.push_str(
        "\n`efs-s3 status --sync NAME` shows one sync in full, `efs-s3 runs` the executions.\n",
    );
    Ok(text)
}

/// `3 syncs, 1 stale, 1 paused, 1 running`
fn counts_text(syncs: &[SyncStatus]) -> String {
    let count = |is: &dyn Fn(&SyncStatus) -> bool| syncs.iter().filter(|sync| is(sync)).count();
    let counts = [
        (count(&is_stale), "stale"),
        (count(&|sync| sync.schedule.as_ref().is_some_and(is_paused)), "paused"),
        (count(&|sync| sync.under_way.is_some()), "running"),
        (count(&|sync| sync.task.is_none()), "not deployed"),
    ];
    let all = format!("{} sync{}", syncs.len(), if syncs.len() == 1 { "" } else { "s" });
    let some = counts.iter().filter(|(count, _)| *count > 0);
    [all]
        .into_iter()
        .chain(some.map(|(count, what)| format!("{count} {what}")))
        .collect::<Vec<_>>()
        .join(", ")
}

fn is_stale(sync: &SyncStatus) -> bool {
    sync.freshness.as_ref().is_some_and(|freshness| freshness.late)
}

fn is_paused(schedule: &ScheduleOverview) -> bool {
    schedule.paused.is_some() && !schedule.enabled
}

fn row_cells(status: &SyncStatus, now: DateTime<Utc>) -> [String; 5] {
    [
        status.sync.to_string(),
        schedule_cell(status),
        next_cell(status.schedule.as_ref()),
        status.freshness.as_ref().map_or("-".to_owned(), |freshness| copy_cell(freshness, now)),
        status.runs.first().map_or("none yet".to_owned(), last_cell),
    ]
    .map(|cell| if cell.is_empty() { "-".to_owned() } else { cell })
}

fn schedule_cell(status: &SyncStatus) -> String {
    match &status.schedule {
        _ if status.task.is_none() => "not deployed".to_owned(),
        None => "none".to_owned(),
        Some(schedule) if is_paused(schedule) => "paused".to_owned(),
        Some(schedule) if !schedule.enabled => "disabled".to_owned(),
        Some(schedule) => schedule.expression.clone(),
    }
}

fn next_cell(schedule: Option<&ScheduleOverview>) -> String {
    let next = schedule.and_then(|schedule| schedule.next_run);
    next.map_or("-".to_owned(), |next| next.format("%m-%d %H:%M").to_string())
}

/// Returns the age of the newest proven copy, and its freshness where there is a limit.
fn copy_cell(freshness: &Freshness, now: DateTime<Utc>) -> String {
    let Freshness { last_proven, within_hours, late } = freshness;
    let age = last_proven.map(|ended| format_age(now - ended).trim_end_matches(" ago").to_owned());
    match (within_hours, age) {
        (None, age) => age.unwrap_or_default(),
        (Some(_), Some(age)) => format!("{} {age}", if *late { "STALE" } else { "FRESH" }),
        (Some(hours), None) => format!("STALE over {hours} h"),
    }
}

fn last_cell(run: &RecordedRun) -> String {
    let Some(result) = run.outcome else { return "running".to_owned() };
    let outcome = outcome_word(result);
    match (result, run.verdict, run.class) {
        (RunOutcome::Succeeded, Some(verdict), None) if run.kind == RunKind::Partial => {
            format!("PARTIAL, {}", verdict_word(verdict))
        }
        (RunOutcome::Succeeded, Some(verdict), None) => verdict_word(verdict).to_owned(),
        (RunOutcome::Succeeded, None, None) => format!("{outcome}, not proven"),
        (_, _, Some(class)) => format!("{outcome}, {}", class.as_str()),
        (_, _, None) => outcome.to_owned(),
    }
}

fn column_widths(rows: &[[String; 5]]) -> [usize; 5] {
    std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        let widest = cells.max().unwrap_or(0).min(WIDTHS[column]);
        widest.max(HEADING[column].len())
    })
}

fn row_line(cells: &[String; 5], widths: [usize; 5]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| pad_or_cut(cell, width));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn pad_or_cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return format!("{cell:<width$}");
    }
    cell.chars().take(width - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
