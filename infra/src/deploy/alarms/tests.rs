use domain::config::{TemplateValues, parse, render_template};

use super::*;

fn template_alarms() -> Vec<(String, Alarm)> {
    let config =
        parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
            .unwrap();
    desired_alarms(&config, &Names::new("backup", "111122223333", "eu-central-1"), true)
}

#[test]
fn each_alarm_and_the_metric_that_it_counts() {
    let lines = template_alarms().into_iter().map(|(id, alarm)| alarm_line(&id, &alarm));
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

fn alarm_line(id: &str, alarm: &Alarm) -> String {
    let Alarm { namespace, metric, dimensions, statistic, comparison, .. } = alarm;
    let (period, periods, missing) =
        (alarm.period_seconds, alarm.evaluation_periods, &alarm.missing_data);
    format!(
        "{id}: {statistic} of {namespace} {metric} {dimensions:?}, {periods} x \
        {period} s, {comparison}, {missing}"
    )
}

#[test]
fn the_freshness_alarm_sends_nothing_before_the_task_exists() {
    let config =
        parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
            .unwrap();
    let silent = |deployed| -> Vec<String> {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let alarms = desired_alarms(&config, &names, deployed).into_iter();
        alarms.filter(|(_, alarm)| !alarm.actions_enabled).map(|(id, _)| id).collect()
    };
    assert_eq!(silent(false), ["not-fresh-alarm"]);
    assert!(silent(true).is_empty());
}

#[test]
fn each_has_its_entry_in_the_runbook() {
    let runbook = include_str!("../../../../docs/OPERATIONS.md");
    for (id, alarm) in template_alarms() {
        let entry = alarm.description.rsplit_once('#').map(|(_, entry)| format!("### {entry}"));
        assert_eq!(
            runbook.lines().filter(|line| Some(*line) == entry.as_deref()).count(),
            1,
            "{id}: {entry:?}"
        );
    }
}

#[test]
fn each_metric_of_the_stack_is_one_that_the_functions_count() {
    for (id, alarm) in template_alarms() {
        let ours = alarm.namespace == metrics::NAMESPACE;
        assert!(!ours || metrics::ALL.contains(&alarm.metric.as_str()), "{id}");
        assert!(!ours || alarm.dimensions.keys().eq([metrics::STACK]), "{id}");
        assert!(alarm.description.len() <= 1024, "{id}");
        let span = alarm.period_seconds * alarm.evaluation_periods;
        assert!(span <= if alarm.period_seconds < AN_HOUR { 86_400 } else { 7 * 86_400 }, "{id}");
    }
}

#[test]
fn a_disabled_schedule_has_no_freshness_alarm() {
    let text = render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" });
    let paused = text.replace(
        "only `efs-s3 sync` starts them.\nenabled = true",
        "only `efs-s3 sync` starts them.\nenabled = false",
    );
    assert_ne!(text, paused);
    let names = Names::new("backup", "111122223333", "eu-central-1");
    assert!(
        desired_alarms(&parse(&paused).unwrap(), &names, true)
            .iter()
            .all(|(id, _)| id != "not-fresh-alarm")
    );
}
