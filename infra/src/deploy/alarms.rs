//! The alarms of a stack: the metric that each counts, its threshold, and the next step for people.
//! Pure.
//!
//! They report what a function cannot report itself: that it failed or was never invoked.

use std::collections::BTreeMap;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::metrics;
use domain::names::Names;
use reconciler::resources::cloudwatch::alarm::Alarm;

/// Periods in seconds.
const FIVE_MINUTES: i32 = 5 * 60;
const AN_HOUR: i32 = 60 * 60;

/// Returns each alarm with its id in the graph. `deployed` says that the task exists, whose
/// executions the freshness alarm expects.
pub(crate) fn desired_alarms(
    config: &StackConfig,
    names: &Names,
    deployed: bool,
) -> Vec<(String, Alarm)> {
    let mut alarms = Vec::new();
    if let Some(hours) = config.schedule.fresh_within_hours() {
        alarms.push(("not-fresh-alarm".to_owned(), not_fresh(names, hours, deployed)));
    }
    alarms.push(("stuck-run-alarm".to_owned(), stuck_run(names)));
    alarms.push(("dead-letters-alarm".to_owned(), dead_letters(names)));
    for function in FunctionName::ALL {
        alarms.extend(function_alarms(names, function));
    }
    alarms
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
fn not_fresh(names: &Names, hours: i32, deployed: bool) -> Alarm {
    let what = format!(
        "no execution was proven for {hours} hours. Run `efs-s3 status` for details, and `efs-s3 \
            sync --wait` to start an execution"
    );
    Alarm {
        period_seconds: AN_HOUR,
        evaluation_periods: hours,
        comparison: "LessThanThreshold".to_owned(),
        missing_data: "breaching".to_owned(),
        actions_enabled: deployed,
        ..stack_alarm(names, "not-fresh", &what, metrics::FRESH)
    }
}

fn stuck_run(names: &Names) -> Alarm {
    let what = "an execution made no progress within its limit and was cancelled. Run `efs-s3 \
        status` for details";
    stack_alarm(names, "stuck-run", what, metrics::STUCK_RUNS)
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
