//! Conditions that last, for example an unavailable task: one alert is sent when a condition
//! begins, however many scheduled starts find it.

use aws::conditions::record_change;
use chrono::SecondsFormat;
use domain::arn::TaskArn;
use domain::records::class::Class;
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
    let (records, key) =
        (&invocation.app.records, keys::condition(invocation.sync, class.as_str()));
    let begun = record_change(records, &key, reason, invocation.now).await?;
    let Some(condition) = begun else { return Ok(()) };
    let since = condition.since.to_rfc3339_opts(SecondsFormat::Millis, true);
    let alert = alerts::condition_begun(&invocation.names_for(task), class, task, &condition);
    let key = keys::condition_alert(invocation.sync, class.as_str(), &since);
    invocation.publish_once(&key, alert).await?;
    Ok(())
}
