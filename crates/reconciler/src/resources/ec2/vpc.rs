//! VPC: the network that everything else is in.
//!
//! Its DNS switches are attributes of their own, read and changed one by one (EC2 API reference,
//! `ModifyVpcAttribute`).

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, ResourceType, Vpc as Described, VpcAttributeName, VpcState,
};
use futures::future::try_join3;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::{
    delete_when_free, retry_until_settled, sent_once, wait_until_gone,
};
use crate::resources::ec2::tagging::{
    is_managed, new_filter, stack_filter, tag_filters, tag_specification,
};
use crate::wait::{self, EC2_SETTLES};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    /// `10.42.0.0/16`
    pub cidr: String,
    /// Whether its resolver answers.
    pub dns_support: bool,
    /// Whether instances get names; needs `dns_support`.
    pub dns_hostnames: bool,
    /// Others that a lost answer left; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for Vpc {
    const NAME: &'static str = "VPC";
    const ACTIONS: Actions = Actions {
        look: &[
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
        ],
        make: &["ec2:CreateVpc"],
        change: &["ec2:DeleteVpc", "ec2:ModifyVpcAttribute"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["cidr"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages = aws.ec2.describe_vpcs().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages
            .items()
            .send()
            .try_collect()
            .await
            .map_err(KindError::doing("listing VPCs for", id.as_str()))?;
        let managed = listed.into_iter().filter(|vpc| is_managed(aws, id, vpc.tags())).collect();
        let in_use = async |vpc: &Described| has_subnets(aws, id_of(vpc)).await;
        match keep_one(managed, id_of, in_use).await? {
            Some((vpc, duplicates)) => found(aws, &vpc, duplicates).await.map(Some),
            None => Ok(None),
        }
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let vpc_id = match self.make(aws, id).await {
            Ok(vpc_id) => vpc_id,
            Err(error) => return adopt_after_lost_response(self, aws, id, error).await,
        };
        await_available(aws, &vpc_id).await?;
        // A new VPC has support and no names (Amazon VPC user guide, "DNS attributes for your
        // VPC").
        self.switch_dns(aws, &vpc_id, !self.dns_support, self.dns_hostnames).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let (support, hostnames) =
            (contains_field(changed, "dns_support"), contains_field(changed, "dns_hostnames"));
        self.switch_dns(aws, found.attribute("id"), support, hostnames).await?;
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for vpc_id in all_ids(found) {
            delete_one(aws, &vpc_id).await?;
        }
        Ok(())
    }
}

impl Vpc {
    async fn make(&self, aws: &Aws, id: &ResourceId) -> Result<String, KindError> {
        let tags = tag_specification(aws, id, ResourceType::Vpc);
        let create = aws.ec2.create_vpc().cidr_block(&self.cidr).tag_specifications(tags);
        let send =
            async || Ok(create.clone().customize().config_override(sent_once()).send().await?);
        let made = retry_until_settled(send).await;
        let made = made.map_err(KindError::doing("creating VPC", id.as_str()))?;
        let vpc_id = made.vpc.and_then(|vpc| vpc.vpc_id);
        vpc_id.ok_or_else(|| {
            KindError::doing("creating VPC", id.as_str())(SdkFailure::incomplete("id of the VPC"))
        })
    }

    /// Sets the switches that differ, in the order EC2 wants: names only while the resolver
    /// answers.
    async fn switch_dns(
        &self,
        aws: &Aws,
        vpc_id: &str,
        support: bool,
        hostnames: bool,
    ) -> Result<(), KindError> {
        let value = |on| AttributeBooleanValue::builder().value(on).build();
        let modify = aws.ec2.modify_vpc_attribute().vpc_id(vpc_id);
        let support = support.then(|| modify.clone().enable_dns_support(value(self.dns_support)));
        let hostnames = hostnames.then(|| modify.enable_dns_hostnames(value(self.dns_hostnames)));
        let in_order = if self.dns_support { [support, hostnames] } else { [hostnames, support] };
        for call in in_order.into_iter().flatten() {
            let sent = retry_until_settled(async || Ok(call.clone().send().await?)).await;
            sent.map_err(KindError::doing("changing DNS of VPC", vpc_id))?;
        }
        Ok(())
    }
}

fn id_of(vpc: &Described) -> &str {
    vpc.vpc_id().unwrap_or_default()
}

async fn found(
    aws: &Aws,
    vpc: &Described,
    duplicates: Vec<String>,
) -> Result<LiveResource, KindError> {
    let vpc_id = id_of(vpc);
    let (dns_support, dns_hostnames, default_group) = try_join3(
        is_on(aws, vpc_id, VpcAttributeName::EnableDnsSupport),
        is_on(aws, vpc_id, VpcAttributeName::EnableDnsHostnames),
        default_security_group(aws, vpc_id),
    )
    .await?;
    let cidr = vpc.cidr_block().unwrap_or_default().to_owned();
    let attributes = BTreeMap::from([
        ("id".to_owned(), vpc_id.to_owned()),
        ("arn".to_owned(), aws.names.regional_arn("ec2", &format!("vpc/{vpc_id}"))),
        ("default_security_group_id".to_owned(), default_group),
    ]);
    Ok(LiveResource {
        state: json!(Vpc { cidr, dns_support, dns_hostnames, duplicates }),
        attributes,
        managed: true,
    })
}

async fn is_on(aws: &Aws, vpc_id: &str, attribute: VpcAttributeName) -> Result<bool, KindError> {
    let describe = aws.ec2.describe_vpc_attribute().vpc_id(vpc_id).attribute(attribute);
    let answer = retry_until_settled(async || Ok(describe.clone().send().await?)).await;
    let answer = answer.map_err(KindError::doing("reading DNS of VPC", vpc_id))?;
    let value = answer.enable_dns_support.or(answer.enable_dns_hostnames);
    Ok(value.and_then(|value| value.value).unwrap_or(false))
}

/// Every VPC has one, made with it.
async fn default_security_group(aws: &Aws, vpc_id: &str) -> Result<String, KindError> {
    let describe = aws.ec2.describe_security_groups().filters(new_filter("vpc-id", vpc_id));
    let answer = describe.filters(new_filter("group-name", "default")).send().await;
    let answer =
        answer.map_err(KindError::doing("finding the default security group of VPC", vpc_id))?;
    Ok(answer.security_groups().iter().find_map(|group| group.group_id.clone()).unwrap_or_default())
}

async fn has_subnets(aws: &Aws, vpc_id: &str) -> Result<bool, KindError> {
    let answer = aws.ec2.describe_subnets().filters(new_filter("vpc-id", vpc_id)).send().await;
    let answer = answer.map_err(KindError::doing("listing subnets of VPC", vpc_id))?;
    Ok(!answer.subnets().is_empty())
}

async fn described(aws: &Aws, vpc_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_vpcs().vpc_ids(vpc_id).send().await;
    let answer = answer.map(|answer| answer.vpcs.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing VPC", vpc_id))
}

async fn await_available(aws: &Aws, vpc_id: &str) -> Result<(), KindError> {
    let available = wait::until(EC2_SETTLES, async || {
        let state = described(aws, vpc_id).await?.pop().and_then(|vpc| vpc.state);
        Ok((state == Some(VpcState::Available)).then_some(()))
    });
    let never = || {
        Cause::Other("it did not become available; the next apply goes on from there".to_owned())
    };
    available.await?.ok_or_else(|| KindError::doing("waiting for VPC", vpc_id)(never()))
}

async fn delete_one(aws: &Aws, vpc_id: &str) -> Result<(), KindError> {
    detach_our_gateways(aws, vpc_id).await?;
    let delete = aws.ec2.delete_vpc().vpc_id(vpc_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting VPC", vpc_id))?;
    wait_until_gone("deleting VPC", vpc_id, async || described(aws, vpc_id).await).await
}

/// A gateway outlives a VPC that is replaced, and would keep it from going.
async fn detach_our_gateways(aws: &Aws, vpc_id: &str) -> Result<(), KindError> {
    let attached = aws.ec2.describe_internet_gateways().filters(stack_filter(aws));
    let attached = attached.filters(new_filter("attachment.vpc-id", vpc_id)).send().await;
    let attached =
        attached.map_err(KindError::doing("listing internet gateways of VPC", vpc_id))?;
    for gateway in attached.internet_gateways() {
        super::internet_gateway::detach(
            aws,
            gateway.internet_gateway_id().unwrap_or_default(),
            vpc_id,
        )
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::create_vpc::CreateVpcOutput;
    use aws_sdk_ec2::operation::delete_vpc::DeleteVpcOutput;
    use aws_sdk_ec2::operation::describe_internet_gateways::DescribeInternetGatewaysOutput;
    use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
    use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
    use aws_sdk_ec2::operation::describe_vpc_attribute::DescribeVpcAttributeOutput;
    use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsOutput;
    use aws_sdk_ec2::operation::detach_internet_gateway::DetachInternetGatewayOutput;
    use aws_sdk_ec2::operation::modify_vpc_attribute::ModifyVpcAttributeOutput;
    use aws_sdk_ec2::types::{InternetGateway, SecurityGroup, Subnet};
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::diff::changed_fields;
    use crate::resources::ec2::testing::{refusal, tagged};
    use crate::testing::mocked::{self, client};

    fn desired() -> Vpc {
        Vpc {
            cidr: "10.42.0.0/16".into(),
            dns_support: true,
            dns_hostnames: true,
            duplicates: Vec::new(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("vpc")
    }

    fn described(vpc_id: &str) -> Described {
        let vpc = Described::builder()
            .vpc_id(vpc_id)
            .cidr_block("10.42.0.0/16")
            .state(VpcState::Available);
        vpc.set_tags(tagged("vpc")).build()
    }

    fn describes(vpc_ids: &'static [&'static str]) -> Rule {
        let by_tags =
            mock!(Client::describe_vpcs).match_requests(|request| request.vpc_ids().is_empty());
        by_tags.then_output(|| {
            DescribeVpcsOutput::builder()
                .set_vpcs(Some(vpc_ids.iter().map(|id| described(id)).collect()))
                .build()
        })
    }

    /// Answers to a description by id: once the VPC, then no more.
    fn goes(vpc_id: &'static str) -> Rule {
        let by_id = mock!(Client::describe_vpcs)
            .match_requests(move |request| request.vpc_ids() == [vpc_id]);
        by_id.then_http_response(|| refusal("InvalidVpcID.NotFound"))
    }

    fn dns(support: bool, hostnames: bool) -> Rule {
        mock!(Client::describe_vpc_attribute).then_compute_output(move |request| {
            let value = |on| AttributeBooleanValue::builder().value(on).build();
            let answer = DescribeVpcAttributeOutput::builder();
            match request.attribute() {
                Some(VpcAttributeName::EnableDnsSupport) => {
                    answer.enable_dns_support(value(support)).build()
                }
                _ => answer.enable_dns_hostnames(value(hostnames)).build(),
            }
        })
    }

    fn default_group() -> Rule {
        mock!(Client::describe_security_groups).then_output(|| {
            let group = SecurityGroup::builder().group_id("sg-default").build();
            DescribeSecurityGroupsOutput::builder().security_groups(group).build()
        })
    }

    fn no_gateways() -> Rule {
        mock!(Client::describe_internet_gateways)
            .then_output(|| DescribeInternetGatewaysOutput::builder().build())
    }

    fn deletes(vpc_id: &'static str) -> Rule {
        let delete = mock!(Client::delete_vpc)
            .match_requests(move |request| request.vpc_id() == Some(vpc_id));
        delete.then_output(|| DeleteVpcOutput::builder().build())
    }

    /// The switch that is set, as `enable_dns_hostnames` or not, and to what.
    fn sets(hostnames: bool, on: bool) -> Rule {
        let modify = mock!(Client::modify_vpc_attribute).match_requests(move |request| {
            let value = if hostnames {
                request.enable_dns_hostnames()
            } else {
                request.enable_dns_support()
            };
            value.is_some_and(|value| value.value() == Some(on))
        });
        modify.then_output(|| ModifyVpcAttributeOutput::builder().build())
    }

    async fn read(vpc_ids: &'static [&'static str], dns: &Rule) -> Option<LiveResource> {
        let in_use = mock!(Client::describe_subnets).then_compute_output(|request| {
            let of_second = request.filters()[0].values() == ["vpc-2"];
            let subnets = of_second.then(|| vec![Subnet::builder().build()]);
            DescribeSubnetsOutput::builder().set_subnets(subnets).build()
        });
        let ec2 = client!(aws_sdk_ec2, &describes(vpc_ids), dns, &default_group(), &in_use);
        desired().read(&Aws { ec2, ..mocked::aws() }, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired() {
        let found = read(&["vpc-1"], &dns(true, true)).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!(found.attribute("arn"), "arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1");
        assert_eq!(found.attribute("default_security_group_id"), "sg-default");
        assert_eq!(read(&[], &dns(true, true)).await, None);
    }

    #[tokio::test]
    async fn the_one_with_subnets_stays_and_the_others_are_deleted() {
        let found = read(&["vpc-3", "vpc-1", "vpc-2"], &dns(true, true)).await.unwrap();
        assert_eq!(
            (found.attribute("id"), duplicate_ids(&found)),
            ("vpc-2", vec!["vpc-1".into(), "vpc-3".into()])
        );
        let (first, third) = (deletes("vpc-1"), deletes("vpc-3"));
        let ec2 =
            client!(aws_sdk_ec2, &no_gateways(), &first, &third, &goes("vpc-1"), &goes("vpc-3"));
        let aws = Aws { ec2, ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!((first.num_calls(), third.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn create_waits_for_it_and_turns_on_names() {
        let create = mock!(Client::create_vpc)
            .match_requests(|request| {
                let tags = request.tag_specifications()[0].tags.clone();
                request.cidr_block() == Some("10.42.0.0/16") && tags == tagged("vpc")
            })
            .then_output(|| CreateVpcOutput::builder().vpc(described("vpc-1")).build());
        let available = mock!(Client::describe_vpcs)
            .match_requests(|request| request.vpc_ids() == ["vpc-1"])
            .then_output(|| DescribeVpcsOutput::builder().vpcs(described("vpc-1")).build());
        let names = sets(true, true);
        let ec2 = client!(aws_sdk_ec2, &describes(&[]), &create, &available, &names);
        desired().create(&Aws { ec2, ..mocked::aws() }, &id()).await.unwrap();
        assert_eq!((create.num_calls(), names.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_repeated_create_completes_what_it_finds_and_a_lost_call_is_not_sent_again() {
        let names = sets(true, true);
        let ec2 = client!(
            aws_sdk_ec2,
            &describes(&["vpc-1"]),
            &dns(true, false),
            &default_group(),
            &names
        );
        desired().create(&Aws { ec2, ..mocked::aws() }, &id()).await.unwrap();
        assert_eq!(names.num_calls(), 1);

        let lost = mock!(Client::create_vpc).sequence().http_status(500, None).times(2).build();
        let ec2 = client!(aws_sdk_ec2, &describes(&[]), &lost);
        desired().create(&Aws { ec2, ..mocked::aws() }, &id()).await.unwrap_err();
        assert_eq!(lost.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_a_lost_call_made_is_completed() {
        let lost = mock!(Client::create_vpc).sequence().http_status(500, None).build();
        let appears = mock!(Client::describe_vpcs)
            .sequence()
            .output(|| DescribeVpcsOutput::builder().build())
            .output(|| DescribeVpcsOutput::builder().vpcs(described("vpc-1")).build())
            .build();
        let names = sets(true, true);
        let ec2 =
            client!(aws_sdk_ec2, &appears, &lost, &dns(true, false), &default_group(), &names);
        desired().create(&Aws { ec2, ..mocked::aws() }, &id()).await.unwrap();
        assert_eq!((lost.num_calls(), names.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn each_switch_is_set_alone() {
        for (support, hostnames, changed) in
            [(true, false, "dns_hostnames"), (false, true, "dns_support")]
        {
            let found = read(&["vpc-1"], &dns(support, hostnames)).await.unwrap();
            assert_eq!(changed_fields(&found.state, &json!(desired())), [changed]);
            let set = sets(changed == "dns_hostnames", true);
            let aws = Aws { ec2: client!(aws_sdk_ec2, &set), ..mocked::aws() };
            desired().update(&aws, &id(), &found, &[changed.into()]).await.unwrap();
            assert_eq!(set.num_calls(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn delete_detaches_our_gateway_waits_for_dependents_and_one_that_is_gone_is_deleted() {
        let found = read(&["vpc-1"], &dns(true, true)).await.unwrap();
        let attached = mock!(Client::describe_internet_gateways)
            .match_requests(|request| {
                request.filters().contains(&new_filter("tag:efs-s3:stack", "backup"))
            })
            .then_output(|| {
                let gateway = InternetGateway::builder().internet_gateway_id("igw-1").build();
                DescribeInternetGatewaysOutput::builder().internet_gateways(gateway).build()
            });
        let detach = mock!(Client::detach_internet_gateway)
            .match_requests(|request| request.internet_gateway_id() == Some("igw-1"))
            .then_output(|| DetachInternetGatewayOutput::builder().build());
        let delete = mock!(Client::delete_vpc)
            .sequence()
            .http_response(|| refusal("DependencyViolation"))
            .output(|| DeleteVpcOutput::builder().build())
            .http_response(|| refusal("InvalidVpcID.NotFound"))
            .build();
        let ec2 = client!(aws_sdk_ec2, &attached, &detach, &delete, &goes("vpc-1"));
        let aws = Aws { ec2, ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((detach.num_calls(), delete.num_calls()), (1, 2));
        desired().delete(&aws, &found).await.unwrap();
    }
}
