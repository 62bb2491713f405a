use super::*;
use crate::deploy::control_plane::syncs::plan_syncs;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::deployed_syncs::tests::{config_of_syncs, deployed};
use domain::config::{StackConfig, TemplateValues, parse, render_template};

fn template_config() -> StackConfig {
    parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
        .unwrap()
}

fn all_alarms(config: &StackConfig, deployed: &DeployedSyncs) -> Vec<DesiredAlarm> {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    let syncs = plan_syncs(config, deployed);
    let of_syncs = syncs.iter().flat_map(|sync| sync_alarms(sync, &names));
    of_syncs.chain(stack_alarms(&names)).collect()
}

fn template_alarms() -> Vec<DesiredAlarm> {
    all_alarms(&template_config(), &deployed(&["default"]))
}

#[test]
fn each_alarm_and_the_metric_that_it_counts() {
    let lines = template_alarms().into_iter().map(|desired| alarm_line(&desired));
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

fn alarm_line(DesiredAlarm { id, alarm, .. }: &DesiredAlarm) -> String {
    let Alarm { namespace, metric, dimensions, statistic, comparison, .. } = alarm;
    let (period, periods, missing) =
        (alarm.period_seconds, alarm.evaluation_periods, &alarm.missing_data);
    format!(
        "{id}: {statistic} of {namespace} {metric} {dimensions:?}, {periods} x \
        {period} s, {comparison}, {missing}"
    )
}

#[test]
fn each_sync_has_alarms_on_its_own_metrics() {
    let alarms = all_alarms(&config_of_syncs(&["default", "home"]), &deployed(&["home", "old"]));
    let of_syncs = alarms.iter().take(6).map(|desired| {
        let Alarm { name, description, actions_enabled, dimensions, .. } = &desired.alarm;
        let (wanted, sync) = (desired.wanted, dimensions.get(metrics::SYNC));
        format!("{name}, wanted {wanted}, actions {actions_enabled}, {sync:?}: {description}")
    });
    insta::assert_snapshot!(of_syncs.collect::<Vec<_>>().join("\n"), @r#"
    backup-not-fresh, wanted true, actions false, None: Stack backup: no execution was proven for 26 hours. Run `efs-s3 status` for details, and `efs-s3 sync --wait` to start an execution. Runbook: docs/OPERATIONS.md#alarm-not-fresh
    backup-stuck-run, wanted true, actions true, None: Stack backup: an execution made no progress within its limit and was cancelled. Run `efs-s3 status` for details. Runbook: docs/OPERATIONS.md#alarm-stuck-run
    backup-not-fresh.home, wanted true, actions true, Some("home"): Stack backup, sync home: no execution was proven for 26 hours. Run `efs-s3 status --sync home` for details, and `efs-s3 sync --sync home --wait` to start an execution. Runbook: docs/OPERATIONS.md#alarm-not-fresh
    backup-stuck-run.home, wanted true, actions true, Some("home"): Stack backup, sync home: an execution made no progress within its limit and was cancelled. Run `efs-s3 status --sync home` for details. Runbook: docs/OPERATIONS.md#alarm-stuck-run
    backup-not-fresh.old, wanted false, actions true, Some("old"): Stack backup, sync old: no execution was proven for 26 hours. Run `efs-s3 status --sync old` for details, and `efs-s3 sync --sync old --wait` to start an execution. Runbook: docs/OPERATIONS.md#alarm-not-fresh
    backup-stuck-run.old, wanted false, actions true, Some("old"): Stack backup, sync old: an execution made no progress within its limit and was cancelled. Run `efs-s3 status --sync old` for details. Runbook: docs/OPERATIONS.md#alarm-stuck-run
    "#);
}

#[test]
fn the_freshness_alarm_sends_nothing_before_the_task_exists() {
    let silent = |deployed: &DeployedSyncs| -> Vec<String> {
        let alarms = all_alarms(&template_config(), deployed).into_iter();
        alarms.filter(|desired| !desired.alarm.actions_enabled).map(|desired| desired.id).collect()
    };
    assert_eq!(silent(&DeployedSyncs::default()), ["not-fresh-alarm"]);
    assert!(silent(&deployed(&["default"])).is_empty());
}

#[test]
fn each_has_its_entry_in_the_runbook() {
    let runbook = include_str!("../../../../docs/OPERATIONS.md");
    let of_syncs = all_alarms(&config_of_syncs(&["home"]), &DeployedSyncs::default());
    for DesiredAlarm { id, alarm, .. } in template_alarms().into_iter().chain(of_syncs) {
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
    let of_syncs = all_alarms(&config_of_syncs(&["home"]), &DeployedSyncs::default());
    for DesiredAlarm { id, alarm, .. } in template_alarms().into_iter().chain(of_syncs) {
        let ours = alarm.namespace == metrics::NAMESPACE;
        assert!(!ours || metrics::ALL.contains(&alarm.metric.as_str()), "{id}");
        let sync = id.split_once('.').map(|_| metrics::SYNC);
        let dimensions = [metrics::STACK].into_iter().chain(sync);
        assert!(!ours || alarm.dimensions.keys().eq(dimensions), "{id}");
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
    let alarms = all_alarms(&parse(&paused).unwrap(), &deployed(&["default"]));
    let pruned = alarms.iter().filter(|desired| !desired.wanted).map(|desired| &desired.id);
    assert_eq!(pruned.collect::<Vec<_>>(), ["not-fresh-alarm"]);
}
