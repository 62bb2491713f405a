use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatch::operation::put_metric_alarm::PutMetricAlarmOutput;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::testing::mocked::{self, client};

fn desired_alarm() -> Alarm {
    Alarm {
        name: "backup-not-fresh".into(),
        description: "No verified run for 26 hours.".into(),
        namespace: "EfsS3".into(),
        metric: "VerifiedRuns".into(),
        dimensions: BTreeMap::from([("Stack".to_owned(), "backup".to_owned())]),
        statistic: "Sum".into(),
        period_seconds: 3_600,
        evaluation_periods: 26,
        comparison: "LessThanThreshold".into(),
        threshold: 1.0,
        missing_data: "breaching".into(),
        topic_arn: "arn:topic".into(),
        actions_enabled: true,
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("not-fresh-alarm")
}

fn mock_describe(ok_actions: &'static [&'static str]) -> Rule {
    mock!(Client::describe_alarms).then_output(move || {
        let alarm = MetricAlarm::builder().alarm_name("backup-not-fresh").alarm_arn("arn:alarm");
        let alarm = alarm.alarm_description("No verified run for 26 hours.").namespace("EfsS3");
        let alarm = alarm
            .metric_name("VerifiedRuns")
            .statistic(Statistic::Sum)
            .period(3_600)
            .evaluation_periods(26);
        let alarm = alarm
            .dimensions(Dimension::builder().name("Stack").value("backup").build())
            .threshold(1.0);
        let alarm = alarm
            .comparison_operator(ComparisonOperator::LessThanThreshold)
            .treat_missing_data("breaching");
        let ok_actions = ok_actions.iter().map(|arn| (*arn).to_owned()).collect();
        let alarm = alarm.alarm_actions("arn:topic").set_ok_actions(Some(ok_actions)).build();
        DescribeAlarmsOutput::builder().metric_alarms(alarm).build()
    })
}

fn mock_tags() -> Rule {
    mock!(Client::list_tags_for_resource).then_output(|| {
        let tag = |key, value| Tag::builder().key(key).value(value).build();
        let tags = [tag("efs-s3:stack", "backup"), tag("efs-s3:resource", "not-fresh-alarm")];
        ListTagsForResourceOutput::builder().set_tags(Some(tags.into())).build()
    })
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_and_a_lost_action_shows() {
    let aws = Aws {
        cloudwatch: client!(aws_sdk_cloudwatch, &mock_describe(&["arn:topic"]), &mock_tags()),
        ..mocked::aws()
    };
    let found = desired_alarm().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_alarm()), true));
    let aws = Aws {
        cloudwatch: client!(aws_sdk_cloudwatch, &mock_describe(&[]), &mock_tags()),
        ..mocked::aws()
    };
    let lost = desired_alarm().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!(lost.state["topic_arn"], "alarm: arn:topic; ok: ");
}

#[tokio::test]
async fn an_alarm_without_actions_shows() {
    let silent = mock!(Client::describe_alarms).then_output(|| {
        let alarm = MetricAlarm::builder().alarm_name("backup-not-fresh").alarm_arn("arn:alarm");
        DescribeAlarmsOutput::builder().metric_alarms(alarm.actions_enabled(false).build()).build()
    });
    let aws =
        Aws { cloudwatch: client!(aws_sdk_cloudwatch, &silent, &mock_tags()), ..mocked::aws() };
    assert_eq!(
        desired_alarm().read(&aws, &resource_id()).await.unwrap().unwrap().state["actions_enabled"],
        false
    );
}

#[tokio::test]
async fn an_observation_reads_all_alarms_of_the_stack_at_once() {
    let all = mock!(Client::describe_alarms)
        .match_requests(|request| request.alarm_name_prefix() == Some("backup-"))
        .then_output(|| {
            let alarm = |name| MetricAlarm::builder().alarm_name(name).alarm_arn("arn:a").build();
            let alarms = ["backup-not-fresh", "backup-not-fresh.home"].map(alarm).to_vec();
            DescribeAlarmsOutput::builder().set_metric_alarms(Some(alarms)).build()
        });
    let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &all, &mock_tags()), ..mocked::aws() };
    let observation = aws.with_own_cache();
    for (name, there) in
        [("backup-not-fresh", true), ("backup-not-fresh.home", true), ("backup-x", false)]
    {
        let alarm = Alarm { name: name.to_owned(), ..desired_alarm() };
        let found = alarm.read(&observation, &resource_id()).await.unwrap();
        assert_eq!(found.is_some(), there, "{name}");
    }
    assert_eq!(all.num_calls(), 1);
}

#[tokio::test]
async fn absent_is_an_answer() {
    let none =
        mock!(Client::describe_alarms).then_output(|| DescribeAlarmsOutput::builder().build());
    let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &none), ..mocked::aws() };
    assert_eq!(desired_alarm().read(&aws, &resource_id()).await.unwrap(), None);
}

#[tokio::test]
async fn it_is_put_whole_and_tagged_once() {
    let create = mock!(Client::put_metric_alarm)
        .match_requests(|request| {
            request.tags().len() == 2 && request.ok_actions() == ["arn:topic"]
        })
        .then_output(|| PutMetricAlarmOutput::builder().build());
    let update = mock!(Client::put_metric_alarm)
        .match_requests(|request| request.tags().is_empty() && request.threshold() == Some(1.0))
        .then_output(|| PutMetricAlarmOutput::builder().build());
    let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &create, &update), ..mocked::aws() };
    desired_alarm().create(&aws, &resource_id()).await.unwrap();
    let found = LiveResource { state: json!({}), attributes: BTreeMap::new(), managed: true };
    desired_alarm().update(&aws, &resource_id(), &found, &["threshold".into()]).await.unwrap();
    assert_eq!((create.num_calls(), update.num_calls()), (1, 1));
}
