//! An execution followed to its verdict, and how runs and proofs are worded.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws::executions;
use chrono::TimeDelta;
use domain::arn::ExecutionArn;
use domain::execution::{Execution, is_terminal};
use domain::function::FunctionName;
use domain::printable::escape_unprintable;
use domain::records::keys;
use domain::records::proof::{Proof, Verdict};
use domain::records::run::{RunOutcome, RunRecord};
use domain::request::{CompleteRequest, VerifyRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::access::Access;
use crate::pace::Pace;
use crate::place::Place;
use crate::{invoke, output};

pub(crate) const ACCESS: Access =
    Access { stack: &["datasync:DescribeTaskExecution"], ..Access::NONE };

/// How often AWS is asked; its states last seconds to hours.
const PAUSE_ON_AWS: Duration = Duration::from_secs(5);
const PAUSE_LOCALLY: Duration = Duration::from_millis(300);
/// Events are delivered at least once as a rule and not at all at times. After this long we ask the
/// function ourselves.
const PATIENCE_ON_AWS: Duration = Duration::from_secs(150);
const PATIENCE_LOCALLY: Duration = Duration::from_secs(15);
/// From the end of an execution to its record: events, a wait for the report. To the proof of a
/// small one as well.
const BOUND_OF_RECORDS: Duration = Duration::from_secs(15 * 60);
/// Beyond that a proof gets a second for so many files: a third of what S3 bears of one prefix.
const PROVEN_A_SECOND: u64 = 1_500;
/// How many findings are printed; all are in the proof.
const SHOWN_FINDINGS: usize = 10;

/// An execution at its end.
#[derive(Debug, Serialize)]
pub(crate) struct Ended {
    pub run: RunRecord,
    /// Absent when the run failed without a report to prove anything by.
    pub proof: Option<Proof>,
}

pub(crate) async fn to_the_verdict(place: &Place, execution: &ExecutionArn) -> Result<Ended> {
    to_the_end(place, execution).await?;
    let id = execution.id();
    let complete = CompleteRequest { execution: id.to_owned() };
    let record = keys::run_record(id);
    let run: RunRecord =
        awaited(place, &record, FunctionName::OnExecutionComplete, &complete, BOUND_OF_RECORDS)
            .await?;
    let provable = run.report_status.as_deref() == Some("SUCCESS");
    let proof = match (run.outcome, provable) {
        (RunOutcome::Succeeded, _) | (_, true) => {
            output::progress("proving every version …");
            let verify = VerifyRequest::new(id);
            let files = u64::try_from(run.counters.files_transferred).unwrap_or(0);
            let bound = BOUND_OF_RECORDS + Duration::from_secs(files / PROVEN_A_SECOND);
            Some(
                awaited(
                    place,
                    &keys::proof_document(id),
                    FunctionName::VerifyVersions,
                    &verify,
                    bound,
                )
                .await?,
            )
        }
        _ => None,
    };
    Ok(Ended { run, proof })
}

/// Shows how far it comes, and gives it back once it is over.
pub(crate) async fn to_the_end(place: &Place, execution: &ExecutionArn) -> Result<Execution> {
    let pause = if place.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
    let (begun, mut pace, mut last_state) = (Instant::now(), Pace::default(), String::new());
    loop {
        let now = executions::describe(&place.aws.datasync, execution).await;
        let now = now.with_context(|| format!("describing {}", execution.id()))?;
        show(&now, &pace.text(begun.elapsed(), &now.counters), &mut last_state);
        if is_terminal(&now.status) {
            output::end_passing();
            return Ok(now);
        }
        sleep(pause).await;
    }
}

/// On a terminal one line that moves; elsewhere a line a state.
fn show(now: &Execution, pace: &str, last_state: &mut String) {
    let counters = &now.counters;
    let line = format!(
        "  {:<12} {} of {} files, {} of {}{pace}",
        now.status,
        counters.files_transferred,
        counters.files_to_transfer,
        bytes(counters.bytes_transferred),
        bytes(counters.bytes_to_transfer)
    );
    if std::io::stderr().is_terminal() && !is_terminal(&now.status) {
        output::passing(&line);
    } else if *last_state != now.status {
        output::end_passing();
        output::progress(line);
    }
    last_state.clone_from(&now.status);
}

/// A document that a function writes when its event comes, or when we ask for it because none came.
async fn awaited<T: DeserializeOwned>(
    place: &Place,
    key: &str,
    function: FunctionName,
    request: &impl Serialize,
    bound: Duration,
) -> Result<T> {
    let (pause, patience) = if place.local {
        (PAUSE_LOCALLY, PATIENCE_LOCALLY)
    } else {
        (PAUSE_ON_AWS, PATIENCE_ON_AWS)
    };
    let begun = Instant::now();
    let mut asked = false;
    while begun.elapsed() < bound {
        if let Some(document) = place.records.read(key).await? {
            return Ok(document);
        }
        if !asked && begun.elapsed() >= patience {
            asked = true;
            output::progress(format!("no event has woken {function}; asking it directly …"));
            let _: serde_json::Value = invoke::invoke(place, function, request).await?;
        } else {
            sleep(pause).await;
        }
    }
    bail!(
        "`{key}` was not written within {} minutes; look into the logs of {function}",
        bound.as_secs() / 60
    )
}

pub(crate) fn text(ended: &Ended) -> String {
    let mut text = run_text(&ended.run);
    if let Some(class) = ended.run.class {
        text.extend(["  ", class.as_str(), ": see ", &class.runbook(), "\n"]);
    }
    match &ended.proof {
        Some(proof) => text.push_str(&proof_text(proof)),
        None => text.push_str("There is no complete report, so no version is proven.\n"),
    }
    text
}

/// How a run ended, with its counts and DataSync's words.
pub(crate) fn run_text(run: &RunRecord) -> String {
    let counters = &run.counters;
    let mut text = format!(
        "{} {}: {} files transferred ({}), {} verified, {} deleted, {} skipped or unchanged, in \
            {}\n",
        run.execution.id(),
        outcome_word(run.outcome),
        counters.files_transferred,
        bytes(counters.bytes_transferred),
        counters.files_verified,
        counters.files_deleted,
        counters.files_skipped,
        took(run.durations.total_ms),
    );
    for said in [&run.error_code, &run.error_detail].into_iter().flatten() {
        text.extend(["  ", &escape_unprintable(said), "\n"]);
    }
    text
}

pub(crate) fn proof_text(proof: &Proof) -> String {
    let counts = &proof.counts;
    let size = bytes(i64::try_from(counts.proven_bytes).unwrap_or(i64::MAX));
    let mut text = format!(
        "{}: {} of {} object versions proven in s3://{} ({size})\n",
        verdict_word(proof.verdict),
        counts.proven,
        counts.transferred,
        proof.bucket
    );
    for finding in proof.findings.iter().take(SHOWN_FINDINGS) {
        text.extend([
            "  ",
            &escape_unprintable(&finding.path),
            ": ",
            &escape_unprintable(&finding.detail),
            "\n",
        ]);
    }
    for warning in proof.warnings.iter().take(SHOWN_FINDINGS) {
        text.extend([
            "  (",
            &escape_unprintable(&warning.path),
            ": ",
            &escape_unprintable(&warning.detail),
            ")\n",
        ]);
    }
    let hidden = counts.findings.saturating_sub(SHOWN_FINDINGS as u64);
    if hidden > 0 {
        text.extend(["  and ", &hidden.to_string(), " more; `--output json` has them\n"]);
    }
    text
}

pub(crate) fn outcome_word(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "succeeded",
        RunOutcome::Failed => "failed",
        RunOutcome::Cancelled => "cancelled",
    }
}

