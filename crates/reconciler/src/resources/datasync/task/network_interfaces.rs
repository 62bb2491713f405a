//! The network interfaces that DataSync creates for a task and deletes some time after it. Until
//! they are deleted, neither their security group nor their subnet can be.

use aws_sdk_datasync::operation::describe_task::DescribeTaskOutput;
use aws_sdk_ec2::types::Filter;
use domain::arn::resource_id;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::wait::{self, EC2_DEPENDENTS_GONE};

/// Their ids. `DescribeTask` returns ARNs, `arn:…:network-interface/eni-…`.
pub(super) fn of_task(task: Option<DescribeTaskOutput>) -> Vec<String> {
    let Some(task) = task else { return Vec::new() };
    let source = task.source_network_interface_arns.unwrap_or_default();
    let all = source.into_iter().chain(task.destination_network_interface_arns.unwrap_or_default());
    all.map(|arn| resource_id(&arn).to_owned()).filter(|id| id.starts_with("eni-")).collect()
}

/// Reads by a filter, not by id: for deleted ids EC2 returns an error.
pub(super) async fn await_gone(aws: &Aws, task_arn: &str, ids: &[String]) -> Result<(), KindError> {
    if ids.is_empty() {
        return Ok(());
    }
    let gone = wait::until(EC2_DEPENDENTS_GONE, async || {
        Ok::<_, KindError>((!any_left(aws, task_arn, ids).await?).then_some(()))
    });
    let minutes = EC2_DEPENDENTS_GONE.as_secs() / 60;
    let still = || {
        let which = ids.join(", ");
        Cause::Other(format!("its network interfaces still exist after {minutes} minutes: {which}"))
    };
    gone.await?.ok_or_else(|| KindError::doing("deleting DataSync task", task_arn)(still()))
}

async fn any_left(aws: &Aws, task_arn: &str, ids: &[String]) -> Result<bool, KindError> {
    let filter =
        Filter::builder().name("network-interface-id").set_values(Some(ids.to_vec())).build();
    let answer = aws.ec2.describe_network_interfaces().filters(filter).send().await;
    let answer = answer
        .map_err(KindError::doing("listing network interfaces of DataSync task", task_arn))?;
    let mut left =
        answer.network_interfaces().iter().filter_map(|interface| interface.network_interface_id());
    // MiniStack leaves some filters out of account.
    Ok(left.any(|id| ids.iter().any(|managed| managed == id)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::describe_network_interfaces::DescribeNetworkInterfacesOutput;
    use aws_sdk_ec2::types::NetworkInterface;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::testing::mocked::{self, client};

    #[test]
    fn ids_are_taken_from_arns() {
        let task = DescribeTaskOutput::builder()
            .source_network_interface_arns("arn:aws:ec2:r:1:network-interface/eni-1");
        assert_eq!(
            of_task(Some(task.destination_network_interface_arns("junk").build())),
            ["eni-1"]
        );
        assert!(of_task(None).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn they_are_waited_for() {
        let describe = mock!(Client::describe_network_interfaces)
            .sequence()
            .output(|| {
                let interface = NetworkInterface::builder().network_interface_id("eni-1").build();
                DescribeNetworkInterfacesOutput::builder().network_interfaces(interface).build()
            })
            .output(|| DescribeNetworkInterfacesOutput::builder().build())
            .build();
        let aws = Aws { ec2: client!(aws_sdk_ec2, &describe), ..mocked::aws() };
        await_gone(&aws, "arn:task", &["eni-1".into()]).await.unwrap();
        assert_eq!(describe.num_calls(), 2);
        await_gone(&mocked::aws(), "arn:task", &[]).await.unwrap();
    }
}
