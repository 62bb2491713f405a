//! `pause` and `resume`: disable and enable the schedules of syncs without a deploy, including full
//! verifications. The freshness alarm stays enabled.
//!
//! `pause` writes the record before it disables the rules, and `resume` removes it after it enables
//! them. After an interruption the same command completes the change, and a deploy keeps the
//! schedule disabled.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use aws::SdkFailure;
use aws::records_bucket::Replaced;
use chrono::Utc;
use domain::records::keys;
use domain::records::pause::Pause;
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::access::Access;
use crate::cli::{Global, SyncSelection};
use crate::context::StackContext;
use crate::deploy::control_plane::{SCHEDULE, STARTS};
use crate::deploy::lock_owner::person_and_machine;
use crate::sync_selection::Unselected;
use crate::sync_view::{SyncView, read_views};
use crate::ui::output;
use crate::ui::pause::pause_text_for;

#[derive(Debug, Serialize)]
struct ScheduleState {
    sync: SyncName,
    expression: String,
    enabled: bool,
    paused: Option<Pause>,
    /// The argument that selects the sync; empty in a stack with one.
    #[serde(skip)]
    argument: String,
}

pub(crate) const ACCESS: Access = Access {
    records: &["s3:DeleteObject", "s3:PutObject"],
    stack: &["events:DisableRule", "events:EnableRule"],
    ..Access::NONE
};

pub(super) async fn run_pause(
    global: &Global,
    reason: Option<&str>,
    selection: &SyncSelection,
) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let mut states = Vec::new();
    for view in read_views(&context, selection, Unselected::Refused).await? {
        states.push(pause_sync(&view, reason).await?);
    }
    let paused: String = states.iter().map(paused_text).collect();
    let text = paused
        + "A running execution continues: `efs-s3 cancel` cancels it. `efs-s3 sync` still starts \
            one.\n";
    output::print_one_or_list(global.output, selection.is_list(), &states, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn pause_sync(view: &SyncView, reason: Option<&str>) -> Result<ScheduleState> {
    let (context, key) = (&view.context, keys::pause(view.name()));
    let (reason, by) = (reason.map(str::to_owned), Some(person_and_machine()));
    let pause = record_pause(context, &key, Pause { since: Utc::now(), reason, by }).await?;
    switch_rules(view, false).await?;
    Ok(ScheduleState { paused: Some(pause), enabled: false, ..state_of_view(view) })
}

/// Records a pause. The one of an earlier command keeps its time, and both reasons are kept.
async fn record_pause(context: &StackContext, key: &str, pause: Pause) -> Result<Pause> {
    if context.records.write_once(key, &pause).await?.is_written() {
        return Ok(pause);
    }
    let Some(before) = context.records.read_marked::<Pause>(key).await? else {
        bail!("the schedule was resumed at this moment; run `efs-s3 pause` again");
    };
    let both = before.document.clone().with_later(&pause);
    if both == before.document {
        return Ok(both);
    }
    if context.records.replace(key, &before, &both).await? != Replaced::Yes {
        bail!("another command changed the pause at this moment; run `efs-s3 pause` again");
    }
    output::print_progress("the schedule was paused before: the reason is added to the first one");
    Ok(both)
}

fn paused_text(state: &ScheduleState) -> String {
    let Some(pause) = &state.paused else { return String::new() };
    sync_prefix(state) + &pause_text_for(pause, &state.argument)
}

pub(super) async fn run_resume(global: &Global, selection: &SyncSelection) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let mut states = Vec::new();
    for view in read_views(&context, selection, Unselected::Refused).await? {
        states.push(resume_sync(&view).await?);
    }
    let text: String = states.iter().map(resumed_text).collect();
    output::print_one_or_list(global.output, selection.is_list(), &states, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn resume_sync(view: &SyncView) -> Result<ScheduleState> {
    let state = state_of_view(view);
    if state.enabled {
        switch_rules(view, true).await?;
    }
    view.context.records.remove(&keys::pause(view.name())).await?;
    Ok(state)
}

/// Returns the schedule of a sync that is not paused.
fn state_of_view(view: &SyncView) -> ScheduleState {
    let schedule = &view.context.config.schedule;
    ScheduleState {
        sync: view.name().clone(),
        expression: schedule.expression.clone(),
        enabled: schedule.enabled,
        paused: None,
        argument: view.argument.clone(),
    }
}

fn resumed_text(state: &ScheduleState) -> String {
    let prefix = sync_prefix(state);
    match state.enabled {
        true => format!("{prefix}The schedule is enabled again: {}.\n", state.expression),
        false => format!(
            "{prefix}The schedule is not paused, but stack.toml has schedule.enabled = false.\n"
        ),
    }
}

/// Returns `home: ` in a stack with several syncs.
fn sync_prefix(state: &ScheduleState) -> String {
    if state.argument.is_empty() { String::new() } else { format!("{}: ", state.sync) }
}

/// Enables or disables the rules that start executions of a sync. It may have no rule for full
/// verifications.
async fn switch_rules(view: &SyncView, on: bool) -> Result<()> {
    for id in STARTS {
        let rule = view.context.names().within_stack(&view.name().qualify(id));
        let switched = switch_rule(&view.context, &rule, on).await;
        match switched {
            Err(failure) if id != SCHEDULE && failure.is(&["ResourceNotFoundException"]) => {}
            switched => switched.with_context(|| {
                format!("switching the rule `{rule}` {}", if on { "on" } else { "off" })
            })?,
        }
    }
    Ok(())
}

async fn switch_rule(context: &StackContext, rule: &str, on: bool) -> Result<(), SdkFailure> {
    if on {
        context.aws.eventbridge.enable_rule().name(rule).send().await?;
    } else {
        context.aws.eventbridge.disable_rule().name(rule).send().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn example_state(sync: &str, argument: &str, paused: Option<Pause>) -> ScheduleState {
        ScheduleState {
            sync: SyncName::parse(sync).unwrap(),
            expression: "rate(1 hour)".into(),
            enabled: paused.is_none(),
            paused,
            argument: argument.into(),
        }
    }

    #[test]
    fn each_sync_is_named_where_there_are_several() {
        let since = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let pause = || Some(Pause { since, reason: Some("moving".into()), by: None });
        let disabled =
            ScheduleState { enabled: false, ..example_state("home", " --sync home", None) };
        let texts = [
            paused_text(&example_state("default", "", pause())),
            paused_text(&example_state("home", " --sync home", pause())),
            resumed_text(&example_state("default", "", None)),
            resumed_text(&example_state("home", " --sync home", None)),
            resumed_text(&disabled),
        ];
        insta::assert_snapshot!(texts.concat(), @"
        The schedule has been paused since 2023-11-14 22:13:20 UTC (moving); `efs-s3 resume` enables it again.
        home: The schedule has been paused since 2023-11-14 22:13:20 UTC (moving); `efs-s3 resume --sync home` enables it again.
        The schedule is enabled again: rate(1 hour).
        home: The schedule is enabled again: rate(1 hour).
        home: The schedule is not paused, but stack.toml has schedule.enabled = false.
        ");
    }
}
