//! The alarms of a stack: what each counts, when it goes off, and what to do then. Pure.
//!
//! They tell what the functions can't: that they failed, or were never called.

use std::collections::BTreeMap;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::metrics;
use domain::names::Names;
use reconciler::kinds::alarm::Alarm;

/// Counted in periods of that many seconds.
const FIVE_MINUTES: i32 = 5 * 60;
const AN_HOUR: i32 = 60 * 60;

/// Each alarm with its id in the graph. `deployed`: there is a task, whose runs are waited for.
pub(crate) fn alarms(config: &StackConfig, names: &Names, deployed: bool) -> Vec<(String, Alarm)> {
    let mut alarms: Vec<(String, Alarm)> = Vec::new();
    let mut add = |id: String, alarm: Alarm| alarms.push((format!("{id}-alarm"), alarm));
    if let Some(hours) = config.schedule.fresh_within_hours() {
        add("not-fresh".to_owned(), not_fresh(names, hours, deployed));
    }
    add("stuck-run".to_owned(), stuck_run(names));
    add("dead-letters".to_owned(), dead_letters(names));
    for function in FunctionName::ALL {
        add(format!("{function}-errors"), of_function(names, function, "Errors", "failed"));
        add(
            format!("{function}-throttles"),
            of_function(names, function, "Throttles", "was throttled by Lambda"),
        );
    }
    alarms
}

/// The dead-man switch: silence sets it off, so that nothing has to work for it to go off.
///
/// Missing data breaches, so that it is in alarm as soon as it is made. On a first deploy it tells
/// nobody until the task exists; by then it counts the datapoint with which `bootstrap-stack` has
/// begun.
fn not_fresh(names: &Names, hours: i32, deployed: bool) -> Alarm {
    let what = format!(
        "no run was proven for {hours} hours. Look with `efs-s3 status`, start one with `efs-s3 \
            sync --wait`"
    );
    Alarm {
        period_seconds: AN_HOUR,
        evaluation_periods: hours,
        comparison: "LessThanThreshold".to_owned(),
        missing_data: "breaching".to_owned(),
        actions_enabled: deployed,
        ..ours(names, "not-fresh", &what, metrics::FRESH)
    }
}

fn stuck_run(names: &Names) -> Alarm {
    let what = "an execution did not move on within its bound and was cancelled. Look with \
        `efs-s3 status`";
    ours(names, "stuck-run", what, metrics::STUCK_RUNS)
}

fn dead_letters(names: &Names) -> Alarm {
    let what = "events lie in the dead-letter queue, because nobody could work them off. Look with `efs-s3 failures`, \
                send them again with `efs-s3 failures --replay`";
    Alarm {
        namespace: "AWS/SQS".to_owned(),
        dimensions: BTreeMap::from([("QueueName".to_owned(), names.dead_letter_queue())]),
        statistic: "Maximum".to_owned(),
        ..ours(names, "dead-letters", what, "ApproximateNumberOfMessagesVisible")
    }
}

fn of_function(names: &Names, function: FunctionName, metric: &str, what: &str) -> Alarm {
    let name = names.function_name(function);
    let log_group = names.function_log_group(function);
    let what = format!("`{name}` {what}. Its log group is `{log_group}`");
    Alarm {
        namespace: "AWS/Lambda".to_owned(),
        dimensions: BTreeMap::from([("FunctionName".to_owned(), name)]),
        ..ours(names, &format!("{function}-{}", metric.to_lowercase()), &what, metric)
    }
}

