//! The zones of endpoint services: not every service is in every zone of a region (EC2 API,
//! `DescribeVpcEndpointServices`; AWS `PrivateLink` Guide, "Considerations" of interface
//! endpoints).
//!
//! They are read by a filter, not by name: one that the region does not have is then left out and
//! does not fail the whole call.

use aws_sdk_ec2::types::{Filter, ServiceDetail};
use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::kind_error::KindError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointService {
    /// `com.amazonaws.eu-central-1.ssm`
    pub name: String,
    /// Names of the zones that an interface endpoint may be in, sorted.
    pub zones: Vec<String>,
}

/// Those of the services that the region has, in the order of the names.
///
/// # Errors
/// [`KindError`] when the call fails.
pub async fn read_endpoint_services(
    aws: &Aws,
    names: &[String],
) -> Result<Vec<EndpointService>, KindError> {
    let by_name = Filter::builder().name("service-name").set_values(Some(names.to_vec())).build();
    let (mut services, mut next_token) = (Vec::new(), None);
    loop {
        let describe = aws.ec2.describe_vpc_endpoint_services().filters(by_name.clone());
        let page = describe.set_next_token(next_token).send().await;
        let page =
            page.map_err(KindError::doing("reading endpoint services", &names.join(", ")))?;
        services.extend(page.service_details.unwrap_or_default());
        next_token = page.next_token.filter(|token| !token.is_empty());
        if next_token.is_none() {
            break;
        }
    }
    let found = |name: &String| {
        let service = services.iter().find(|service| service.service_name() == Some(name))?;
        Some(EndpointService { name: name.clone(), zones: sorted_zones(service) })
    };
    Ok(names.iter().filter_map(found).collect())
}

fn sorted_zones(service: &ServiceDetail) -> Vec<String> {
    let mut zones = service.availability_zones().to_vec();
    zones.sort();
    zones
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::describe_vpc_endpoint_services::DescribeVpcEndpointServicesOutput;
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::testing::mocked::{self, client};

    const SSM: &str = "com.amazonaws.eu-central-1.ssm";
    const MESSAGES: &str = "com.amazonaws.eu-central-1.ssmmessages";

    fn page_with(service: &str, zones: &[&str], next: &str) -> DescribeVpcEndpointServicesOutput {
        let zones = zones.iter().map(|&zone| zone.to_owned()).collect();
        let detail =
            ServiceDetail::builder().service_name(service).set_availability_zones(Some(zones));
        let page = DescribeVpcEndpointServicesOutput::builder().service_details(detail.build());
        page.next_token(next).build()
    }

    #[tokio::test]
    async fn every_page_is_read_and_what_the_region_has_not_is_left_out() {
        let first = mock!(Client::describe_vpc_endpoint_services)
            .match_requests(|request| {
                request.next_token().is_none() && request.filters()[0].values() == [SSM, MESSAGES]
            })
            .then_output(|| page_with("com.amazonaws.eu-central-1.other", &["a"], "more"));
        let second = mock!(Client::describe_vpc_endpoint_services)
            .match_requests(|request| request.next_token() == Some("more"))
            .then_output(|| page_with(SSM, &["b", "a"], ""));
        let aws = Aws { ec2: client!(aws_sdk_ec2, &first, &second), ..mocked::aws() };
        let names = [SSM, MESSAGES].map(str::to_owned);
        let zones = ["a", "b"].map(str::to_owned).to_vec();
        let found = read_endpoint_services(&aws, &names).await.unwrap();
        assert_eq!(found, [EndpointService { name: SSM.to_owned(), zones }]);
    }
}
