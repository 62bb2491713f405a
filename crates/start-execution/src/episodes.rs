//! Conditions that last: people are told once when they begin, however many ticks find them.

use aws::records_bucket::Replaced;
use chrono::SecondsFormat;
use domain::arn::TaskArn;
use domain::records::class::Class;
use domain::records::condition::{Condition, ConditionChange, compare_with_record};
use domain::records::keys;

use crate::alert;
use crate::handler::{HandlerError, Invocation};

/// Keeps the record of one condition in step with what was just seen; `wrong` is DataSync's words
/// for it.
pub(crate) async fn look(
    invocation: &Invocation<'_>,
    class: Class,
    task: &TaskArn,
    wrong: Option<&str>,
) -> Result<(), HandlerError> {
    let (records, key) = (&invocation.app.records, keys::condition(class.as_str()));
    let found = records.read_marked::<Condition>(&key).await?;
    let owed = match compare_with_record(
        found.as_ref().map(|found| &found.document),
        wrong,
        invocation.now,
    ) {
        ConditionChange::None => return Ok(()),
        ConditionChange::Continues(episode) => episode,
        seen @ (ConditionChange::Begun(_) | ConditionChange::Ended(_)) => {
            let (ConditionChange::Begun(episode) | ConditionChange::Ended(episode)) = &seen else {
                return Ok(());
            };
            let kept = match &found {
                None => records.write_once(&key, episode).await?.is_written(),
                Some(found) => records.replace(&key, found, episode).await? == Replaced::Yes,
            };
            match seen {
                ConditionChange::Begun(episode) if kept => episode,
                // It has ended; or another tick has seen the same just now, and tells.
                _ => return Ok(()),
            }
        }
    };
    let since = owed.since.to_rfc3339_opts(SecondsFormat::Millis, true);
    let told = alert::episode(&invocation.names(task), class, task, &owed);
    invocation.once().publish(&keys::condition_alert(class.as_str(), &since), &told).await?;
    Ok(())
}
