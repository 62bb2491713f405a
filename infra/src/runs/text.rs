//! Run records and proofs as text.

use domain::printable::escape_unprintable;
use domain::records::proof::{Proof, Verdict};
use domain::records::run::{RunOutcome, RunRecord};

use crate::ui::format::{format_bytes, format_duration};

/// The number of findings that are printed; all are in the proof.
const SHOWN_FINDINGS: usize = 10;

/// The warning about a filtered execution without files.
pub(crate) const NOTHING_MATCHED: &str = "  warning: no file at the source matched the filters; a \
    pattern begins with `/` and names the path below the source directory\n";
const PARTIAL: &str = "  PARTIAL: a filter or a list of files limited this execution; it renews \
    neither the freshness of the copy nor the baseline\n";

/// Returns the outcome of an execution with its counts and the error of DataSync.
pub(crate) fn run_text(run: &RunRecord) -> String {
    let counters = &run.counters;
    let mut text = format!(
        "{} {}: {} files transferred ({}), {} verified, {} deleted, {} skipped or unchanged, in \
            {}\n",
        run.execution.id(),
        outcome_word(run.outcome),
        counters.files_transferred,
        format_bytes(counters.bytes_transferred),
        counters.files_verified,
        counters.files_deleted,
        counters.files_skipped,
        format_duration(run.durations.total_ms),
    );
    if run.part {
        text.push_str(PARTIAL);
    }
    for error in [&run.error_code, &run.error_detail].into_iter().flatten() {
        text.extend(["  ", &escape_unprintable(error), "\n"]);
    }
    text
}

pub(crate) fn proof_text(proof: &Proof) -> String {
    let mut text = verdict_line(proof);
    for finding in proof.findings.iter().take(SHOWN_FINDINGS) {
        let note = path_note(&finding.path, &finding.detail);
        text.extend(["  ", &note, "\n"]);
    }
    for warning in proof.warnings.iter().take(SHOWN_FINDINGS) {
        let note = path_note(&warning.path, &warning.detail);
        text.extend(["  (", &note, ")\n"]);
    }
    let hidden = proof.counts.findings.saturating_sub(SHOWN_FINDINGS as u64);
    if hidden > 0 {
        text.extend(["  and ", &hidden.to_string(), " more; `--output json` has them\n"]);
    }
    text
}

fn verdict_line(proof: &Proof) -> String {
    let counts = &proof.counts;
    let size = format_bytes(i64::try_from(counts.proven_bytes).unwrap_or(i64::MAX));
    format!(
        "{}: {} of {} object versions proven in s3://{} ({size})\n",
        verdict_word(proof.verdict),
        counts.proven,
        counts.transferred,
        proof.bucket
    )
}

fn path_note(path: &str, detail: &str) -> String {
    format!("{}: {}", escape_unprintable(path), escape_unprintable(detail))
}

pub(crate) fn outcome_word(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "succeeded",
        RunOutcome::Failed => "failed",
        RunOutcome::Cancelled => "cancelled",
    }
}

/// Returns the verdict of a restore.
pub(crate) fn restore_word(is_complete: bool) -> &'static str {
    if is_complete { "RESTORED" } else { "NOT COMPLETE" }
}

pub(crate) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "VERIFIED",
        Verdict::VerifiedWithWarnings => "VERIFIED_WITH_WARNINGS",
        Verdict::Mismatch => "MISMATCH",
        Verdict::Incomplete => "INCOMPLETE",
    }
}
