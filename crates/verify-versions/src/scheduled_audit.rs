//! The audit of a schedule: its result is stored part by part, and alerted at its end.
//!
//! All that passes from one part to the next lies in one document: a part that is done twice adds
//! to the same document.

use aws::alert_once::Sent;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::config::PreserveDeletedFiles;
use domain::records::alert::Alert;
use domain::records::audit::{Audit, AuditCounts, Fate};
use domain::records::class::Class;
use domain::records::keys;
use domain::request::AuditRequest;
use serde_json::json;

use crate::audit::{Auditor, VersionExpiry};
use crate::deployed_stack::{DeployedStack, SyncScope};
use crate::destination_bucket::BucketAccess;
use crate::error::VerifyError;
use crate::invocation::VerifyInvocation;
use crate::invoke_self::invoke_self;
use crate::outcome::VerifyOutcome;

pub(crate) fn auditor<'a>(invocation: &VerifyInvocation<'a>, stack: &DeployedStack) -> Auditor<'a> {
    let VerifyInvocation { app, until, now, .. } = *invocation;
    let expiries = stack.each_sync().filter_map(|sync| version_expiry(&sync)).collect();
    let buckets = stack.outputs.each_sync().map(BucketAccess::from).collect();
    Auditor { records: &app.records, until, now, expiries, buckets }
}

/// Does a part of the audit, or all; returns the result so far.
pub(crate) async fn run_part(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    begun_at: DateTime<Utc>,
) -> Result<VerifyOutcome, VerifyError> {
    let started_at = begun_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let audit = continue_audit(invocation, stack, &keys::scheduled_audit(&started_at)).await?;
    if audit.next.is_some() {
        let payload = json!({ "audit": { "begun_at": begun_at } });
        invoke_self(invocation, &payload, &stack.outputs.task_arn).await?;
    } else if let Some(alert) = alert_for_losses(&invocation.app.environment.stack_name, &audit) {
        let key = keys::scheduled_audit_alert(&started_at);
        let sent = invocation.alert_sender().publish(&key, &alert).await?;
        tracing::info!(alerted = sent == Sent::Now, "the audit of {started_at} has losses");
    }
    Ok(VerifyOutcome::Audited { audit })
}

/// Adds the next part to the stored result, unless it is complete.
async fn continue_audit(
    invocation: &VerifyInvocation<'_>,
    stack: &DeployedStack,
    key: &str,
) -> Result<Audit, VerifyError> {
    let records = &invocation.app.records;
    let stored: Option<Audit> = records.read(key).await?;
    let after = match &stored {
        Some(complete) if complete.next.is_none() => return Ok(complete.clone()),
        stored => stored.as_ref().and_then(|stored| stored.next.clone()).unwrap_or_default(),
    };
    let request = AuditRequest { after, ..AuditRequest::default() };
    let part = auditor(invocation, stack).run(&request).await?;
    let audit = match stored {
        Some(stored) => stored.merge_part(part),
        None => part,
    };
    records.write(key, &audit).await?;
    Ok(audit)
}

fn version_expiry(sync: &SyncScope) -> Option<VersionExpiry> {
    let config = sync.config.as_ref()?;
    Some(VersionExpiry {
        sync: sync.outputs.sync.clone(),
        bucket: sync.outputs.destination_bucket.clone(),
        days: config.destination.noncurrent_version_expiration_days,
        deletes: config.task.preserve_deleted_files == PreserveDeletedFiles::Remove,
    })
}

/// Returns the alert of an audit with losses. A delete marker alone is no loss: its object can be
/// restored. Pure.
fn alert_for_losses(stack: &str, audit: &Audit) -> Option<Alert> {
    if !audit.counts.has_losses() {
        return None;
    }
    let counts = &audit.counts;
    let lost = counts.gone + counts.altered;
    let losses = audit.losses.iter().filter(|loss| loss.fate != Fate::HiddenByDeleteMarker);
    let paths = losses.map(|loss| format!("{}: {}", loss.path, loss.detail)).take(Alert::MAX_PATHS);
    Some(Alert {
        stack: stack.to_owned(),
        what: format!("an audit misses {lost} proven version{}", if lost == 1 { "" } else { "s" }),
        class: Some(Class::Verification),
        facts: vec![describe_counts(counts)],
        path_count: lost + counts.broken_parts,
        paths: paths.collect(),
        likely_cause: LOSS_CAUSE.to_owned(),
        next_command: "efs-s3 audit".to_owned(),
        ..Alert::default()
    })
}

const LOSS_CAUSE: &str = "object versions or proofs were deleted or overwritten, by a person or a \
    lifecycle rule: CloudTrail's data events of both buckets show by whom.";

fn describe_counts(counts: &AuditCounts) -> String {
    let lost = format!(
        "Of {} proven versions {} are gone, {} altered; {} parts of proofs are not as they were \
            written.",
        counts.versions, counts.gone, counts.altered, counts.broken_parts
    );
    match counts.unreachable {
        0 => lost,
        proofs => format!(
            "{lost} {proofs} proofs are about buckets of no sync, which can't be read any more."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::records::audit::Loss;

    #[test]
    fn losses_alert_and_delete_markers_alone_do_not() {
        let loss = |path: &str, fate, detail: &str| Loss {
            execution: crate::testing::fixtures::successful_execution().arn,
            path: path.into(),
            version_id: "v".into(),
            fate,
            detail: detail.into(),
        };
        let mut audit = Audit {
            audited_at: DateTime::UNIX_EPOCH,
            prefix: "/".into(),
            counts: AuditCounts { versions: 9, hidden: 1, ..AuditCounts::default() },
            losses: vec![loss(
                "/b",
                Fate::HiddenByDeleteMarker,
                "a delete marker lies on top of it",
            )],
            next: None,
        };
        assert_eq!(alert_for_losses("backup", &audit), None);
        audit.counts.gone = 1;
        audit.losses.push(loss("/c", Fate::Gone, "there is no such version any more"));
        let alert = alert_for_losses("backup", &audit).unwrap();
        assert_eq!(alert.subject(), "[backup] an audit misses 1 proven version");
        insta::assert_snapshot!(alert.body(), @"
        Stack backup: an audit misses 1 proven version.
        Of 9 proven versions 1 are gone, 0 altered; 0 parts of proofs are not as they were written.

        Paths concerned (1 of 1):
          /c: there is no such version any more

        Likely cause: object versions or proofs were deleted or overwritten, by a person or a lifecycle rule: CloudTrail's data events of both buckets show by whom.
        Run next:     efs-s3 audit
        Runbook:      docs/OPERATIONS.md#verification
        ");
    }
}
