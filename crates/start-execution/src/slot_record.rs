//! The slot's record in the bucket: claimed once, then completed or skipped.

use aws::records_bucket::{RecordsBucket, RecordsError, Replaced, WriteOnce};
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::records::keys;
use domain::records::start::StartRecord;

/// The slot's record, and whether this call made it.
pub(crate) async fn claim(
    records: &RecordsBucket,
    slot: &str,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<(StartRecord, bool), SlotRecordError> {
    let key = keys::start_record(slot);
    let ours = StartRecord::new_claim(slot, request_id, now);
    match records.write_once(&key, &ours).await? {
        WriteOnce::Written => Ok((ours, true)),
        // An earlier invocation may have come as far as the start.
        WriteOnce::WrittenBefore => Ok((ours, false)),
        WriteOnce::AlreadyThere => {
            let theirs = records.read(&key).await?;
            Ok((theirs.ok_or_else(|| SlotRecordError::Contended { slot: slot.to_owned() })?, false))
        }
    }
}

/// Takes a claim up again, so that a third invocation finds somebody at work. Of two that take up
/// the same claim one succeeds.
pub(crate) async fn renew(
    records: &RecordsBucket,
    record: StartRecord,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<StartRecord, SlotRecordError> {
    let key = keys::start_record(&record.slot);
    let contended = || SlotRecordError::Contended { slot: record.slot.clone() };
    let found =
        records.read_marked::<StartRecord>(&key).await?.filter(|found| found.document == record);
    let found = found.ok_or_else(contended)?;
    let renewed = StartRecord {
        claimed_by: request_id.to_owned(),
        claimed_at: now,
        waiting: false,
        ..record.clone()
    };
    match records.replace(&key, &found, &renewed).await? {
        Replaced::Yes => Ok(renewed),
        Replaced::ChangedMeanwhile => Err(contended()),
    }
}

pub(crate) async fn adopt(
    records: &RecordsBucket,
    record: StartRecord,
    execution: &ExecutionArn,
) -> Result<StartRecord, SlotRecordError> {
    replace(records, StartRecord { execution: Some(execution.clone()), adopted: true, ..record })
        .await
}

pub(crate) async fn give_up(
    records: &RecordsBucket,
    record: StartRecord,
    why: &str,
) -> Result<StartRecord, SlotRecordError> {
    replace(records, StartRecord { unavailable: Some(why.to_owned()), ..record }).await
}

pub(crate) async fn complete(
    records: &RecordsBucket,
    record: StartRecord,
    execution: &ExecutionArn,
) -> Result<StartRecord, SlotRecordError> {
    replace(records, StartRecord { execution: Some(execution.clone()), ..record }).await
}

pub(crate) async fn skip(
    records: &RecordsBucket,
    record: StartRecord,
    running: Option<ExecutionArn>,
) -> Result<StartRecord, SlotRecordError> {
    replace(records, StartRecord { skipped: true, running, ..record }).await
}

/// Leaves the slot to a sweep, which starts its execution once the one under way has ended.
pub(crate) async fn wait(
    records: &RecordsBucket,
    record: StartRecord,
    running: Option<ExecutionArn>,
) -> Result<StartRecord, SlotRecordError> {
    replace(records, StartRecord { waiting: true, running, ..record }).await
}

async fn replace(
    records: &RecordsBucket,
    record: StartRecord,
) -> Result<StartRecord, SlotRecordError> {
    records.write(&keys::start_record(&record.slot), &record).await?;
    Ok(record)
}

/// Why a slot's record could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SlotRecordError {
    /// S3 answers so too when another conditional write is under way, and then nothing may be there
    /// yet.
    #[error(
        "claiming the slot `{slot}`: another write of it was under way; the same event again \
            decides"
    )]
    Contended { slot: String },
    #[error(transparent)]
    Records(#[from] RecordsError),
}

#[cfg(test)]
mod tests {
    use aws::fakes::FakeBucket;

    use super::*;

    #[tokio::test]
    async fn of_two_that_take_up_an_abandoned_claim_one_succeeds() {
        let records = RecordsBucket::new(FakeBucket::default().client(&[]), "records");
        let now = DateTime::UNIX_EPOCH;
        let (abandoned, _) = claim(&records, "manual-1", "first", now).await.unwrap();
        let renewed = renew(&records, abandoned.clone(), "second", now).await.unwrap();
        assert_eq!(renewed.claimed_by, "second");
        let late = renew(&records, abandoned, "third", now).await.unwrap_err();
        assert!(matches!(late, SlotRecordError::Contended { .. }), "{late}");
    }
}
