//! The alarms of a stack: the metric that each counts, its threshold, and the next step for people.
//! Pure.
//!
//! They report what a function cannot report itself: that it failed or was never invoked.

use std::collections::BTreeMap;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::metrics;
use domain::names::Names;
use domain::sync_name::SyncName;
use reconciler::resources::cloudwatch::alarm::Alarm;

use super::control_plane::syncs::{PlannedSync, plan_syncs};
use super::deployed_syncs::DeployedSyncs;

/// Periods in seconds.
const FIVE_MINUTES: i32 = 5 * 60;
const AN_HOUR: i32 = 60 * 60;

/// An alarm with its id in the graph.
pub(crate) struct DesiredAlarm {
    pub id: String,
    pub alarm: Alarm,
    /// Whether the configuration contains it; otherwise it is pruned.
    pub wanted: bool,
}

/// Returns the names of all alarms of a stack.
pub(crate) fn alarm_names(config: &StackConfig, names: &Names) -> Vec<String> {
    let deployed = DeployedSyncs::default();
    let syncs = plan_syncs(config, &deployed);
    let of_syncs = syncs.iter().flat_map(|sync| sync_alarms(sync, names));
    let wanted = of_syncs.chain(stack_alarms(names)).filter(|desired| desired.wanted);
    wanted.map(|desired| desired.alarm.name).collect()
}

/// Returns the alarms of one sync.
pub(crate) fn sync_alarms(sync: &PlannedSync, names: &Names) -> [DesiredAlarm; 2] {
    let hours = sync.config.schedule.fresh_within_hours();
    let not_fresh = not_fresh(sync, names, hours.unwrap_or(1));
    let alarm = |id: &str, alarm: Alarm, wanted: bool| DesiredAlarm {
        id: sync.name.qualify(id),
        alarm,
        wanted: wanted && sync.wanted,
    };
    [
        alarm("not-fresh-alarm", not_fresh, hours.is_some()),
        alarm("stuck-run-alarm", stuck_run(&sync.name, names), true),
    ]
}

/// Returns the alarms of the whole stack.
pub(crate) fn stack_alarms(names: &Names) -> Vec<DesiredAlarm> {
    let mut alarms = vec![("dead-letters-alarm".to_owned(), dead_letters(names))];
    for function in FunctionName::ALL {
        alarms.extend(function_alarms(names, function));
    }
    alarms.into_iter().map(|(id, alarm)| DesiredAlarm { id, alarm, wanted: true }).collect()
}

/// Returns the alarms of a function, each with its id in the graph.
fn function_alarms(names: &Names, function: FunctionName) -> [(String, Alarm); 2] {
    [
        (format!("{function}-errors-alarm"), function_alarm(names, function, "Errors", "failed")),
        (
            format!("{function}-throttles-alarm"),
            function_alarm(names, function, "Throttles", "was throttled by Lambda"),
        ),
    ]
}

/// The freshness alarm: it goes off when no data arrives, so that it depends on no running
/// component.
///
/// Missing data breaches the threshold, so the alarm is in ALARM as soon as it is created. Its
/// actions are disabled until the task exists. By then it counts the first datapoint, which
/// `bootstrap-stack` sends.
fn not_fresh(sync: &PlannedSync, names: &Names, hours: i32) -> Alarm {
    let option = sync_option(&sync.name);
    let what = format!(
        "no execution was proven for {hours} hours. Run `efs-s3 status{option}` for details, and \
            `efs-s3 sync{option} --wait` to start an execution"
    );
    Alarm {
        period_seconds: AN_HOUR,
        evaluation_periods: hours,
        comparison: "LessThanThreshold".to_owned(),
        missing_data: "breaching".to_owned(),
        actions_enabled: sync.task.is_some(),
        ..sync_alarm(&sync.name, names, "not-fresh", &what, metrics::FRESH)
    }
}

fn stuck_run(sync: &SyncName, names: &Names) -> Alarm {
    let what = format!(
        "an execution made no progress within its limit and was cancelled. Run `efs-s3 status{}` \
            for details",
        sync_option(sync)
    );
    sync_alarm(sync, names, "stuck-run", &what, metrics::STUCK_RUNS)
}

/// Returns the option that a command about this sync needs. Without one it is about `default`, so
/// that its alarms stay as they are when another sync is added.
fn sync_option(sync: &SyncName) -> String {
    if sync.is_default() { String::new() } else { format!(" --sync {sync}") }
}

/// Returns an alarm on a metric of one sync.
fn sync_alarm(sync: &SyncName, names: &Names, name: &str, what: &str, metric: &str) -> Alarm {
    let alarm = stack_alarm(names, name, what, metric);
    if sync.is_default() {
        return alarm;
    }
    let of_stack = format!("Stack {}", names.stack);
    Alarm {
        name: names.within_stack(&sync.qualify(name)),
        description: alarm.description.replacen(&of_stack, &format!("{of_stack}, sync {sync}"), 1),
        dimensions: metrics::dimensions_of(&names.stack, sync).into_iter().collect(),
        ..alarm
    }
}

fn dead_letters(names: &Names) -> Alarm {
    let what = "the dead-letter queue holds events that could not be processed. List them with \
        `efs-s3 failures`, send them again with `efs-s3 failures --replay`";
    Alarm {
        namespace: "AWS/SQS".to_owned(),
        dimensions: BTreeMap::from([("QueueName".to_owned(), names.dead_letter_queue())]),
        statistic: "Maximum".to_owned(),
        ..stack_alarm(names, "dead-letters", what, "ApproximateNumberOfMessagesVisible")
    }
}

fn function_alarm(names: &Names, function: FunctionName, metric: &str, what: &str) -> Alarm {
    let name = names.function_name(function);
    let log_group = names.function_log_group(function);
    let what = format!("`{name}` {what}. Its log group is `{log_group}`");
    Alarm {
        namespace: "AWS/Lambda".to_owned(),
        dimensions: BTreeMap::from([("FunctionName".to_owned(), name)]),
        ..stack_alarm(names, &format!("{function}-{}", metric.to_lowercase()), &what, metric)
    }
}

/// Returns an alarm that goes off when a metric of the stack counts anything within five minutes.
fn stack_alarm(names: &Names, name: &str, what: &str, metric: &str) -> Alarm {
    Alarm {
        name: names.within_stack(name),
        description: alarm_description(names, name, what),
        namespace: metrics::NAMESPACE.to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::from([(metrics::STACK.to_owned(), names.stack.clone())]),
        statistic: "Sum".to_owned(),
        period_seconds: FIVE_MINUTES,
        evaluation_periods: 1,
        comparison: "GreaterThanOrEqualToThreshold".to_owned(),
        threshold: 1.0,
        missing_data: "notBreaching".to_owned(),
        topic_arn: names.alerts_topic_arn(),
        actions_enabled: true,
    }
}

fn alarm_description(names: &Names, name: &str, what: &str) -> String {
    // The alarms of all functions share one runbook entry.
    let entry = FunctionName::ALL
        .iter()
        .find_map(|function| name.strip_prefix(&format!("{function}-")))
        .unwrap_or(name);
    format!("Stack {}: {what}. Runbook: docs/OPERATIONS.md#alarm-{entry}", names.stack)
}

#[cfg(test)]
mod tests;
