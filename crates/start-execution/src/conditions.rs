//! Conditions that last, for example an unavailable task: one alert is sent when a condition
//! begins, however many scheduled starts find it.

use aws::records_bucket::Replaced;
use chrono::SecondsFormat;
use domain::arn::TaskArn;
use domain::records::class::Class;
use domain::records::condition::{Condition, ConditionChange, compare_with_record};
use domain::records::keys;

use crate::alerts;
use crate::error::StartError;
use crate::invocation::StartInvocation;

/// Updates the record of a condition and sends its alert once. `reason` is DataSync's message while
/// the condition lasts.
pub(crate) async fn update(
    invocation: &StartInvocation<'_>,
    class: Class,
    task: &TaskArn,
    reason: Option<&str>,
) -> Result<(), StartError> {
    let Some(condition) = record_change(invocation, class, reason).await? else { return Ok(()) };
    let since = condition.since.to_rfc3339_opts(SecondsFormat::Millis, true);
    let alert = alerts::condition_begun(&invocation.names_for(task), class, task, &condition);
    let key = keys::condition_alert(invocation.sync, class.as_str(), &since);
    invocation.publish_once(&key, alert).await?;
    Ok(())
}

/// Writes what changed; returns the condition whose alert must have been sent.
async fn record_change(
    invocation: &StartInvocation<'_>,
    class: Class,
    reason: Option<&str>,
) -> Result<Option<Condition>, StartError> {
    let (records, key) =
        (&invocation.app.records, keys::condition(invocation.sync, class.as_str()));
    let found = records.read_marked::<Condition>(&key).await?;
    let record = found.as_ref().map(|found| &found.document);
    let change = compare_with_record(record, reason, invocation.now);
    let (ConditionChange::Begun(condition) | ConditionChange::Ended(condition)) = &change else {
        return Ok(match change {
            ConditionChange::Continues(condition) => Some(condition),
            _ => None,
        });
    };
    let is_written = match &found {
        None => records.write_once(&key, condition).await?.is_written(),
        Some(found) => records.replace(&key, found, condition).await? == Replaced::Yes,
    };
    Ok(match change {
        ConditionChange::Begun(condition) if is_written => Some(condition),
        // It has ended, or another invocation has just found the same and sends the alert.
        _ => None,
    })
}
