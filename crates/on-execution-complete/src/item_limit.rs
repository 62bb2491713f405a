//! A sync that comes near DataSync's limit of items in one execution: one alert when that begins,
//! not in each execution.

use aws::conditions;
use chrono::SecondsFormat;
use domain::item_limit::{BASIC_ITEM_LIMIT, is_near_limit, items_of, percent_of_limit};
use domain::records::alert::Alert;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::run::RunRecord;

use crate::error::FollowUpError;
use crate::invocation::CompletionInvocation;

/// Updates the record of the condition by the last run of a sync, and sends its alert once.
pub(crate) async fn update_condition(
    invocation: &CompletionInvocation<'_>,
    run: &RunRecord,
) -> Result<(), FollowUpError> {
    let reason = match limit_state(run) {
        LimitState::Unknown => return Ok(()),
        LimitState::Far => None,
        LimitState::Near(items) => Some(describe_share(items)),
    };
    let key = keys::condition(&run.sync, Class::ItemLimit.as_str());
    let (records, now) = (&invocation.app.records, invocation.now);
    let begun = conditions::record_change(records, &key, reason.as_deref(), now).await?;
    let Some(condition) = begun else { return Ok(()) };
    let since = condition.since.to_rfc3339_opts(SecondsFormat::Millis, true);
    let key = keys::condition_alert(&run.sync, Class::ItemLimit.as_str(), &since);
    let alert = alert_for_limit(&invocation.app.environment.stack_name, run, &condition.why);
    invocation.alert_once().publish(&key, &alert).await?;
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LimitState {
    /// The run does not show that the condition has begun or ended.
    Unknown,
    Far,
    Near(i64),
}

/// A run of a part of the source, or one that does not show how many files there are, ends nothing.
fn limit_state(run: &RunRecord) -> LimitState {
    match items_of(run) {
        Some(items) if is_near_limit(items) => LimitState::Near(items),
        Some(_) if run.listed.is_some() && !run.part => LimitState::Far,
        _ => LimitState::Unknown,
    }
}

fn describe_share(items: i64) -> String {
    format!(
        "The execution worked with {items} files and directories: {} % of the {BASIC_ITEM_LIMIT} \
            that DataSync takes in one execution in Basic mode.",
        percent_of_limit(items)
    )
}

fn alert_for_limit(stack: &str, run: &RunRecord, share: &str) -> Alert {
    let sync = &run.sync;
    let alert = Alert {
        stack: stack.to_owned(),
        what: "the number of files comes near DataSync's limit".to_owned(),
        class: Some(Class::ItemLimit),
        execution: Some(run.execution.id().to_owned()),
        facts: vec![share.to_owned(), "This alert is sent once.".to_owned()],
        likely_cause: "the source has grown; an execution with more items fails.".to_owned(),
        fix: "split the source into several syncs: the command proposes them, by directory. Or \
            request a higher quota for DataSync."
            .to_owned(),
        next_command: format!("efs-s3 split --sync {sync} --into 2"),
        ..Alert::default()
    };
    alert.of_sync(sync)
}

#[cfg(test)]
mod tests;
