//! `pause` and `resume`: disable and enable the schedule without a deploy, including full
//! verifications. The freshness alarm stays enabled.
//!
//! `pause` writes the record before it disables the rules, and `resume` removes it after it enables
//! them. After an interruption the same command completes the change, and a deploy keeps the
//! schedule disabled.

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::SdkFailure;
use chrono::Utc;
use domain::records::keys;
use domain::records::pause::Pause;
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::access::Access;
use crate::cli::Global;
use crate::context::StackContext;
use crate::deploy::control_plane::{SCHEDULE, STARTS};
use crate::ui::output;
use crate::ui::pause::pause_text;

#[derive(Debug, Serialize)]
struct ScheduleState {
    expression: String,
    enabled: bool,
    paused: Option<Pause>,
}

pub(crate) const ACCESS: Access = Access {
    records: &["s3:DeleteObject", "s3:PutObject"],
    stack: &["events:DisableRule", "events:EnableRule"],
    ..Access::NONE
};

pub(super) async fn run_pause(global: &Global, reason: Option<&str>) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    context.require_outputs().await?;
    let pause = Pause { since: Utc::now(), reason: reason.map(str::to_owned) };
    // The record of an earlier pause is kept.
    context.records.write_once(&keys::pause(&SyncName::default()), &pause).await?;
    let pause = context.records.read(&keys::pause(&SyncName::default())).await?.unwrap_or(pause);
    switch_rules(&context, false).await?;
    let said = pause_text(&pause)
        + "A running execution continues: `efs-s3 cancel` cancels it. `efs-s3 sync` still starts \
            one.\n";
    let expression = context.config.schedule.expression.clone();
    output::print_data(
        global.output,
        &ScheduleState { expression, enabled: false, paused: Some(pause) },
        said,
    )?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn run_resume(global: &Global) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    context.require_outputs().await?;
    let schedule = &context.config.schedule;
    if schedule.enabled {
        switch_rules(&context, true).await?;
    }
    context.records.remove(&keys::pause(&SyncName::default())).await?;
    let expression = schedule.expression.clone();
    let state = ScheduleState { expression, enabled: schedule.enabled, paused: None };
    output::print_data(global.output, &state, resumed_text(&state))?;
    Ok(ExitCode::SUCCESS)
}

fn resumed_text(state: &ScheduleState) -> String {
    match state.enabled {
        true => format!("The schedule is enabled again: {}.\n", state.expression),
        false => {
            "The schedule is not paused, but stack.toml has schedule.enabled = false.\n".to_owned()
        }
    }
}

/// Enables or disables the rules that start executions. A stack may have no rule for full
/// verifications.
async fn switch_rules(context: &StackContext, on: bool) -> Result<()> {
    for id in STARTS {
        let rule = context.names().within_stack(id);
        let switched = switch_rule(context, &rule, on).await;
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