pub(crate) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "VERIFIED",
        Verdict::VerifiedWithWarnings => "VERIFIED_WITH_WARNINGS",
        Verdict::Mismatch => "MISMATCH",
        Verdict::Incomplete => "INCOMPLETE",
    }
}

/// `64.0 MiB`
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
pub(crate) fn bytes(count: i64) -> String {
    let mut size = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "B" { format!("{size:.0} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

/// `0.4 s`, `2 min 5 s`, `1 h 35 min`
pub(crate) fn took(milliseconds: i64) -> String {
    let seconds = milliseconds / 1_000;
    match (seconds / 3_600, seconds / 60) {
        (0, 0) => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {} min", minutes % 60),
    }
}

/// `1 h 35 min ago`
pub(crate) fn ago(elapsed: TimeDelta) -> String {
    match (elapsed.num_days(), elapsed.num_hours(), elapsed.num_minutes()) {
        (0, 0, 0) => format!("{} s ago", elapsed.num_seconds().max(0)),
        (0, 0, minutes) => format!("{minutes} min ago"),
        (0, hours, minutes) => format!("{hours} h {} min ago", minutes % 60),
        (days, hours, _) => format!("{days} d {} h ago", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_worded_for_people() {
        assert_eq!(
            [0, 1023, 1024, 67_108_864].map(bytes),
            ["0 B", "1023 B", "1.0 KiB", "64.0 MiB"]
        );
        assert_eq!([430, 61_000, 5_700_000].map(took), ["0.4 s", "1 min 1 s", "1 h 35 min"]);
        let words = [5, 65, 5_700, 100_000].map(|seconds| ago(TimeDelta::seconds(seconds)));
        assert_eq!(words, ["5 s ago", "1 min ago", "1 h 35 min ago", "1 d 3 h ago"]);
    }
}
