//! Reads of an alarm, with all alarms of the stack in an observation.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::MetricAlarm;

use super::Alarm;
use crate::Aws;
use crate::kind_error::KindError;

impl Alarm {
    /// Reads all alarms of the stack at once in an observation, and this one alone outside of it.
    pub(super) async fn find_alarm(&self, aws: &Aws) -> Result<Option<MetricAlarm>, KindError> {
        let all = aws.names.within_stack("");
        match &aws.observed_before {
            Some(before) if self.name.starts_with(&all) => {
                let describe = aws.cloudwatch.describe_alarms().alarm_name_prefix(all);
                let alarms = before.alarms.get_or_try_init(|| self.list_alarms(describe)).await?;
                Ok(alarms.get(&self.name).cloned())
            }
            _ => {
                let describe = aws.cloudwatch.describe_alarms().alarm_names(&self.name);
                Ok(self.list_alarms(describe).await?.remove(&self.name))
            }
        }
    }

    async fn list_alarms(
        &self,
        describe: DescribeAlarmsFluentBuilder,
    ) -> Result<BTreeMap<String, MetricAlarm>, KindError> {
        let mut pages = describe.into_paginator().send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(KindError::doing("reading CloudWatch alarm", &self.name))?;
            let alarms = page.metric_alarms.unwrap_or_default().into_iter();
            found.extend(alarms.filter_map(|alarm| Some((alarm.alarm_name.clone()?, alarm))));
        }
        Ok(found)
    }
}
