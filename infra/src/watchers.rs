//! What watches the stack, as `status` shows it: how old the newest proven run is, the alarms, the
//! dead letters.

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_sqs::types::QueueAttributeName;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::access::Access;
use crate::alarms::alarms;
use crate::place::Place;
use crate::runs::Run;

pub(crate) const ACCESS: Access = Access {
    stack: &["cloudwatch:DescribeAlarms", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
    ..Access::NONE
};

/// As many as CloudWatch takes at once (CloudWatch API reference, `DescribeAlarms`).
const ALARMS_AT_ONCE: usize = 100;

/// How old the newest proven run is.
#[derive(Debug, Serialize)]
pub(crate) struct Freshness {
    /// When it ended; absent where none of those on record is proven.
    pub last_proven: Option<DateTime<Utc>>,
    /// Absent where nobody watches.
    pub within_hours: Option<i32>,
    pub late: bool,
}

impl Freshness {
    /// `runs` are the newest ones, the latest first.
    pub(crate) fn of(place: &Place, runs: &[Run], now: DateTime<Utc>) -> Self {
        let last_proven =
            runs.iter().filter(|run| run.is_proven()).filter_map(|run| run.ended_at).max();
        let within_hours = place.config.schedule.fresh_within_hours();
        let late = within_hours.is_some_and(|hours| {
            last_proven.is_none_or(|ended| now - ended > TimeDelta::hours(i64::from(hours)))
        });
        Self { last_proven, within_hours, late }
    }
}

/// The alarms that have gone off; `None` where there are none to ask: in the local cloud.
pub(crate) async fn alarms_off(place: &Place) -> Result<Option<Vec<String>>> {
    if place.local {
        return Ok(None);
    }
    let names: Vec<String> = alarms(&place.config, place.names(), true)
        .into_iter()
        .map(|(_, alarm)| alarm.name)
        .collect();
    let mut off = Vec::new();
    for some in names.chunks(ALARMS_AT_ONCE) {
        let describe = place.aws.cloudwatch.describe_alarms().set_alarm_names(Some(some.to_vec()));
        let described =
            describe.send().await.map_err(SdkFailure::from).context("describing the alarms")?;
        let alarms = described
            .metric_alarms()
            .iter()
            .filter(|alarm| alarm.state_value() == Some(&StateValue::Alarm));
        off.extend(alarms.filter_map(|alarm| alarm.alarm_name().map(str::to_owned)));
    }
    Ok(Some(off))
}

/// How many messages lie in the dead-letter queue; `None` without one.
pub(crate) async fn dead_letters(place: &Place) -> Result<Option<i64>> {
    let Some(queue) = dead_letter_queue(place).await? else { return Ok(None) };
    let depth = QueueAttributeName::ApproximateNumberOfMessages;
    let asked = place
        .aws
        .sqs
        .get_queue_attributes()
        .queue_url(queue)
        .attribute_names(depth.clone())
        .send()
        .await;
    let asked =
        asked.map_err(SdkFailure::from).context("asking how many dead letters there are")?;
    Ok(asked.attributes().and_then(|all| all.get(&depth)).and_then(|text| text.parse().ok()))
}

/// The URL of the dead-letter queue; `None` before the first deploy.
pub(crate) async fn dead_letter_queue(place: &Place) -> Result<Option<String>> {
    let name = place.names().dead_letter_queue();
    match place.aws.sqs.get_queue_url().queue_name(&name).send().await.map_err(SdkFailure::from) {
        Ok(answer) => Ok(answer.queue_url),
        Err(failure)
            if failure.is(&["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"]) =>
        {
            Ok(None)
        }
        Err(failure) => Err(failure).with_context(|| format!("finding the queue `{name}`")),
    }
}
