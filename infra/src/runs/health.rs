//! The health of the stack, as `status` shows it: the age of the newest proven execution, the
//! alarms and the dead letters.

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use aws_sdk_sqs::types::QueueAttributeName;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::access::Access;
use crate::context::StackContext;
use crate::deploy::alarms::alarm_names;

pub(crate) const ACCESS: Access = Access {
    stack: &["cloudwatch:DescribeAlarms", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
    ..Access::NONE
};

/// The maximum of CloudWatch for one call (CloudWatch API reference, `DescribeAlarms`).
const ALARMS_AT_ONCE: usize = 100;

/// The age of the newest proven execution.
#[derive(Debug, Serialize)]
pub(crate) struct Freshness {
    /// The time of its end; absent where no recorded execution is proven.
    pub last_proven: Option<DateTime<Utc>>,
    /// The limit; absent where the configuration has none.
    pub within_hours: Option<i32>,
    pub late: bool,
}

impl Freshness {
    pub(crate) fn new(
        last_proven: Option<DateTime<Utc>>,
        within_hours: Option<i32>,
        now: DateTime<Utc>,
    ) -> Self {
        let late = within_hours.is_some_and(|hours| {
            last_proven.is_none_or(|ended| now - ended > TimeDelta::hours(i64::from(hours)))
        });
        Self { last_proven, within_hours, late }
    }
}

/// Returns the names of the alarms in state ALARM; `None` in the local cloud, which has no alarms.
pub(crate) async fn alarms_in_alarm_state(context: &StackContext) -> Result<Option<Vec<String>>> {
    if context.local {
        return Ok(None);
    }
    let names = alarm_names(&context.config, context.names());
    let mut off = Vec::new();
    for some in names.chunks(ALARMS_AT_ONCE) {
        let describe =
            context.aws.cloudwatch.describe_alarms().set_alarm_names(Some(some.to_vec()));
        let described =
            describe.send().await.map_err(SdkFailure::from).context("describing the alarms")?;
        off.extend(names_in_alarm(described.metric_alarms()));
    }
    Ok(Some(off))
}

fn names_in_alarm(alarms: &[MetricAlarm]) -> impl Iterator<Item = String> {
    let off = alarms.iter().filter(|alarm| alarm.state_value() == Some(&StateValue::Alarm));
    off.filter_map(|alarm| alarm.alarm_name().map(str::to_owned))
}

/// Returns the number of messages in the dead-letter queue; `None` without a queue.
pub(crate) async fn count_dead_letters(context: &StackContext) -> Result<Option<i64>> {
    let Some(queue) = dead_letter_queue_url(context).await? else { return Ok(None) };
    let depth = QueueAttributeName::ApproximateNumberOfMessages;
    let asked = context
        .aws
        .sqs
        .get_queue_attributes()
        .queue_url(queue)
        .attribute_names(depth.clone())
        .send()
        .await;
    let asked = asked.map_err(SdkFailure::from).context("counting the dead letters")?;
    Ok(asked.attributes().and_then(|all| all.get(&depth)).and_then(|text| text.parse().ok()))
}

/// Returns the URL of the dead-letter queue; `None` before the first deploy.
pub(crate) async fn dead_letter_queue_url(context: &StackContext) -> Result<Option<String>> {
    let name = context.names().dead_letter_queue();
    match context.aws.sqs.get_queue_url().queue_name(&name).send().await.map_err(SdkFailure::from) {
        Ok(answer) => Ok(answer.queue_url),
        Err(failure)
            if failure.is(&["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"]) =>
        {
            Ok(None)
        }
        Err(failure) => {
            Err(failure).with_context(|| format!("reading the URL of the queue `{name}`"))
        }
    }
}
