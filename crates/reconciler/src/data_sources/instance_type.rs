//! The zones that offer an instance type: not every zone of a region does (EC2 User Guide, "Find an
//! Amazon EC2 instance type", `DescribeInstanceTypeOfferings`).

use aws::SdkFailure;
use aws_sdk_ec2::types::{Filter, InstanceTypeOffering, LocationType};

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};

/// The names of the zones that offer this instance type, sorted; `None` from a cloud that does not
/// know the call.
///
/// # Errors
/// [`KindError`] when the call fails.
pub async fn zones_offering(
    aws: &Aws,
    instance_type: &str,
) -> Result<Option<Vec<String>>, KindError> {
    let doing = "listing the zones that offer";
    let listed = list_offerings(aws, instance_type).await;
    // MiniStack; EC2 knows it.
    let offerings = none_if_refused(listed, &["InvalidAction"], doing, instance_type)?;
    Ok(offerings.map(|offerings| {
        let mut zones: Vec<String> =
            offerings.into_iter().filter_map(|offering| offering.location).collect();
        zones.sort();
        zones
    }))
}

async fn list_offerings(
    aws: &Aws,
    instance_type: &str,
) -> Result<Vec<InstanceTypeOffering>, SdkFailure> {
    let of_type = Filter::builder().name("instance-type").values(instance_type).build();
    let describe =
        aws.ec2.describe_instance_type_offerings().location_type(LocationType::AvailabilityZone);
    let offerings = describe.filters(of_type).into_paginator().items().send();
    Ok(offerings.collect::<Result<Vec<_>, _>>().await?)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::describe_instance_type_offerings::DescribeInstanceTypeOfferingsOutput;
    use aws_sdk_ec2::types::InstanceTypeOffering;
    use aws_smithy_mocks::{Rule, mock};
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::testing::mocked::{self, client};

    async fn offered_zones(describe: &Rule) -> Option<Vec<String>> {
        let aws = Aws { ec2: client!(aws_sdk_ec2, describe), ..mocked::aws() };
        zones_offering(&aws, "t4g.micro").await.unwrap()
    }

    #[tokio::test]
    async fn zones_are_read_by_type_and_sorted() {
        let describe = mock!(Client::describe_instance_type_offerings)
            .match_requests(|request| {
                request.location_type() == Some(&LocationType::AvailabilityZone)
                    && request.filters()[0].values() == ["t4g.micro"]
            })
            .then_output(|| {
                let offering = |zone| InstanceTypeOffering::builder().location(zone).build();
                let offerings = ["eu-central-1c", "eu-central-1b"].map(offering).to_vec();
                DescribeInstanceTypeOfferingsOutput::builder()
                    .set_instance_type_offerings(Some(offerings))
                    .build()
            });
        assert_eq!(offered_zones(&describe).await.unwrap(), ["eu-central-1b", "eu-central-1c"]);
    }

    #[tokio::test]
    async fn a_cloud_without_the_call_tells_nothing() {
        let unknown = mock!(Client::describe_instance_type_offerings).then_http_response(|| {
            let error = "<Error><Code>InvalidAction</Code><Message>unknown</Message></Error>";
            let body =
                format!("<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>");
            HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body))
        });
        assert_eq!(offered_zones(&unknown).await, None);
    }
}
