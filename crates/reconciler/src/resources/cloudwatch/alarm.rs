//! CloudWatch alarm on one metric, which notifies an SNS topic when its state becomes ALARM, and
//! when it becomes OK again.
//!
//! `PutMetricAlarm` replaces an existing alarm, but accepts tags only for a new one (CloudWatch API
//! reference).

mod find;

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, MetricAlarm, Statistic, Tag};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, is_ours_unchanged, resource_tags};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub name: String,
    /// The text of the notification: the meaning of the alarm and the next step.
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
    /// The topics that are notified of the states ALARM and OK.
    pub topic_arn: String,
    /// Whether actions run. With `false` the state changes without a notification.
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
        let Some(alarm) = self.find_alarm(aws).await? else { return Ok(None) };
        let arn = alarm.alarm_arn().unwrap_or_default().to_owned();
        let state = json!(Self::from_metric_alarm(alarm));
        let managed =
            is_ours_unchanged(aws, &state, self) || self.is_managed(aws, id, &arn).await?;
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let labels =
            resource_tags(aws, id).map(|(key, value)| Tag::builder().key(key).value(value).build());
        let sent = self.put_alarm(aws).set_tags(Some(labels.into())).send().await;
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
        self.put_alarm(aws)
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
    async fn is_managed(&self, aws: &Aws, id: &ResourceId, arn: &str) -> Result<bool, KindError> {
        let tagged = aws.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await;
        let tagged =
            tagged.map_err(KindError::doing("reading tags of CloudWatch alarm", &self.name))?;
        let tags = tagged.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
        Ok(has_resource_tags(aws, id, tags))
    }

    fn put_alarm(
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

    fn from_metric_alarm(alarm: MetricAlarm) -> Self {
        let statistic = alarm.statistic().map(|statistic| statistic.as_str().to_owned());
        let comparison = alarm.comparison_operator().map(|operator| operator.as_str().to_owned());
        Self {
            dimensions: alarm.dimensions().iter().map(name_and_value).collect(),
            topic_arn: live_topic(&alarm),
            // The default of CloudWatch (CloudWatch API reference, `PutMetricAlarm`).
            actions_enabled: alarm.actions_enabled.unwrap_or(true),
            statistic: statistic.unwrap_or_default(),
            comparison: comparison.unwrap_or_default(),
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

fn name_and_value(dimension: &Dimension) -> (String, String) {
    let (name, value) = (dimension.name(), dimension.value());
    (name.unwrap_or_default().to_owned(), value.unwrap_or_default().to_owned())
}

/// One topic for both; anything else shows as a difference.
fn live_topic(alarm: &MetricAlarm) -> String {
    match (alarm.alarm_actions(), alarm.ok_actions()) {
        ([on], [off]) if on == off => on.clone(),
        (on, off) => format!("alarm: {}; ok: {}", on.join(", "), off.join(", ")),
    }
}

#[cfg(test)]
mod tests;
