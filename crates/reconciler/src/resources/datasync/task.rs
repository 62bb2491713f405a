//! DataSync task: source, destination, options and report.
//!
//! Quirks: a new task passes through CREATING and, when its mount target is new, UNAVAILABLE,
//! before it is AVAILABLE. The log group's ARN is accepted with `:*` and returned with or without;
//! it is not sent when a task in Enhanced mode is created, which always logs to `/aws/datasync`
//! (API model 2018-11-09, `CreateTask`, `UpdateTask`). Patterns are one text joined by `|`.
//! Locations can't be changed. A running execution is cancelled before its task is deleted.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::types::TaskMode;
use domain::arn::resource_id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::describe::{await_available, describe_task, find_only_task, find_task};
use self::executions::cancel_executions;
use self::filters::{from_filters, to_filters};
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::datasync::refusals::{is_absent, passes_with_time, sent_once};
use crate::resources::datasync::tagging::tag_list;
use crate::tagging::is_ours_unchanged;
use crate::wait::{self, IAM_PROPAGATION};

mod describe;
mod executions;
mod filters;
mod network_interfaces;
mod options;
mod report;
mod requests;

pub use options::TaskOptions;
pub use report::TaskReport;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub name: String,
    /// `BASIC` or `ENHANCED`.
    pub mode: String,
    pub source_location_arn: String,
    pub destination_location_arn: String,
    /// Without `:*`.
    pub log_group_arn: String,
    /// Boxed: otherwise a task would be three times the size of any other resource.
    pub options: Box<TaskOptions>,
    /// Patterns; none includes everything.
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub report: TaskReport,
}

impl ResourceKind for Task {
    const NAME: &'static str = "DataSync task";
    const ACTIONS: Actions = Actions {
        look: &[
            "datasync:DescribeTask",
            "datasync:ListTaskExecutions",
            "ec2:DescribeNetworkInterfaces",
        ],
        make: &["datasync:CreateTask"],
        change: &["datasync:CancelTaskExecution", "datasync:DeleteTask", "datasync:UpdateTask"],
        implied: &[
            "datasync:TagResource",
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
        ],
    };
    const FORCE_NEW: &'static [&'static str] =
        &["mode", "source_location_arn", "destination_location_arn"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if let Some(found) = self.find_unchanged(aws, id).await? {
            return Ok(Some(found));
        }
        let Some(arn) = find_task(aws, id, &self.name).await? else { return Ok(None) };
        Ok(describe_task(aws, &arn).await?.map(|answer| self.live_resource(arn, answer)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let made = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let create = self.create_request(aws, id)?.customize();
            let answer = create.config_override(sent_once()).send().await?;
            answer.task_arn.ok_or_else(|| SdkFailure::incomplete("TaskArn"))
        });
        let arn = made.await.map_err(KindError::doing("creating DataSync task", &self.name))?;
        await_available(aws, &arn).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        let changed = wait::retry(IAM_PROPAGATION, passes_with_time, async || {
            let update = self.update_request(aws, arn)?;
            update.send().await.map(drop).map_err(SdkFailure::from)
        });
        changed.await.map_err(KindError::doing("changing DataSync task", &self.name))
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        cancel_executions(aws, arn).await?;
        // Read before the deletion: afterwards no call returns them.
        let interfaces = network_interfaces::of_task(describe_task(aws, arn).await?);
        if let Err(error) = aws.datasync.delete_task().task_arn(arn).send().await {
            let failure = SdkFailure::from(error);
            if !is_absent(&failure) {
                return Err(KindError::doing("deleting DataSync task", arn)(failure));
            }
        }
        network_interfaces::await_gone(aws, arn, &interfaces).await
    }
}

impl Task {
    /// Returns the task without a look at its tags, if it may be told by its locations: nobody but
    /// us makes one between two locations of ours.
    async fn find_unchanged(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<Option<LiveResource>, KindError> {
        if !aws.unchanged_is_ours {
            return Ok(None);
        }
        let Some(arn) = find_only_task(aws, id, &self.name).await? else { return Ok(None) };
        let found = describe_task(aws, &arn).await?.map(|answer| self.live_resource(arn, answer));
        Ok(found.filter(|found| is_ours_unchanged(aws, &found.state, self)))
    }

    fn is_enhanced(&self) -> bool {
        self.mode == TaskMode::Enhanced.as_str()
    }

    /// The form with `:*` is the one seen to work.
    fn log_group(&self) -> String {
        format!("{}:*", self.log_group_arn)
    }

    /// The log group of the live task. In Enhanced mode DataSync chooses it. Without one in the
    /// response, the desired log group counts as live.
    fn live_log_group(&self, answered: Option<String>) -> String {
        let given = if self.is_enhanced() { self.log_group_arn.clone() } else { String::new() };
        answered.filter(|arn| !arn.is_empty()).unwrap_or(given)
    }

    fn live_resource(&self, arn: String, answer: DescribeTaskOutput) -> LiveResource {
        let log_group = self.live_log_group(answer.cloud_watch_log_group_arn);
        let state = Self {
            name: answer.name.unwrap_or_default(),
            mode: answer.task_mode.unwrap_or(TaskMode::Basic).as_str().to_owned(),
            source_location_arn: answer.source_location_arn.unwrap_or_default(),
            destination_location_arn: answer.destination_location_arn.unwrap_or_default(),
            log_group_arn: log_group.strip_suffix(":*").unwrap_or(&log_group).to_owned(),
            options: Box::new(TaskOptions::from_api(answer.options)),
            includes: from_filters(&self.includes, answer.includes),
            excludes: from_filters(&self.excludes, answer.excludes),
            report: TaskReport::from_api(answer.task_report_config),
        };
        let id = resource_id(&arn).to_owned();
        let attributes = BTreeMap::from([("arn".to_owned(), arn), ("id".to_owned(), id)]);
        LiveResource { state: json!(state), attributes, managed: true }
    }
}

#[cfg(test)]
mod tests;
