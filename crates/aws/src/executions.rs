//! Task executions as plain data: the one place that reads `DescribeTaskExecution` and the tags of
//! an execution.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::types::{FilterRule, TaskMode};
use aws_smithy_types::DateTime as SdkDateTime;
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::execution::{Execution, ReportResult, ServiceMessage};
use domain::records::run::{Counters, Filters, PhaseDurations};

use crate::failure::SdkFailure;

/// The number of retries, and the pause before each.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub attempts: u32,
    pub pause: Duration,
}

impl Patience {
    /// The same, but no longer than `time`; at least one attempt.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        if self.pause.is_zero() {
            return self;
        }
        let attempts = u32::try_from(time.as_millis() / self.pause.as_millis()).unwrap_or(u32::MAX);
        Self { attempts: self.attempts.min(attempts.saturating_add(1)), ..self }
    }
}

/// Describes an execution.
///
/// # Errors
/// When the call fails; an unknown execution is an `InvalidRequestException` too.
pub async fn describe(client: &Client, arn: &ExecutionArn) -> Result<Execution, SdkFailure> {
    let answer = client.describe_task_execution().task_execution_arn(arn.as_str()).send().await?;
    Ok(to_execution(arn, &answer))
}

/// Describes an execution until `wished_for` holds or the retries end, and returns the last
/// description.
///
/// # Errors
/// The errors of [`describe`].
pub async fn describe_until(
    client: &Client,
    arn: &ExecutionArn,
    patience: Patience,
    wished_for: impl Fn(&Execution) -> bool,
) -> Result<Execution, SdkFailure> {
    let mut execution = describe(client, arn).await?;
    for _ in 1..patience.attempts {
        if wished_for(&execution) {
            break;
        }
        tokio::time::sleep(patience.pause).await;
        execution = describe(client, arn).await?;
    }
    Ok(execution)
}

/// The tags of an execution, by key.
///
/// # Errors
/// When the call fails.
pub async fn tags(
    client: &Client,
    arn: &ExecutionArn,
) -> Result<BTreeMap<String, String>, SdkFailure> {
    let answer = client.list_tags_for_resource().resource_arn(arn.as_str()).send().await?;
    let pairs = answer
        .tags
        .unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key, tag.value.unwrap_or_default()));
    Ok(pairs.collect())
}

fn verify_mode_of(answer: &DescribeTaskExecutionOutput) -> Option<String> {
    let mode = answer.options().and_then(|options| options.verify_mode());
    mode.map(|mode| mode.as_str().to_owned())
}

fn to_execution(arn: &ExecutionArn, answer: &DescribeTaskExecutionOutput) -> Execution {
    let result = answer.result();
    Execution {
        arn: arn.clone(),
        status: answer.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        verify_mode: verify_mode_of(answer),
        filters: execution_filters(answer),
        started_at: answer.start_time().and_then(to_utc),
        launched_at: answer.launch_time().and_then(to_utc),
        ended_at: answer.end_time().and_then(to_utc),
        counters: read_counters(answer),
        durations: phase_durations(answer),
        error: service_message(
            result.and_then(|r| r.error_code()),
            result.and_then(|r| r.error_detail()),
        ),
        report: report_result(answer),
    }
}

fn read_counters(answer: &DescribeTaskExecutionOutput) -> Counters {
    Counters {
        files_to_transfer: answer.estimated_files_to_transfer(),
        bytes_to_transfer: answer.estimated_bytes_to_transfer(),
        files_transferred: answer.files_transferred(),
        bytes_transferred: answer.bytes_transferred(),
        bytes_written: answer.bytes_written(),
        files_verified: answer.files_verified(),
        files_deleted: answer.files_deleted(),
        files_skipped: answer.files_skipped(),
        files_listed: listed_files(answer),
    }
}

/// In Basic mode the field is absent or 0, which means unknown.
fn listed_files(answer: &DescribeTaskExecutionOutput) -> Option<i64> {
    let enhanced = answer.task_mode() == Some(&TaskMode::Enhanced);
    answer.files_listed().filter(|_| enhanced).map(|listed| listed.at_source())
}

fn execution_filters(answer: &DescribeTaskExecutionOutput) -> Filters {
    let value = |rules: &[FilterRule]| {
        rules.first()?.value().filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let source = answer
        .manifest_config()
        .and_then(|manifest| manifest.source())
        .and_then(|source| source.s3());
    let manifest = source.map(|s3| s3.manifest_object_path().to_owned());
    Filters { includes: value(answer.includes()), excludes: value(answer.excludes()), manifest }
}

fn phase_durations(answer: &DescribeTaskExecutionOutput) -> PhaseDurations {
    let Some(result) = answer.result() else { return PhaseDurations::default() };
    PhaseDurations {
        prepare_ms: result.prepare_duration().unwrap_or_default(),
        transfer_ms: result.transfer_duration().unwrap_or_default(),
        verify_ms: result.verify_duration().unwrap_or_default(),
        total_ms: result.total_duration().unwrap_or_default(),
    }
}

fn report_result(answer: &DescribeTaskExecutionOutput) -> Option<ReportResult> {
    let report = answer.report_result()?;
    let status = report.status()?.as_str().to_owned();
    Some(ReportResult {
        status,
        error: service_message(report.error_code(), report.error_detail()),
    })
}

/// Emulators and old responses have empty strings where AWS sends nothing.
fn service_message(code: Option<&str>, detail: Option<&str>) -> ServiceMessage {
    let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    ServiceMessage { code: said(code), detail: said(detail) }
}

fn to_utc(at: &SdkDateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(at.secs(), at.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_the_time_that_is_left() {
        let patience = Patience { attempts: 300, pause: Duration::from_secs(2) };
        for (seconds, attempts) in [(0, 1), (1, 1), (2, 2), (60, 31), (10_000, 300)] {
            assert_eq!(
                patience.within(Duration::from_secs(seconds)).attempts,
                attempts,
                "{seconds}"
            );
        }
    }
}
