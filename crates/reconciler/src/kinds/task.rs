//! DataSync task: what is copied, how, and where the report goes.
//!
//! Quirks: a fresh task passes through CREATING and, when its mount target is young, UNAVAILABLE,
//! before it is AVAILABLE; the log group's ARN is taken with `:*` and comes back with or without,
//! and is not named when a task in Enhanced mode is made, which always logs to `/aws/datasync` (API
//! model 2018-11-09, `CreateTask`, `UpdateTask`); patterns travel as one text joined by `|`;
//! locations can't be changed; a running execution is cancelled before its task is deleted.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_datasync::types::{FilterRule, FilterType, TaskExecutionStatus, TaskMode, TaskStatus};
use domain::arn::resource_id;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Actions, Cause, Found, Kind, KindError, datasync};
use crate::Aws;
use crate::graph::ResourceId;
use crate::wait::{self, EXECUTION_CANCEL, IAM_PROPAGATION, TASK_AVAILABLE};

mod network_interfaces;
mod options;
mod report;

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
    /// Boxed: a task would be thrice the size of any other resource.
    pub options: Box<TaskOptions>,
    /// Patterns; none includes everything.
    pub includes: Vec<String>,
    pub excludes: Vec<String>,
    pub report: TaskReport,
}

impl Kind for Task {
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
    const REPLACE_ON: &'static [&'static str] =
        &["mode", "source_location_arn", "destination_location_arn"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        let Some(arn) = find(aws, id).await? else { return Ok(None) };
        Ok(describe(aws, &arn).await?.map(|answer| self.found(arn, answer)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let made = wait::retry(IAM_PROPAGATION, datasync::passes_with_time, async || {
            let create = aws.datasync.create_task().name(&self.name);
            let create = create
                .set_cloud_watch_log_group_arn((!self.is_enhanced()).then(|| self.log_group()));
            let create = create.task_mode(self.mode.as_str().into());
            let create = create.source_location_arn(&self.source_location_arn);
            let create = create.destination_location_arn(&self.destination_location_arn);
            let create = create
                .options(self.options.to_api(&self.mode))
                .task_report_config(self.report.to_api()?);
            let create =
                create.set_includes(filters(&self.includes)).set_excludes(filters(&self.excludes));
            let create = create.set_tags(Some(datasync::tag_list(aws, id))).customize();
            let answer = create.config_override(datasync::sent_once()).send().await?;
            answer.task_arn.ok_or_else(|| SdkFailure::incomplete("TaskArn"))
        });
        let arn = made.await.map_err(KindError::doing("creating DataSync task", &self.name))?;
        await_available(aws, &arn).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &Found,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        let changed = wait::retry(IAM_PROPAGATION, datasync::passes_with_time, async || {
            let update = aws.datasync.update_task().task_arn(arn).name(&self.name);
            let update = update
                .cloud_watch_log_group_arn(self.log_group())
                .options(self.options.to_api(&self.mode));
            let update = update.task_report_config(self.report.to_api()?);
            let (includes, excludes) = (filters(&self.includes), filters(&self.excludes));
            // An absent list would leave the patterns as they are.
            let update = update
                .set_includes(includes.or(Some(Vec::new())))
                .set_excludes(excludes.or(Some(Vec::new())));
            update.send().await.map(drop).map_err(SdkFailure::from)
        });
        changed.await.map_err(KindError::doing("changing DataSync task", &self.name))
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        let arn = found.attribute("arn");
        cancel_executions(aws, arn).await?;
        // Asked for before: afterwards nobody says any more which they were.
        let interfaces = network_interfaces::of_task(describe(aws, arn).await?);
        if let Err(error) = aws.datasync.delete_task().task_arn(arn).send().await {
            let failure = SdkFailure::from(error);
            if !datasync::is_absent(&failure) {
                return Err(KindError::doing("deleting DataSync task", arn)(failure));
            }
        }
        network_interfaces::await_gone(aws, arn, &interfaces).await
    }
}

impl Task {
    fn is_enhanced(&self) -> bool {
        self.mode == TaskMode::Enhanced.as_str()
    }

    /// The form with `:*` is the one seen to work.
    fn log_group(&self) -> String {
        format!("{}:*", self.log_group_arn)
    }

    fn found(&self, arn: String, answer: DescribeTaskOutput) -> Found {
        // In Enhanced mode it is given, not chosen: an answer without it says nothing against the
        // one that is desired.
        let given = if self.is_enhanced() { self.log_group_arn.clone() } else { String::new() };
        let log_group =
            answer.cloud_watch_log_group_arn.filter(|arn| !arn.is_empty()).unwrap_or(given);
        let state = Self {
            name: answer.name.unwrap_or_default(),
            mode: answer.task_mode.unwrap_or(TaskMode::Basic).as_str().to_owned(),
            source_location_arn: answer.source_location_arn.unwrap_or_default(),
            destination_location_arn: answer.destination_location_arn.unwrap_or_default(),
            log_group_arn: log_group.strip_suffix(":*").unwrap_or(&log_group).to_owned(),
            options: Box::new(TaskOptions::from_api(answer.options)),
            includes: patterns(&self.includes, answer.includes),
            excludes: patterns(&self.excludes, answer.excludes),
            report: TaskReport::from_api(answer.task_report_config),
        };
        let id = resource_id(&arn).to_owned();
        let attributes = BTreeMap::from([("arn".to_owned(), arn), ("id".to_owned(), id)]);
        Found { state: json!(state), attributes, ours: true }
    }
}

async fn find(aws: &Aws, id: &ResourceId) -> Result<Option<String>, KindError> {
    for arn in datasync::lists::tasks(aws, id).await? {
        if datasync::is_ours(aws, id, &arn).await? {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

async fn describe(aws: &Aws, arn: &str) -> Result<Option<DescribeTaskOutput>, KindError> {
    match aws.datasync.describe_task().task_arn(arn).send().await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => {
            let failure = SdkFailure::from(error);
            let doing = KindError::doing("describing DataSync task", arn);
            if datasync::is_absent(&failure) { Ok(None) } else { Err(doing(failure)) }
        }
    }
}

/// UNAVAILABLE passes when the file system's mount targets are young; when it stays, DataSync says
/// why.
async fn await_available(aws: &Aws, arn: &str) -> Result<(), KindError> {
    let mut why = String::new();
    let available = wait::until(TASK_AVAILABLE, async || {
        let doing = KindError::doing("waiting for DataSync task", arn);
        let gone = || doing(Cause::Other("it was deleted meanwhile".to_owned()));
        let answer = describe(aws, arn).await?.ok_or_else(gone)?;
        let pending = matches!(answer.status, Some(TaskStatus::Creating | TaskStatus::Unavailable));
        why = [answer.error_code, answer.error_detail]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": ");
        Ok((!pending).then_some(()))
    });
    let available = available.await?;
    let minutes = TASK_AVAILABLE.as_secs() / 60;
    let never = || {
        Cause::Other(format!("it is not AVAILABLE after {minutes} minutes; DataSync says: {why}"))
    };
    available.ok_or_else(|| KindError::doing("waiting for DataSync task", arn)(never()))
}

async fn cancel_executions(aws: &Aws, task_arn: &str) -> Result<(), KindError> {
    for execution in unfinished_executions(aws, task_arn).await? {
        if let Err(error) =
            aws.datasync.cancel_task_execution().task_execution_arn(&execution).send().await
        {
            let failure = SdkFailure::from(error);
            // It may have ended since it was listed; if it did not, the wait below says so.
            if !failure.is(&["InvalidRequestException"]) {
                return Err(KindError::doing("cancelling DataSync task execution", &execution)(
                    failure,
                ));
            }
        }
    }
    let ended = wait::until(EXECUTION_CANCEL, async || {
        let unfinished = unfinished_executions(aws, task_arn).await?;
        Ok(unfinished.is_empty().then_some(()))
    });
    let minutes = EXECUTION_CANCEL.as_secs() / 60;
    let never = || {
        Cause::Other(format!("an execution still runs {minutes} minutes after it was cancelled"))
    };
    ended.await?.ok_or_else(|| KindError::doing("deleting DataSync task", task_arn)(never()))
}

async fn unfinished_executions(aws: &Aws, task_arn: &str) -> Result<Vec<String>, KindError> {
    let mut pages = aws.datasync.list_task_executions().task_arn(task_arn).into_paginator().send();
    let mut unfinished = Vec::new();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                let failure = SdkFailure::from(error);
                let doing = KindError::doing("listing executions of DataSync task", task_arn);
                return if datasync::is_absent(&failure) {
                    Ok(Vec::new())
                } else {
                    Err(doing(failure))
                };
            }
        };
        let executions = page.task_executions.unwrap_or_default().into_iter();
        let running =
            executions.filter(|execution| !execution.status.as_ref().is_some_and(is_final));
        unfinished.extend(running.filter_map(|execution| execution.task_execution_arn));
    }
    Ok(unfinished)
}

fn is_final(status: &TaskExecutionStatus) -> bool {
    matches!(status, TaskExecutionStatus::Success | TaskExecutionStatus::Error)
}

/// DataSync takes at most one rule, whose patterns are joined by `|`.
fn filters(patterns: &[String]) -> Option<Vec<FilterRule>> {
    let rule = || {
        FilterRule::builder()
            .filter_type(FilterType::SimplePattern)
            .value(patterns.join("|"))
            .build()
    };
    (!patterns.is_empty()).then(|| vec![rule()])
}

/// A pattern may hold an escaped `|`: where the joined text is the desired one, so are the
/// patterns.
fn patterns(desired: &[String], found: Option<Vec<FilterRule>>) -> Vec<String> {
    let joined = found
        .unwrap_or_default()
        .into_iter()
        .filter_map(|rule| rule.value)
        .collect::<Vec<_>>()
        .join("|");
    if joined == desired.join("|") {
        return desired.to_vec();
    }
    joined.split('|').filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
