//! `status`: shows the schedule, the task, the current execution, freshness, alarms and the latest
//! executions.

mod text;

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::{SdkFailure, executions};

use chrono::{DateTime, Utc};
use domain::execution::is_terminal;
use domain::names::FULL_VERIFICATION_RULE;
use domain::records::keys;
use domain::records::pause::Pause;
use domain::records::start::{
    FULL_VERIFICATION, SCHEDULED, Sweep, full_verification_time, scheduled_time,
};
use domain::sync_name::SyncName;
use serde::Serialize;

use crate::access::Access;
use crate::cli::Global;
use crate::context::StackContext;
use crate::deploy::control_plane::SCHEDULE;
use crate::runs::current::current_execution;
use crate::runs::health::{self, Freshness};
use crate::runs::next_run::next_run;
use crate::runs::recorded::{self, RecordedRun};
use crate::ui::output;

/// The number of executions that are shown.
const LAST: usize = 10;

#[derive(Debug, Default, Serialize)]
struct StackStatus {
    stack: String,
    schedule: Option<ScheduleOverview>,
    /// The schedule of full verifications, where scheduled executions do not compare everything.
    full_verification: Option<ScheduleOverview>,
    task: Option<TaskOverview>,
    under_way: Option<CurrentExecution>,
    freshness: Option<Freshness>,
    /// The alarms in state ALARM; absent in the local cloud, which has none.
    alarms: Option<Vec<String>>,
    /// The number of events that could not be processed.
    dead_letters: Option<i64>,
    /// The time of the last sweep; absent where there was none.
    swept_at: Option<DateTime<Utc>>,
    /// The latest executions, the latest first.
    runs: Vec<RecordedRun>,
}

#[derive(Debug, Serialize)]
struct ScheduleOverview {
    expression: String,
    enabled: bool,
    paused: Option<Pause>,
    /// The time of the next execution; absent where it is unknown.
    next_run: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct TaskOverview {
    arn: String,
    /// The status in DataSync.
    status: String,
}

#[derive(Debug, Serialize)]
struct CurrentExecution {
    execution: String,
    /// The status in DataSync.
    status: String,
    files_transferred: i64,
    files_to_transfer: i64,
}

pub(crate) const ACCESS: Access = Access {
    stack: &["datasync:DescribeTask", "datasync:DescribeTaskExecution", "events:DescribeRule"],
    ..Access::NONE
};

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let now = Utc::now();
    let status = read_status(&context, now).await?;
    output::print_data(global.output, &status, text::status_text(&status, now)?)?;
    Ok(ExitCode::SUCCESS)
}

async fn read_status(context: &StackContext, now: DateTime<Utc>) -> Result<StackStatus> {
    let schedules = read_schedules(context, now).await?;
    let Some(outputs) = context.read_outputs().await? else { return Ok(schedules) };
    let task = outputs.task_arn.as_str();
    let runs = recorded::newest_runs(context, LAST).await?;
    Ok(StackStatus {
        task: Some(read_task(context, task).await?),
        under_way: read_current_execution(context, task).await?,
        freshness: Some(Freshness::from_runs(context, &runs, now)),
        alarms: health::alarms_in_alarm_state(context).await?,
        dead_letters: health::count_dead_letters(context).await?,
        swept_at: context
            .records
            .read::<Sweep>(&keys::sweep(&SyncName::default()))
            .await?
            .map(|sweep| sweep.at),
        runs,
        ..schedules
    })
}

/// Reads the name and the schedules of the stack, all that there is before the first deploy.
async fn read_schedules(context: &StackContext, now: DateTime<Utc>) -> Result<StackStatus> {
    let of_full = (FULL_VERIFICATION, full_verification_time as TimeOfSlot);
    Ok(StackStatus {
        stack: context.names().stack.clone(),
        schedule: read_schedule(context, SCHEDULE, (SCHEDULED, scheduled_time), now).await?,
        full_verification: read_schedule(context, FULL_VERIFICATION_RULE, of_full, now).await?,
        ..StackStatus::default()
    })
}

/// A function that returns the time of a slot of a rule.
type TimeOfSlot = fn(&str) -> Option<DateTime<Utc>>;

/// Reads a rule that starts executions. `slots` are the prefix of its slots and the function that
/// returns their time. Returns `None` where there is no such rule.
async fn read_schedule(
    context: &StackContext,
    rule: &str,
    slots: (&str, TimeOfSlot),
    now: DateTime<Utc>,
) -> Result<Option<ScheduleOverview>> {
    let Some((enabled, expression)) = describe_rule(context, rule).await? else { return Ok(None) };
    let next_run = if enabled {
        next_run(&expression, last_slot_time(context, slots).await?, now)
    } else {
        None
    };
    Ok(Some(ScheduleOverview {
        enabled,
        next_run,
        paused: context.records.read(&keys::pause(&SyncName::default())).await?,
        expression,
    }))
}

/// Returns whether the rule is enabled, and its schedule.
async fn describe_rule(context: &StackContext, rule: &str) -> Result<Option<(bool, String)>> {
    let name = context.names().within_stack(rule);
    let described = context.aws.eventbridge.describe_rule().name(&name).send().await;
    let rule = match described.map_err(SdkFailure::from) {
        Ok(rule) => rule,
        Err(failure) if failure.is(&["ResourceNotFoundException"]) => return Ok(None),
        Err(failure) => return Err(failure).with_context(|| format!("reading the rule `{name}`")),
    };
    let enabled = rule.state().is_some_and(|state| state.as_str() == "ENABLED");
    Ok(Some((enabled, rule.schedule_expression.unwrap_or_default())))
}

/// Returns the time of the last slot of the rule, from its start record.
async fn last_slot_time(
    context: &StackContext,
    (begin, slot_time): (&str, TimeOfSlot),
) -> Result<Option<DateTime<Utc>>> {
    let prefix = format!("{}{begin}", keys::STARTS_PREFIX);
    let newest = context.records.newest(&prefix, 1).await?;
    let slot =
        newest.first().and_then(|key| key.strip_prefix(keys::STARTS_PREFIX)?.strip_suffix(".json"));
    Ok(slot.and_then(slot_time))
}

async fn read_task(context: &StackContext, arn: &str) -> Result<TaskOverview> {
    let described =
        context.aws.datasync.describe_task().task_arn(arn).send().await.map_err(SdkFailure::from);
    let described = described.with_context(|| format!("describing the task `{arn}`"))?;
    let status = described.status().map(|status| status.as_str().to_owned()).unwrap_or_default();
    Ok(TaskOverview { arn: arn.to_owned(), status })
}

async fn read_current_execution(
    context: &StackContext,
    task: &str,
) -> Result<Option<CurrentExecution>> {
    let Some(current) = current_execution(context, task).await? else { return Ok(None) };
    let now = executions::describe(&context.aws.datasync, &current).await;
    let now = now.with_context(|| format!("describing {}", current.id()))?;
    Ok((!is_terminal(&now.status)).then(|| CurrentExecution {
        execution: current.id().to_owned(),
        files_transferred: now.counters.files_transferred,
        files_to_transfer: now.counters.files_to_transfer,
        status: now.status,
    }))
}
