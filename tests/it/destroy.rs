//! The resources that remain after `destroy`.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::function::FunctionName;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;
use e2e::faults;
use e2e::subscriber::Subscriber;

use crate::duplicates::{invoke_function, read_event};

pub(crate) async fn destroy_keeps_only_what_it_lists(cloud: &Cloud, account: &str) -> Result<()> {
    let deployment = deployed_with_one_run(cloud, account, "keeping").await?;
    let outputs = deployment.read_outputs().await?;
    deployment.command_line.succeed(&["pause", "--reason", "going away"]).await?;
    let destroyed = deployment.command_line.succeed(&["destroy", "--yes", "keeping"]).await?;
    let (bucket, file_system) = (&outputs.destination_bucket, &outputs.file_system_id);
    let data = [deployment.names.records_bucket(), bucket.clone(), file_system.clone()];
    for kept in [bucket, file_system] {
        let said = destroyed.both_outputs();
        assert!(said.contains(kept), "destroy does not say that it keeps `{kept}`:\n{said}");
    }
    assert_eq!(list_remaining(&deployment).await?, BTreeSet::from(data));
    // What was kept is taken up again.
    deployment.command_line.succeed(&["deploy"]).await?;
    assert_eq!(deployment.read_outputs().await?.file_system_id, *file_system);
    let status = deployment.command_line.succeed(&["status"]).await?.stdout;
    assert!(!status.contains("paused"), "the new stack is paused:\n{status}");
    Ok(())
}

pub(crate) async fn destroy_with_the_data_leaves_nothing(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let deployment = deployed_with_one_run(cloud, account, "deleting").await?;
    let name = deployment.names.stack.clone();
    report_drift(&deployment).await?;
    leave_work_unfinished(&deployment).await?;
    deployment
        .command_line
        .fail(&["destroy", "--yes", &name, "--delete-data", "--yes-delete-data", "another"])
        .await?;
    assert!(list_remaining(&deployment).await?.len() > 3, "a wrong name must destroy nothing");
    deployment
        .command_line
        .succeed(&["destroy", "--yes", &name, "--delete-data", "--yes-delete-data", &name])
        .await?;
    assert_eq!(list_remaining(&deployment).await?, BTreeSet::new());
    Ok(())
}

/// Changes a resource by hand; the daily run of the function reports it.
async fn report_drift(deployment: &Deployment) -> Result<()> {
    let subscriber = Subscriber::subscribe(deployment).await?;
    deployment
        .s3
        .delete_bucket_lifecycle()
        .bucket(deployment.read_outputs().await?.destination_bucket)
        .send()
        .await?;
    invoke_function(
        deployment,
        FunctionName::BootstrapStack,
        &read_event(FunctionName::BootstrapStack, "daily.json")?,
    )
    .await?;
    let alert = subscriber.next(Duration::from_secs(30)).await?;
    assert!(alert.subject.contains("not as deployed"), "no alert tells the drift: {alert:?}");
    Ok(())
}

/// An execution that somebody else started, and an upload that nobody completes.
async fn leave_work_unfinished(deployment: &Deployment) -> Result<()> {
    faults::set_fault(deployment, Some("stay-launching=300")).await?;
    let outputs = deployment.read_outputs().await?;
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    datasync.start_task_execution().task_arn(outputs.task_arn.to_string()).send().await?;
    deployment
        .s3
        .create_multipart_upload()
        .bucket(outputs.destination_bucket)
        .key("unfinished")
        .send()
        .await?;
    Ok(())
}

async fn deployed_with_one_run(cloud: &Cloud, account: &str, stack: &str) -> Result<Deployment> {
    let deployment = Deployment::prepare(cloud, account, stack, false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    std::fs::write(deployment.efs_directory().await?.join("file"), "content")?;
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    Ok(deployment)
}

/// Names of all that exists in the account, of every kind that we make.
pub(crate) async fn list_remaining(deployment: &Deployment) -> Result<BTreeSet<String>> {
    let sdk = &deployment.sdk;
    let mut names = list_of_datasync(deployment).await?;
    let buckets = deployment.s3.list_buckets().send().await?.buckets.unwrap_or_default();
    names.extend(buckets.into_iter().filter_map(|bucket| bucket.name));
    let file_systems = aws_sdk_efs::Client::new(sdk).describe_file_systems().send().await?;
    let file_systems = file_systems.file_systems.unwrap_or_default();
    names.extend(file_systems.into_iter().map(|found| found.file_system_id));
    let functions = aws_sdk_lambda::Client::new(sdk).list_functions().send().await?;
    let functions = functions.functions.unwrap_or_default();
    names.extend(functions.into_iter().filter_map(|found| found.function_name));
    let rules = aws_sdk_eventbridge::Client::new(sdk).list_rules().send().await?;
    names.extend(rules.rules.unwrap_or_default().into_iter().filter_map(|found| found.name));
    let roles = aws_sdk_iam::Client::new(sdk).list_roles().send().await?;
    names.extend(roles.roles.into_iter().map(|found| found.role_name));
    let topics = aws_sdk_sns::Client::new(sdk).list_topics().send().await?;
    names.extend(topics.topics.unwrap_or_default().into_iter().filter_map(|found| found.topic_arn));
    let groups = aws_sdk_cloudwatchlogs::Client::new(sdk).describe_log_groups().send().await?;
    let groups = groups.log_groups.unwrap_or_default();
    names.extend(groups.into_iter().filter_map(|found| found.log_group_name));
    Ok(names)
}

/// The ARNs of tasks and locations.
async fn list_of_datasync(deployment: &Deployment) -> Result<BTreeSet<String>> {
    let datasync = aws_sdk_datasync::Client::new(&deployment.datasync_config());
    let tasks = datasync.list_tasks().send().await.context("listing tasks")?;
    let tasks = tasks.tasks.unwrap_or_default().into_iter().filter_map(|found| found.task_arn);
    let locations = datasync.list_locations().send().await.context("listing locations")?;
    let locations = locations.locations.unwrap_or_default().into_iter();
    Ok(tasks.chain(locations.filter_map(|found| found.location_arn)).collect())
}
