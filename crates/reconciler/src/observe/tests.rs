use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatch::types::{ComparisonOperator, MetricAlarm, Statistic};
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resource_kind::ResourceKind;
use crate::resources::cloudwatch::alarm::Alarm;
use crate::resources::logs::log_group::LogGroup;
use crate::resources::sns::topic::Topic;
use crate::testing::fake_logs::{FakeLogs, log_group};
use crate::testing::mocked::client;

fn sample_graph() -> Graph {
    let mut graph = Graph::default();
    let one = graph.add("one", log_group("/1"));
    graph.add("two", log_group(&format!("{}/2", one.attribute("name"))));
    graph
}

#[tokio::test]
async fn references_are_resolved_with_what_was_read_before() {
    let logs = FakeLogs::default();
    logs.put_group("/1", 7);
    logs.put_group("/1/2", 14);
    let observed = observe(&logs.aws(), &sample_graph()).await.unwrap();
    assert_eq!(observed.attribute("two", "name"), Some("/1/2"));
    assert_eq!(observed.get(&ResourceId::new("two")).unwrap().state["retention_days"], 14);
    assert!(logs.take_calls().is_empty());
}

#[tokio::test]
async fn what_has_no_name_yet_is_absent() {
    let logs = FakeLogs::default();
    logs.put_group("${one.name}/2", 14);
    assert_eq!(observe(&logs.aws(), &sample_graph()).await.unwrap(), Observed::default());
}

#[tokio::test]
async fn every_failure_is_reported() {
    let mut graph = sample_graph();
    for id in ["first", "second"] {
        graph.add(id, Topic { name: id.to_owned(), policy: Value::Null, kms_key: None });
    }
    let error = observe(&FakeLogs::default().aws(), &graph).await.unwrap_err();
    assert_eq!(error.failed.len(), 2);
    assert!(
        error.to_string().contains(":first`: ") && error.to_string().contains(":second`: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_failed_read_does_not_hide_the_others() {
    let logs = FakeLogs::default();
    logs.put_group("/1", 7);
    let mut graph = sample_graph();
    graph.add("alerts", Topic { name: "alerts".to_owned(), policy: Value::Null, kms_key: None });
    let PartialObservation { observed, unread } =
        observe_what_can_be_read(&logs.aws(), &graph).await;
    assert_eq!(observed.attribute("one", "name"), Some("/1"));
    assert_eq!(unread.keys().map(ResourceId::as_str).collect::<Vec<_>>(), ["alerts"]);
}

/// A stack with one alarm, which refers to a log group, and an AWS that has both as desired. The
/// alarm bears no tag of ours.
struct WatchedAlarm {
    graph: Graph,
    aws: Aws,
    tags: Rule,
}

impl WatchedAlarm {
    async fn make() -> Self {
        let mut graph = Graph::default();
        let group = graph.add("group", log_group("/1"));
        graph.add("alarm", desired_alarm(&group.attribute("name")));
        let logs = FakeLogs::default();
        log_group("/1").create(&logs.aws(), &group).await.unwrap();
        let describe = mock!(Client::describe_alarms).then_output(live_alarms);
        let tags = mock!(Client::list_tags_for_resource)
            .then_output(|| ListTagsForResourceOutput::builder().build());
        let cloudwatch = client!(aws_sdk_cloudwatch, &describe, &tags);
        Self { graph, aws: Aws { cloudwatch, ..logs.aws() }, tags }
    }

    /// Whether the alarm counts as ours, and the requests for its tags.
    fn judge_alarm(&self, observed: &Observed) -> (bool, usize) {
        (observed.get(&ResourceId::new("alarm")).unwrap().managed, self.tags.num_calls())
    }
}

fn desired_alarm(topic: &str) -> Alarm {
    Alarm {
        name: "backup-late".into(),
        description: "Late.".into(),
        namespace: "EfsS3".into(),
        metric: "Runs".into(),
        dimensions: BTreeMap::new(),
        statistic: "Sum".into(),
        period_seconds: 60,
        evaluation_periods: 1,
        comparison: "LessThanThreshold".into(),
        threshold: 1.0,
        missing_data: "breaching".into(),
        topic_arn: topic.into(),
        actions_enabled: true,
    }
}

fn live_alarms() -> DescribeAlarmsOutput {
    let alarm = MetricAlarm::builder().alarm_name("backup-late").alarm_description("Late.");
    let alarm = alarm.namespace("EfsS3").metric_name("Runs").statistic(Statistic::Sum);
    let alarm = alarm.comparison_operator(ComparisonOperator::LessThanThreshold);
    let alarm = alarm.period(60).evaluation_periods(1).threshold(1.0);
    let alarm = alarm.treat_missing_data("breaching").alarm_actions("/1").ok_actions("/1");
    DescribeAlarmsOutput::builder().metric_alarms(alarm.build()).build()
}

#[tokio::test]
async fn the_tags_of_what_is_unchanged_are_read_unless_a_plan_is_only_shown() {
    let watched = WatchedAlarm::make().await;
    let WatchedAlarm { graph, aws, .. } = &watched;
    let observed = observe_for_plan(aws, graph).await.unwrap();
    assert_eq!(watched.judge_alarm(&observed), (true, 0));
    let observed = observe(aws, graph).await.unwrap();
    assert_eq!(watched.judge_alarm(&observed), (false, 1));
    let observed = observe_what_can_be_read(aws, graph).await.observed;
    assert_eq!(watched.judge_alarm(&observed), (false, 2));
}

/// It does not exist, and no step is planned for it.
#[tokio::test]
async fn what_comes_after_a_pruned_resource_counts_as_unchanged() {
    let mut watched = WatchedAlarm::make().await;
    let pruned = watched.graph.add("removed", log_group("/removed"));
    watched.graph.prune(&pruned);
    watched.graph.add_after("alarm", desired_alarm("${group.name}"), &[&pruned]);
    let observed = observe_for_plan(&watched.aws, &watched.graph).await.unwrap();
    assert_eq!(watched.judge_alarm(&observed), (true, 0));
}

#[tokio::test]
async fn the_tags_of_what_a_plan_may_change_are_read() {
    let changed = |graph: &mut Graph| {
        drop(graph.add("alarm", Alarm { threshold: 2.0, ..desired_alarm("${group.name}") }));
    };
    // The alarm refers to it, so a replacement of the group would change the alarm.
    let changed_below = |graph: &mut Graph| {
        let group = LogGroup { retention_days: 7, ..log_group("/1") };
        drop(graph.add("group", group));
    };
    let pruned = |graph: &mut Graph| graph.prune(&ResourceId::new("alarm"));
    let alter: [&dyn Fn(&mut Graph); 3] = [&changed, &changed_below, &pruned];
    for alter in alter {
        let mut watched = WatchedAlarm::make().await;
        alter(&mut watched.graph);
        let observed = observe_for_plan(&watched.aws, &watched.graph).await.unwrap();
        assert_eq!(watched.judge_alarm(&observed), (false, 1));
    }
}
