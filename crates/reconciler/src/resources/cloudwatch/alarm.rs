//! CloudWatch alarm on one metric, which tells an SNS topic when it goes off and when all is well
//! again.
//!
//! `PutMetricAlarm` replaces what was there, but takes tags only for a new one (CloudWatch API
//! reference).

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, MetricAlarm, Statistic, Tag};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub name: String,
    /// What it means and what to do: it is in the notification.
    pub description: String,
    pub namespace: String,
    pub metric: String,
    pub dimensions: BTreeMap<String, String>,
    /// `Sum`, `Maximum`, …
    pub statistic: String,
    /// 60 or a multiple. Periods of an hour or more may cover 7 days in all, shorter ones one day.
    pub period_seconds: i32,
    /// That many periods in a row must breach.
    pub evaluation_periods: i32,
    /// `GreaterThanOrEqualToThreshold`, `LessThanThreshold`, …
    pub comparison: String,
    pub threshold: f64,
    /// `breaching`, `notBreaching`, `ignore` or `missing`.
    pub missing_data: String,
    /// Told when it goes off, and when it is well again.
    pub topic_arn: String,
    /// False: it changes its state and tells nobody.
    pub actions_enabled: bool,
}

impl ResourceKind for Alarm {
    const NAME: &'static str = "CloudWatch alarm";
    const ACTIONS: Actions = Actions {
        look: &["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
        make: &["cloudwatch:PutMetricAlarm"],
        change: &["cloudwatch:DeleteAlarms"],
        implied: &["cloudwatch:TagResource"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let answer = aws.cloudwatch.describe_alarms().alarm_names(&self.name).send().await;
        let answer = answer.map_err(KindError::doing("reading CloudWatch alarm", &self.name))?;
        let Some(alarm) = answer.metric_alarms.unwrap_or_default().into_iter().next() else {
            return Ok(None);
        };
        let arn = alarm.alarm_arn().unwrap_or_default().to_owned();
        let tagged = aws.cloudwatch.list_tags_for_resource().resource_arn(&arn).send().await;
        let tagged =
            tagged.map_err(KindError::doing("reading tags of CloudWatch alarm", &self.name))?;
        let tagged = tagged.tags();
        let tagged = tagged.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
        let managed = has_resource_tags(aws, id, tagged);
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state: json!(Self::of(alarm)), attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let labels =
            resource_tags(aws, id).map(|(key, value)| Tag::builder().key(key).value(value).build());
        let sent = self.put(aws).set_tags(Some(labels.into())).send().await;
        sent.map_err(KindError::doing("creating CloudWatch alarm", &self.name))?;
        Ok(())
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put(aws)
            .send()
            .await
            .map_err(KindError::doing("changing CloudWatch alarm", &self.name))?;
        Ok(())
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        // Deleting one that is gone succeeds, or is `ResourceNotFound`.
        if let Err(error) = aws.cloudwatch.delete_alarms().alarm_names(&self.name).send().await {
            let failure = aws::SdkFailure::from(error);
            if !failure.is(&["ResourceNotFound", "ResourceNotFoundException"]) {
                return Err(KindError::doing("deleting CloudWatch alarm", &self.name)(failure));
            }
        }
        Ok(())
    }
}

impl Alarm {
    fn put(
        &self,
        aws: &Aws,
    ) -> aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder
    {
        let dimensions = self
            .dimensions
            .iter()
            .map(|(name, value)| Dimension::builder().name(name).value(value).build());
        let put = aws
            .cloudwatch
            .put_metric_alarm()
            .alarm_name(&self.name)
            .alarm_description(&self.description);
        let put = put
            .namespace(&self.namespace)
            .metric_name(&self.metric)
            .set_dimensions(Some(dimensions.collect()));
        let put =
            put.statistic(Statistic::from(self.statistic.as_str())).period(self.period_seconds);
        let put = put.evaluation_periods(self.evaluation_periods).threshold(self.threshold);
        let put = put.comparison_operator(ComparisonOperator::from(self.comparison.as_str()));
        let put = put.actions_enabled(self.actions_enabled);
        put.treat_missing_data(&self.missing_data)
            .alarm_actions(&self.topic_arn)
            .ok_actions(&self.topic_arn)
    }

    fn of(alarm: MetricAlarm) -> Self {
        let dimensions = alarm.dimensions().iter().map(|dimension| {
            (
                dimension.name().unwrap_or_default().to_owned(),
                dimension.value().unwrap_or_default().to_owned(),
            )
        });
        // One topic for both; anything else shows as a difference.
        let topic_arn = match (alarm.alarm_actions(), alarm.ok_actions()) {
            ([on], [off]) if on == off => on.clone(),
            (on, off) => format!("alarm: {}; ok: {}", on.join(", "), off.join(", ")),
        };
        Self {
            dimensions: dimensions.collect(),
            topic_arn,
            // The default of CloudWatch (CloudWatch API reference, `PutMetricAlarm`).
            actions_enabled: alarm.actions_enabled.unwrap_or(true),
            statistic: alarm
                .statistic
                .map(|statistic| statistic.as_str().to_owned())
                .unwrap_or_default(),
            comparison: alarm
                .comparison_operator
                .map(|comparison| comparison.as_str().to_owned())
                .unwrap_or_default(),
            name: alarm.alarm_name.unwrap_or_default(),
            description: alarm.alarm_description.unwrap_or_default(),
            namespace: alarm.namespace.unwrap_or_default(),
            metric: alarm.metric_name.unwrap_or_default(),
            period_seconds: alarm.period.unwrap_or_default(),
            evaluation_periods: alarm.evaluation_periods.unwrap_or_default(),
            threshold: alarm.threshold.unwrap_or_default(),
            missing_data: alarm.treat_missing_data.unwrap_or_else(|| "missing".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::Client;
    use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
    use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_cloudwatch::operation::put_metric_alarm::PutMetricAlarmOutput;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client};

    fn desired() -> Alarm {
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

    fn id() -> ResourceId {
        ResourceId::new("not-fresh-alarm")
    }

    fn described(ok_actions: &'static [&'static str]) -> Rule {
        mock!(Client::describe_alarms).then_output(move || {
            let alarm =
                MetricAlarm::builder().alarm_name("backup-not-fresh").alarm_arn("arn:alarm");
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

    fn tagged() -> Rule {
        mock!(Client::list_tags_for_resource).then_output(|| {
            let tag = |key, value| Tag::builder().key(key).value(value).build();
            let tags = [tag("efs-s3:stack", "backup"), tag("efs-s3:resource", "not-fresh-alarm")];
            ListTagsForResourceOutput::builder().set_tags(Some(tags.into())).build()
        })
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired_and_a_lost_action_shows() {
        let aws = Aws {
            cloudwatch: client!(aws_sdk_cloudwatch, &described(&["arn:topic"]), &tagged()),
            ..mocked::aws()
        };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.managed), (json!(desired()), true));
        let aws = Aws {
            cloudwatch: client!(aws_sdk_cloudwatch, &described(&[]), &tagged()),
            ..mocked::aws()
        };
        let lost = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!(lost.state["topic_arn"], "alarm: arn:topic; ok: ");
    }

    #[tokio::test]
    async fn an_alarm_that_tells_nobody_shows() {
        let silent = mock!(Client::describe_alarms).then_output(|| {
            let alarm =
                MetricAlarm::builder().alarm_name("backup-not-fresh").alarm_arn("arn:alarm");
            DescribeAlarmsOutput::builder()
                .metric_alarms(alarm.actions_enabled(false).build())
                .build()
        });
        let aws =
            Aws { cloudwatch: client!(aws_sdk_cloudwatch, &silent, &tagged()), ..mocked::aws() };
        assert_eq!(
            desired().read(&aws, &id()).await.unwrap().unwrap().state["actions_enabled"],
            false
        );
    }

    #[tokio::test]
    async fn absent_is_an_answer() {
        let none =
            mock!(Client::describe_alarms).then_output(|| DescribeAlarmsOutput::builder().build());
        let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &none), ..mocked::aws() };
        assert_eq!(desired().read(&aws, &id()).await.unwrap(), None);
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
        let aws =
            Aws { cloudwatch: client!(aws_sdk_cloudwatch, &create, &update), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        let found = LiveResource { state: json!({}), attributes: BTreeMap::new(), managed: true };
        desired().update(&aws, &id(), &found, &["threshold".into()]).await.unwrap();
        assert_eq!((create.num_calls(), update.num_calls()), (1, 1));
    }
}
