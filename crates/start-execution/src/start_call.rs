//! The call that starts an execution.

use aws::SdkFailure;
use aws_sdk_datasync::Client;
use aws_sdk_datasync::config::Config;
use aws_sdk_datasync::config::retry::RetryConfig;
use aws_sdk_datasync::error::BuildError;
use aws_sdk_datasync::operation::start_task_execution::builders::StartTaskExecutionFluentBuilder;
use aws_sdk_datasync::types::{
    FilterRule, FilterType, ManifestAction, ManifestConfig, ManifestFormat, Options,
    PreserveDeletedFiles, S3ManifestConfig, SourceManifestConfig, TagListEntry, VerifyMode,
};
use domain::arn::ExecutionArn;
use domain::names::{PART_TAG, RETRY_TAG, SLOT_TAG, STACK_TAG};
use domain::overrides::Overrides;
use domain::records::outputs::Outputs;
use domain::records::restored_directory::keep_restore_excludes;
use domain::request::StartRequest;

use crate::task::TaskError;

/// The request of a start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StartCall<'a> {
    pub outputs: &'a Outputs,
    pub stack: &'a str,
    pub request: &'a StartRequest,
    /// The bucket of the manifests.
    pub records_bucket: &'a str,
}

/// Starts an execution with the slot as a tag: `StartTaskExecution` has no client token, so after a
/// crash the execution is found by its tag. For the same reason the SDK must not retry the call:
/// after a lost response that would start a second execution.
pub(crate) async fn call_start(
    client: &Client,
    start: StartCall<'_>,
) -> Result<ExecutionArn, TaskError> {
    let request = client
        .start_task_execution()
        .task_arn(start.outputs.task_arn.as_str())
        .set_tags(Some(tag_list(&start).map_err(incomplete)?))
        .set_manifest_config(manifest_config(&start)?);
    let whole_request = match start.request.overrides.is_empty() {
        true => request,
        false => add_overrides(client, &start, request).await?,
    };
    let once = Config::builder().retry_config(RetryConfig::disabled());
    let response = whole_request.customize().config_override(once).send().await;
    let response = response.map_err(|error| TaskError::Start(error.into()))?;
    let arn = response
        .task_execution_arn()
        .ok_or_else(|| TaskError::Start(SdkFailure::incomplete("TaskExecutionArn")))?;
    Ok(ExecutionArn::parse(arn)?)
}

/// Adds the overrides, and beside them the task's own options and filters, which DataSync would
/// leave out otherwise.
async fn add_overrides(
    client: &Client,
    start: &StartCall<'_>,
    request: StartTaskExecutionFluentBuilder,
) -> Result<StartTaskExecutionFluentBuilder, TaskError> {
    let overrides = &start.request.overrides;
    let task = client.describe_task().task_arn(start.outputs.task_arn.as_str()).send().await;
    let task = task.map_err(|error| TaskError::Describe(error.into()))?;
    let (includes, excludes) = (task.includes.clone(), task.excludes.clone());
    let own_excludes = &start.outputs.restore_excludes;
    let excluded = keep_restore_excludes(&overrides.excludes, own_excludes);
    Ok(request
        .set_override_options(merge_options(task.options, overrides))
        .set_includes(choose_filter(&overrides.includes, includes, overrides))
        .set_excludes(choose_filter(&excluded, excludes, overrides)))
}

fn tag_list(start: &StartCall<'_>) -> Result<Vec<TagListEntry>, BuildError> {
    let request = start.request;
    let part = request.overrides.is_part().then_some((PART_TAG, "true"));
    let retry = request.retry_of.as_deref().map(|first| (RETRY_TAG, first));
    let pairs = [(STACK_TAG, start.stack), (SLOT_TAG, request.slot.as_str())]
        .into_iter()
        .chain(part)
        .chain(retry);
    pairs.map(|(key, value)| TagListEntry::builder().key(key).value(value).build()).collect()
}

/// At most one rule, with `|` between its patterns.
fn filter_rules(patterns: &[String]) -> Option<Vec<FilterRule>> {
    let rule = || {
        FilterRule::builder()
            .filter_type(FilterType::SimplePattern)
            .value(patterns.join("|"))
            .build()
    };
    (!patterns.is_empty()).then(|| vec![rule()])
}

/// The filter of an execution that overrides something: its own, or else the task's. DataSync
/// accepts filters or a manifest, not both, and an absent list is the task's, so that beside a
/// manifest an empty one is sent in the place of the task's.
fn choose_filter(
    patterns: &[String],
    of_task: Option<Vec<FilterRule>>,
    overrides: &Overrides,
) -> Option<Vec<FilterRule>> {
    let of_task = of_task.filter(|rules| !rules.is_empty());
    match &overrides.manifest {
        Some(_) => of_task.map(|_| Vec::new()),
        None => filter_rules(patterns).or(of_task),
    }
}

/// All options of the task, with the overrides applied: the API reference does not say whether an
/// option that is absent from `OverrideOptions` is the task's or the default.
fn merge_options(of_task: Option<Options>, overrides: &Overrides) -> Option<Options> {
    let mut options = of_task?;
    options.verify_mode =
        overrides.verify_mode.map(|mode| VerifyMode::from(mode.as_str())).or(options.verify_mode);
    options.bytes_per_second = overrides.bytes_per_second.or(options.bytes_per_second);
    if overrides.must_preserve_deleted_files() {
        options.preserve_deleted_files = Some(PreserveDeletedFiles::Preserve);
    }
    Some(options)
}

/// The manifest. DataSync reads it from the records bucket with the role that writes the reports.
fn manifest_config(start: &StartCall<'_>) -> Result<Option<ManifestConfig>, TaskError> {
    let Some(path) = &start.request.overrides.manifest else { return Ok(None) };
    let role = start.outputs.role_arns.get("report-role").ok_or(TaskError::NoManifestRole)?;
    let partition = start.outputs.task_arn.partition();
    let bucket = format!("arn:{partition}:s3:::{}", start.records_bucket);
    let location = S3ManifestConfig::builder()
        .manifest_object_path(path)
        .bucket_access_role_arn(role)
        .s3_bucket_arn(bucket);
    let source = SourceManifestConfig::builder().s3(location.build().map_err(incomplete)?).build();
    let manifest =
        ManifestConfig::builder().action(ManifestAction::Transfer).format(ManifestFormat::Csv);
    Ok(Some(manifest.source(source).build()))
}

fn incomplete(error: BuildError) -> TaskError {
    TaskError::Start(SdkFailure::incomplete(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values_of(filter: Option<Vec<FilterRule>>) -> Option<Vec<String>> {
        let rules = filter?.into_iter();
        Some(rules.filter_map(|rule| rule.value).collect())
    }

    #[test]
    fn a_filter_is_the_executions_or_the_tasks_and_none_beside_a_manifest() {
        let patterns = |text: &str| if text.is_empty() { vec![] } else { vec![text.to_owned()] };
        for (own, of_task, manifest, expected) in [
            ("", "", false, None),
            ("", "/restored-*", false, Some(vec!["/restored-*"])),
            ("*.tmp", "/restored-*", false, Some(vec!["*.tmp"])),
            ("", "/restored-*", true, Some(vec![])),
            ("", "", true, None),
        ] {
            let manifest = manifest.then(|| "manifests/one.csv".to_owned());
            let overrides = Overrides { manifest, ..Overrides::default() };
            let of_task = filter_rules(&patterns(of_task));
            let found = values_of(choose_filter(&patterns(own), of_task, &overrides));
            let expected =
                expected.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<String>>());
            assert_eq!(found, expected, "{own} {overrides:?}");
        }
    }
}
