//! `run`: everything on record about one run.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use aws::executions;
use chrono::{DateTime, Utc};
use domain::console;
use domain::execution::is_terminal;
use domain::names::Names;
use domain::records::alert::{Alert, AlertReceipt};
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::{Filters, RunRecord};
use domain::request::named_execution;
use serde::Serialize;

use super::deployed;
use crate::access::Access;
use crate::advice::Advise;
use crate::cli::Global;
use crate::place::Place;
use crate::runs::StartedBy;
use crate::{follow, output};

#[derive(Debug, Serialize)]
struct Shown {
    run: RunRecord,
    /// Absent until the versions are proven.
    proof: Option<Proof>,
    /// The alert about it, and when it was sent.
    alert: Option<AlertReceipt>,
}

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

pub(super) async fn run(global: &Global, execution: &str) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let execution = named_execution(&deployed(&place).await?.task_arn, execution)?;
    let id = execution.id();
    let Some(run) = place.records.read::<RunRecord>(&keys::run_record(id)).await? else {
        let known = executions::describe(&place.aws.datasync, &execution).await;
        return Err(match known {
            Ok(known) if is_terminal(&known.status) => {
                anyhow!("{id} has ended as {} and is not on record yet", known.status)
            }
            Ok(known) => {
                anyhow!("{id} is {} and will be on record when it has ended", known.status)
            }
            Err(_) => anyhow!("there is no run {id}, neither on record nor with DataSync"),
        })
        .advise("`efs-s3 runs` shows those on record, `efs-s3 status` the one under way");
    };
    let proof = place.records.read(&keys::proof_document(id)).await?;
    let receipts = [keys::run_alert(id), keys::stuck_alert(id)];
    let mut alert = None;
    for key in receipts {
        alert = alert.or(place.records.read::<AlertReceipt>(&key).await?);
    }
    let shown = Shown { run, proof, alert };
    output::data(global.output, &shown, text(place.names(), &shown)?)?;
    Ok(ExitCode::SUCCESS)
}

fn text(names: &Names, shown: &Shown) -> Result<String> {
    let Shown { run, proof, alert } = shown;
    let mut text = follow::run_text(run);
    let slot = run.slot.as_ref().map(|slot| format!(", slot {slot}")).unwrap_or_default();
    writeln!(text, "  started   {} by {}{slot}", at(run.started_at), StartedBy::of(run).word())?;
    writeln!(text, "  ended     {}", at(run.ended_at))?;
    let phases = &run.durations;
    writeln!(
        text,
        "  phases    prepared in {}, transferred in {}, verified in {}",
        follow::took(phases.prepare_ms),
        follow::took(phases.transfer_ms),
        follow::took(phases.verify_ms)
    )?;
    if let Some(rate) = run.bytes_per_second {
        writeln!(text, "  rate      {}/s", follow::bytes(rate))?;
    }
    filters(&mut text, &run.filters)?;
    if let Some(first) = &run.retry_of {
        writeln!(text, "  retry of  {first}")?;
    }
    if let Some(class) = run.class {
        writeln!(text, "  class     {}: see {}", class.as_str(), class.runbook())?;
    }
    for problem in &run.problems.first {
        writeln!(text, "  problem   {problem}")?;
    }
    let hidden = run.problems.count.saturating_sub(run.problems.first.len() as u64);
    if hidden > 0 {
        writeln!(text, "            and {hidden} more; the task report has them")?;
    }
    match proof {
        Some(proof) => text.push_str(&follow::proof_text(proof)),
        None => text.push_str("No version of it is proven; `efs-s3 verify` asks for a proof.\n"),
    }
    if let Some(receipt) = alert {
        told(&mut text, receipt)?;
    }
    writeln!(text, "Console: {}", console::execution_page(names, &run.execution))?;
    Ok(text)
}

fn filters(text: &mut String, filters: &Filters) -> Result<()> {
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

fn told(text: &mut String, receipt: &AlertReceipt) -> Result<()> {
    let Alert { what, likely_cause, fix, next_command, .. } = &receipt.alert;
    match receipt.sent_at {
        Some(sent) => writeln!(text, "Told at {}: {what}.", at(Some(sent)))?,
        None => writeln!(text, "Not told yet: {what}.")?,
    }
    writeln!(text, "  cause     {likely_cause}")?;
    if !fix.is_empty() {
        writeln!(text, "  fix       {fix}")?;
    }
    writeln!(text, "  next      {next_command}")?;
    Ok(())
}

fn at(time: Option<DateTime<Utc>>) -> String {
    time.map_or("-".to_owned(), |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_with_all_that_is_on_record() {
        let shown = |value: serde_json::Value| Shown {
            run: serde_json::from_value(value["run"].clone()).unwrap(),
            proof: None,
            alert: serde_json::from_value(value["alert"].clone()).unwrap(),
        };
        let failed = shown(json!({
            "run": {
                "execution": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
                "outcome": "failed", "class": "permission", "recorded_at": "2026-11-23T10:05:00Z",
                "started_at": "2026-11-23T10:00:00Z", "ended_at": "2026-11-23T10:04:00Z",
                "slot": "schedule-2026-11-23T10:00:00Z", "filters": {"includes": "/a|/b*"},
                "counters": {"files_to_transfer": 3, "bytes_to_transfer": 10, "files_transferred": 1, "bytes_transferred": 4,
                    "bytes_written": 4, "files_verified": 0, "files_deleted": 0, "files_skipped": 2},
                "durations": {"prepare_ms": 1_500, "transfer_ms": 61_000, "verify_ms": 0, "total_ms": 240_000},
                "bytes_per_second": 2048, "error_code": "AccessDenied", "error_detail": "denied",
                "problems": {"count": 2, "first": ["/a/x: permission denied"]},
            },
            "alert": {
                "claimed_by": "r1", "claimed_at": "2026-11-23T10:05:00Z", "sent_at": "2026-11-23T10:05:01Z",
                "alert": {"stack": "backup", "what": "the run failed: access was denied", "facts": [], "path_count": 0,
                    "paths": [], "likely_cause": "a role refuses.", "fix": "deploy.", "next_command": "efs-s3 drift"},
            },
        }));
        let names = Names::new("backup", "111122223333", "eu-central-1");
        insta::assert_snapshot!(text(&names, &failed).unwrap(), @"
        exec-0fcddf3728817690d failed: 1 files transferred (4 B), 0 verified, 0 deleted, 2 skipped or unchanged, in 4 min 0 s
          AccessDenied
          denied
          started   2026-11-23 10:00:00 UTC by schedule, slot schedule-2026-11-23T10:00:00Z
          ended     2026-11-23 10:04:00 UTC
          phases    prepared in 1.5 s, transferred in 1 min 1 s, verified in 0.0 s
          rate      2.0 KiB/s
          includes  /a|/b*
          class     permission: see docs/OPERATIONS.md#permission
          problem   /a/x: permission denied
                    and 1 more; the task report has them
        No version of it is proven; `efs-s3 verify` asks for a proof.
        Told at 2026-11-23 10:05:01 UTC: the run failed: access was denied.
          cause     a role refuses.
          fix       deploy.
          next      efs-s3 drift
        Console: https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
        ");
    }
}
