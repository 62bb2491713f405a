//! The alert that a proof calls for. Pure, and from the proof alone: a repeat after a crash finds
//! the same alert.

use domain::records::alert::Alert;
use domain::records::class::Class;
use domain::records::proof::{Defect, Finding, Proof, Verdict};

/// Returns the alert; `None` when everything is proven, and when the execution failed: then
/// on-execution-complete alone alerts, with the files that the report names, so that one execution
/// causes one alert. The proof keeps its findings either way.
pub(crate) fn alert_for_proof(stack: &str, proof: &Proof) -> Option<Alert> {
    if proof.execution_failed {
        return None;
    }
    let what = describe_verdict(proof)?;
    let describe = |found: &Finding| format!("{}: {}", found.path, found.defect.as_text());
    let id = proof.execution.id();
    Some(Alert {
        stack: stack.to_owned(),
        what,
        class: Some(Class::Verification),
        execution: Some(id.to_owned()),
        facts: describe_facts(proof),
        path_count: proof.counts.findings,
        paths: proof.findings.iter().take(Alert::MAX_PATHS).map(describe).collect(),
        likely_cause: find_likely_cause(proof).to_owned(),
        next_command: format!("efs-s3 verify {id}"),
        ..Alert::default()
    })
}

/// Describes a verdict with findings.
fn describe_verdict(proof: &Proof) -> Option<String> {
    let defects = match proof.counts.findings {
        1 => "1 defect".to_owned(),
        n => format!("{n} defects"),
    };
    match proof.verdict {
        Verdict::Verified | Verdict::VerifiedWithWarnings => None,
        Verdict::Mismatch => Some(format!("verification found {defects}")),
        Verdict::Incomplete => Some(format!("verification is incomplete, with {defects}")),
    }
}

fn describe_facts(proof: &Proof) -> Vec<String> {
    let counts = proof.counts;
    let mut facts = vec![format!(
        "Of {} transferred items {} are proven, in bucket {}.",
        counts.transferred, counts.proven, proof.bucket
    )];
    facts.extend(
        proof
            .findings
            .first()
            .map(|first| format!("First finding: {}: {}.", first.path, first.detail)),
    );
    facts
}

/// The causes of defects, the most likely explanation first.
const CAUSES: [(Defect, &str); 12] = [
    (
        Defect::ReportMissing,
        "DataSync could not write its report, or part of it was removed: check the report role \
            and the records bucket.",
    ),
    (
        Defect::CountDiffers,
        "a part of the task report was removed or never written: check the records bucket.",
    ),
    (
        Defect::ForeignReport,
        "a file lies among the report's parts that belongs to another execution: find out who \
            writes to the records bucket.",
    ),
    (
        Defect::Duplicated,
        "a part of the task report was copied or written twice: check the records bucket.",
    ),
    (
        Defect::VerificationMissing,
        "a part of the Verified report was removed or never written: check the records bucket.",
    ),
    (
        Defect::VersionMissing,
        "object versions were deleted after the transfer, by a person or a lifecycle rule.",
    ),
    (
        Defect::ChecksumDiffers,
        "files changed while they were copied, or content was damaged; the next execution copies \
            them again.",
    ),
    (
        Defect::SizeDiffers,
        "files changed while they were copied; the next execution copies them again.",
    ),
    (
        Defect::MetadataDiffers,
        "files changed while they were copied, or the objects were written by something else than \
            DataSync.",
    ),
    (
        Defect::NoVersionId,
        "versioning of the bucket is off, or the task's report leaves version ids out: run \
            `efs-s3 deploy`.",
    ),
    (
        Defect::NotVerified,
        "DataSync could not compare these files: they changed or vanished meanwhile, or the \
            execution was cancelled.",
    ),
    (
        Defect::TransferFailed,
        "DataSync could not copy these files: permissions, a vanished file, or a path too \
            long for an S3 key (1,024 bytes).",
    ),
];

fn find_likely_cause(proof: &Proof) -> &'static str {
    let found = |defect| proof.findings.iter().any(|finding| finding.defect == defect);
    CAUSES.iter().find(|(defect, _)| found(*defect)).map_or("not known.", |(_, words)| *words)
}

#[cfg(test)]
mod tests;
