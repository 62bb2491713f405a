//! The records of lasting conditions: written when one begins and when it ends.

use chrono::{DateTime, Utc};
use domain::records::condition::{Condition, ConditionChange, compare_with_record};

use crate::records_bucket::{RecordsBucket, RecordsError, Replaced};

/// Writes what changed of the condition at `key`; returns the condition whose alert must have been
/// sent. `reason` says what is wrong while it lasts.
///
/// # Errors
/// When a call fails.
pub async fn record_change(
    records: &RecordsBucket,
    key: &str,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Condition>, RecordsError> {
    let found = records.read_marked::<Condition>(key).await?;
    let record = found.as_ref().map(|found| &found.document);
    let change = compare_with_record(record, reason, now);
    let (ConditionChange::Begun(condition) | ConditionChange::Ended(condition)) = &change else {
        return Ok(match change {
            ConditionChange::Continues(condition) => Some(condition),
            _ => None,
        });
    };
    let is_written = match &found {
        None => records.write_once(key, condition).await?.is_written(),
        Some(found) => records.replace(key, found, condition).await? == Replaced::Yes,
    };
    Ok(match change {
        ConditionChange::Begun(condition) if is_written => Some(condition),
        // It has ended, or another invocation has just found the same and sends the alert.
        _ => None,
    })
}
