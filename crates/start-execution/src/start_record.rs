//! The record of a slot in the records bucket: claimed once, then completed or skipped.

use aws::records_bucket::{RecordsBucket, RecordsError, Replaced, WriteOnce};
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::records::start::StartRecord;

/// Claims the slot; returns its record and whether this call has written it.
pub(crate) async fn claim(
    records: &RecordsBucket,
    ours: StartRecord,
) -> Result<(StartRecord, bool), StartRecordError> {
    let key = keys::start_record(&ours.slot);
    match records.write_once(&key, &ours).await? {
        WriteOnce::Written => Ok((ours, true)),
        // An earlier invocation may have started an execution.
        WriteOnce::WrittenBefore => Ok((ours, false)),
        WriteOnce::AlreadyThere => {
            let contended = || StartRecordError::Contended { slot: ours.slot.clone() };
            Ok((records.read(&key).await?.ok_or_else(contended)?, false))
        }
    }
}

/// Renews a claim, so that a third invocation finds the slot in progress. If two invocations renew
/// the same claim, one succeeds.
pub(crate) async fn renew_claim(
    records: &RecordsBucket,
    record: StartRecord,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<StartRecord, StartRecordError> {
    let key = keys::start_record(&record.slot);
    let contended = || StartRecordError::Contended { slot: record.slot.clone() };
    let found =
        records.read_marked::<StartRecord>(&key).await?.filter(|found| found.document == record);
    let found = found.ok_or_else(contended)?;
    let claimed_by = request_id.to_owned();
    let renewed = StartRecord { claimed_by, claimed_at: now, waiting: false, ..record.clone() };
    match records.replace(&key, &found, &renewed).await? {
        Replaced::Yes => Ok(renewed),
        Replaced::ChangedMeanwhile => Err(contended()),
    }
}

/// Completes the record with an execution that was started for another reason.
pub(crate) async fn adopt(
    records: &RecordsBucket,
    record: StartRecord,
    execution: &ExecutionArn,
) -> Result<StartRecord, StartRecordError> {
    write_record(
        records,
        StartRecord { execution: Some(execution.clone()), adopted: true, ..record },
    )
    .await
}

/// Ends the slot without an execution, because the task is unavailable.
pub(crate) async fn give_up(
    records: &RecordsBucket,
    record: StartRecord,
    reason: &str,
) -> Result<StartRecord, StartRecordError> {
    write_record(records, StartRecord { unavailable: Some(reason.to_owned()), ..record }).await
}

/// Completes the record with the execution of the slot.
pub(crate) async fn complete(
    records: &RecordsBucket,
    record: StartRecord,
    execution: &ExecutionArn,
) -> Result<StartRecord, StartRecordError> {
    write_record(records, StartRecord { execution: Some(execution.clone()), ..record }).await
}

/// Ends the slot without an execution, because one is running.
pub(crate) async fn skip(
    records: &RecordsBucket,
    record: StartRecord,
    running: Option<ExecutionArn>,
) -> Result<StartRecord, StartRecordError> {
    write_record(records, StartRecord { skipped: true, running, ..record }).await
}

/// Leaves the slot to a sweep, which starts its execution after the running one, or once there is
/// a place for it.
pub(crate) async fn wait(
    records: &RecordsBucket,
    record: StartRecord,
    running: Option<ExecutionArn>,
) -> Result<StartRecord, StartRecordError> {
    write_record(records, StartRecord { waiting: true, running, ..record }).await
}

async fn write_record(
    records: &RecordsBucket,
    record: StartRecord,
) -> Result<StartRecord, StartRecordError> {
    records.write(&keys::start_record(&record.slot), &record).await?;
    Ok(record)
}

/// The reason for which a record could not be written.
#[derive(Debug, thiserror::Error)]
pub enum StartRecordError {
    /// S3 also reports a conflict while another conditional write is in progress; then there may
    /// be no record yet.
    #[error(
        "claiming the slot `{slot}`: another write of its record was in progress; invoke the \
            function with the same event again"
    )]
    Contended { slot: String },
    #[error(transparent)]
    Records(#[from] RecordsError),
}

#[cfg(test)]
mod tests {
    use aws_fakes::FakeBucket;

    use super::*;

    #[tokio::test]
    async fn of_two_that_renew_an_abandoned_claim_one_succeeds() {
        let records = RecordsBucket::new(FakeBucket::default().client(&[]), "records");
        let now = DateTime::UNIX_EPOCH;
        let (abandoned, _) =
            claim(&records, StartRecord::new_claim("manual-1", "first", now)).await.unwrap();
        let renewed = renew_claim(&records, abandoned.clone(), "second", now).await.unwrap();
        assert_eq!(renewed.claimed_by, "second");
        let late = renew_claim(&records, abandoned, "third", now).await.unwrap_err();
        assert!(matches!(late, StartRecordError::Contended { .. }), "{late}");
    }
}