/// One that goes off when a metric of ours counts anything within five minutes.
fn ours(names: &Names, name: &str, what: &str, metric: &str) -> Alarm {
    // Those of the functions share an entry.
    let entry = FunctionName::ALL
        .iter()
        .find_map(|function| name.strip_prefix(&format!("{function}-")))
        .unwrap_or(name);
    Alarm {
        name: names.within_stack(name),
        description: format!(
            "Stack {}: {what}. Runbook: docs/OPERATIONS.md#alarm-{entry}",
            names.stack
        ),
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

#[cfg(test)]
mod tests {
    use domain::config::{TemplateValues, parse, render_template};

    use super::*;

    fn all() -> Vec<(String, Alarm)> {
        let config = parse(&render_template(&TemplateValues {
            stack_name: "backup",
            region: "eu-central-1",
        }))
        .unwrap();
        alarms(&config, &Names::new("backup", "111122223333", "eu-central-1"), true)
    }

    #[test]
    fn each_alarm_with_what_it_counts() {
        let lines = all().into_iter().map(|(id, alarm)| {
            let Alarm { namespace, metric, dimensions, statistic, comparison, .. } = &alarm;
            let (period, periods, missing) =
                (alarm.period_seconds, alarm.evaluation_periods, &alarm.missing_data);
            format!(
                "{id}: {statistic} of {namespace} {metric} {dimensions:?}, {periods} x \
                {period} s, {comparison}, {missing}"
            )
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        not-fresh-alarm: Sum of EfsS3 Fresh {"Stack": "backup"}, 26 x 3600 s, LessThanThreshold, breaching
        stuck-run-alarm: Sum of EfsS3 StuckRuns {"Stack": "backup"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        dead-letters-alarm: Maximum of AWS/SQS ApproximateNumberOfMessagesVisible {"QueueName": "backup-dead-letters"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        bootstrap-stack-errors-alarm: Sum of AWS/Lambda Errors {"FunctionName": "backup-bootstrap-stack"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        bootstrap-stack-throttles-alarm: Sum of AWS/Lambda Throttles {"FunctionName": "backup-bootstrap-stack"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        start-execution-errors-alarm: Sum of AWS/Lambda Errors {"FunctionName": "backup-start-execution"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        start-execution-throttles-alarm: Sum of AWS/Lambda Throttles {"FunctionName": "backup-start-execution"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        on-execution-complete-errors-alarm: Sum of AWS/Lambda Errors {"FunctionName": "backup-on-execution-complete"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        on-execution-complete-throttles-alarm: Sum of AWS/Lambda Throttles {"FunctionName": "backup-on-execution-complete"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        verify-versions-errors-alarm: Sum of AWS/Lambda Errors {"FunctionName": "backup-verify-versions"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        verify-versions-throttles-alarm: Sum of AWS/Lambda Throttles {"FunctionName": "backup-verify-versions"}, 1 x 300 s, GreaterThanOrEqualToThreshold, notBreaching
        "#);
    }

    #[test]
    fn before_there_is_a_task_nobody_is_told_that_no_run_was_proven() {
        let config = parse(&render_template(&TemplateValues {
            stack_name: "backup",
            region: "eu-central-1",
        }))
        .unwrap();
        let silent = |deployed| -> Vec<String> {
            let names = Names::new("backup", "111122223333", "eu-central-1");
            let alarms = alarms(&config, &names, deployed).into_iter();
            alarms.filter(|(_, alarm)| !alarm.actions_enabled).map(|(id, _)| id).collect()
        };
        assert_eq!(silent(false), ["not-fresh-alarm"]);
        assert!(silent(true).is_empty());
    }

    #[test]
    fn each_has_its_entry_in_the_runbook() {
        let runbook = include_str!("../../docs/OPERATIONS.md");
        for (id, alarm) in all() {
            let entry = alarm.description.rsplit_once('#').map(|(_, entry)| format!("### {entry}"));
            assert_eq!(
                runbook.lines().filter(|line| Some(*line) == entry.as_deref()).count(),
                1,
                "{id}: {entry:?}"
            );
        }
    }

    #[test]
    fn what_they_read_of_ours_is_what_the_functions_count() {
        for (id, alarm) in all() {
            let ours = alarm.namespace == metrics::NAMESPACE;
            assert!(!ours || metrics::ALL.contains(&alarm.metric.as_str()), "{id}");
            assert!(!ours || alarm.dimensions.keys().eq([metrics::STACK]), "{id}");
            assert!(alarm.description.len() <= 1024, "{id}");
            let span = alarm.period_seconds * alarm.evaluation_periods;
            assert!(
                span <= if alarm.period_seconds < AN_HOUR { 86_400 } else { 7 * 86_400 },
                "{id}"
            );
        }
    }

    #[test]
    fn nobody_waits_for_runs_that_nobody_starts() {
        let text =
            render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" });
        let paused = text.replace(
            "by `efs-s3 sync` alone.\nenabled = true",
            "by `efs-s3 sync` alone.\nenabled = false",
        );
        assert_ne!(text, paused);
        let names = Names::new("backup", "111122223333", "eu-central-1");
        assert!(
            alarms(&parse(&paused).unwrap(), &names, true)
                .iter()
                .all(|(id, _)| id != "not-fresh-alarm")
        );
    }
}
