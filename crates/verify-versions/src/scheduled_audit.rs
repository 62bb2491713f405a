//! The audit that a schedule asks for: what it finds is kept part by part, and told at its end.
//!
//! All that passes from one part to the next lies in one document: a part that is done twice adds
//! to what it began with.

use aws::alert_once::{AlertOnce, Sent};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::config::{PreserveDeletedFiles, StackConfig};
use domain::records::alert::Alert;
use domain::records::audit::{Audit, Fate};
use domain::records::class::Class;
use domain::records::keys;
use domain::request::AuditRequest;
use serde_json::json;

use crate::audit::{Auditor, Expiry};
use crate::handler::{Deployed, HandlerError, Invocation};
use crate::outcome::Outcome;

impl Invocation<'_> {
    pub(crate) fn auditor(&self, deployed: &Deployed) -> Auditor<'_> {
        let bucket = deployed.outputs.destination_bucket.clone();
        let expiry =
            deployed.config.as_ref().map(|config| expiry(config, bucket)).unwrap_or_default();
        Auditor { records: &self.app.records, until: self.until, now: self.now, expiry }
    }

    /// Does a part of it, or all; the answer has what was found so far.
    pub(crate) async fn scheduled_audit(
        &self,
        deployed: &Deployed,
        begun_at: DateTime<Utc>,
    ) -> Result<Outcome, HandlerError> {
        let records = &self.app.records;
        let at = begun_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let before: Option<Audit> = records.read(&keys::scheduled_audit(&at)).await?;
        let audit = match before {
            Some(before) if before.next.is_none() => before,
            before => {
                let after =
                    before.as_ref().and_then(|before| before.next.clone()).unwrap_or_default();
                let part = self
                    .auditor(deployed)
                    .run(&AuditRequest { after, ..AuditRequest::default() })
                    .await?;
                let audit = match before {
                    Some(before) => before.merge_part(part),
                    None => part,
                };
                records.write(&keys::scheduled_audit(&at), &audit).await?;
                audit
            }
        };
        if audit.next.is_some() {
            self.invoke_itself(
                &json!({ "audit": { "begun_at": begun_at } }),
                &deployed.outputs.task_arn,
            )
            .await?;
        } else if let Some(alert) = alert(&self.app.environment.stack_name, &audit) {
            let (claimed_by, now, sns) = (self.request_id, self.now, &self.app.sns);
            let topic_arn = &self.app.environment.alerts_topic_arn;
            let once = AlertOnce { records, sns, topic_arn, claimed_by, now };
            let sent = once.publish(&keys::scheduled_audit_alert(&at), &alert).await?;
            tracing::info!(alerted = sent == Sent::Now, "the audit of {at} has losses");
        }
        Ok(Outcome::Audited { audit })
    }
}

fn expiry(config: &StackConfig, bucket: String) -> Expiry {
    let days = config.destination.noncurrent_version_expiration_days;
    Expiry {
        bucket,
        days,
        deletes: config.task.preserve_deleted_files == PreserveDeletedFiles::Remove,
    }
}

/// What a person has to hear. A delete marker alone hides nothing that could not be had again.
/// Pure.
fn alert(stack: &str, audit: &Audit) -> Option<Alert> {
    if !audit.counts.has_losses() {
        return None;
    }
    let counts = &audit.counts;
    let lost = counts.gone + counts.altered;
    let missed = audit.losses.iter().filter(|loss| loss.fate != Fate::HiddenByDeleteMarker);
    let paths = missed.map(|loss| format!("{}: {}", loss.path, loss.detail)).take(Alert::MAX_PATHS);
    let facts = format!(
        "Of {} proven versions {} are gone, {} altered; {} parts of proofs are not as they were \
            written.",
        counts.versions, counts.gone, counts.altered, counts.broken_parts
    );
    Some(Alert {
        stack: stack.to_owned(),
        what: format!("an audit misses {lost} proven version{}", if lost == 1 { "" } else { "s" }),
        class: Some(Class::Verification),
        facts: vec![facts],
        path_count: lost + counts.broken_parts,
        paths: paths.collect(),
        likely_cause: "object versions or proofs were deleted or written over, by a person or a lifecycle rule: \
                       CloudTrail's data events of both buckets say by whom."
            .to_owned(),
        next_command: "efs-s3 audit".to_owned(),
        ..Alert::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::records::audit::{AuditCounts, Loss};

    #[test]
    fn losses_are_told_and_delete_markers_alone_are_not() {
        let loss = |path: &str, fate, detail: &str| Loss {
            execution: crate::fixtures::execution().arn,
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
        assert_eq!(alert("backup", &audit), None);
        audit.counts.gone = 1;
        audit.losses.push(loss("/c", Fate::Gone, "there is no such version any more"));
        let alert = alert("backup", &audit).unwrap();
        assert_eq!(alert.subject(), "[backup] an audit misses 1 proven version");
        insta::assert_snapshot!(alert.body(), @"
        Stack backup: an audit misses 1 proven version.
        Of 9 proven versions 1 are gone, 0 altered; 0 parts of proofs are not as they were written.

        Paths concerned (1 of 1):
          /c: there is no such version any more

        Likely cause: object versions or proofs were deleted or written over, by a person or a lifecycle rule: CloudTrail's data events of both buckets say by whom.
        Run next:     efs-s3 audit
        Runbook:      docs/OPERATIONS.md#verification
        ");
    }
}
