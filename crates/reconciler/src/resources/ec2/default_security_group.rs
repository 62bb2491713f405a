//! The default security group of a VPC, locked: without any rule.
//!
//! A network interface without an explicit group gets this one. It is created and deleted with its
//! VPC and cannot be created or deleted alone; it is managed because its VPC is.

use aws_sdk_ec2::types::SecurityGroup as Described;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::recovery::complete_resource;
use crate::resources::ec2::security_group::{self, SecurityGroupRule, rules};
use crate::resources::ec2::tagging::new_filter;
use crate::wait::{self, EC2_SETTLES};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefaultSecurityGroup {
    pub vpc_id: String,
    /// Desired empty.
    pub ingress: Vec<SecurityGroupRule>,
    /// Desired empty.
    pub egress: Vec<SecurityGroupRule>,
}

impl ResourceKind for DefaultSecurityGroup {
    const NAME: &'static str = "default security group";
    const ACTIONS: Actions =
        Actions { look: &["ec2:DescribeSecurityGroups"], make: &[], change: &[], implied: &[] };
    const FORCE_NEW: &'static [&'static str] = &[];

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if is_reference(&self.vpc_id) {
            return Ok(None);
        }
        let named = [new_filter("vpc-id", &self.vpc_id), new_filter("group-name", "default")];
        let answer =
            aws.ec2.describe_security_groups().set_filters(Some(named.into())).send().await;
        let groups =
            answer.map_err(KindError::doing("reading default security group of", &self.vpc_id))?;
        Ok(groups.security_groups().first().map(|group| self.live_resource(aws, group)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let found = wait::until(EC2_SETTLES, async || self.read(aws, id).await).await?;
        let never =
            || Cause::Other("the VPC has none yet; the next apply continues to wait".to_owned());
        let doing = KindError::doing("locking default security group of", &self.vpc_id);
        let found = found.ok_or_else(|| doing(never()))?;
        complete_resource(self, aws, id, &found).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        let put = rules::put(aws, found.attribute("id"), &self.ingress, &self.egress).await;
        put.map_err(KindError::doing("locking default security group", found.attribute("id")))
    }

    async fn delete(&self, _aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        Ok(())
    }
}

impl DefaultSecurityGroup {
    fn live_resource(&self, aws: &Aws, group: &Described) -> LiveResource {
        let state = Self {
            vpc_id: self.vpc_id.clone(),
            ingress: rules::told(&self.ingress, group.ip_permissions()),
            egress: rules::told(&self.egress, group.ip_permissions_egress()),
        };
        LiveResource {
            state: json!(state),
            attributes: security_group::live_attributes(aws, group),
            managed: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::describe_security_group_rules::DescribeSecurityGroupRulesOutput;
    use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
    use aws_sdk_ec2::operation::revoke_security_group_egress::RevokeSecurityGroupEgressOutput;
    use aws_sdk_ec2::operation::revoke_security_group_ingress::RevokeSecurityGroupIngressOutput;
    use aws_sdk_ec2::types::{IpPermission, IpRange, SecurityGroupRule as Rule, UserIdGroupPair};
    use aws_smithy_mocks::{Rule as Mock, mock};

    use super::*;
    use crate::testing::mocked::{self, client};

    fn desired_default_security_group() -> DefaultSecurityGroup {
        DefaultSecurityGroup { vpc_id: "vpc-1".into(), ingress: Vec::new(), egress: Vec::new() }
    }

    fn resource_id() -> ResourceId {
        ResourceId::new("default-security-group")
    }

    /// The default group as EC2 creates it, or locked.
    fn sdk_group(locked: bool) -> Described {
        let group = Described::builder().group_id("sg-1").group_name("default").vpc_id("vpc-1");
        if locked {
            return group.build();
        }
        let itself = UserIdGroupPair::builder().group_id("sg-1").build();
        let everywhere = IpRange::builder().cidr_ip("0.0.0.0/0").build();
        let all = || IpPermission::builder().ip_protocol("-1");
        let group = group.ip_permissions(all().user_id_group_pairs(itself).build());
        group.ip_permissions_egress(all().ip_ranges(everywhere).build()).build()
    }

    fn mock_describe(groups: fn() -> Vec<Described>) -> Mock {
        mock!(Client::describe_security_groups).then_output(move || {
            DescribeSecurityGroupsOutput::builder().set_security_groups(Some(groups())).build()
        })
    }

    #[tokio::test]
    async fn locked_is_as_desired_and_open_is_not() {
        let read = async |groups| {
            let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_describe(groups)), ..mocked::aws() };
            desired_default_security_group().read(&aws, &resource_id()).await.unwrap()
        };
        let locked = read(|| vec![sdk_group(true)]).await.unwrap();
        assert_eq!(
            (locked.state.clone(), locked.managed),
            (json!(desired_default_security_group()), true)
        );
        assert_eq!(locked.attribute("id"), "sg-1");
        let open = read(|| vec![sdk_group(false)]).await.unwrap();
        assert_eq!(
            (&open.state["ingress"][0]["peer"], &open.state["egress"][0]["peer"]),
            (&json!("sg-1"), &json!("0.0.0.0/0"))
        );
        assert_eq!(read(Vec::new).await, None);
        let unknown =
            DefaultSecurityGroup { vpc_id: "${vpc.id}".into(), ..desired_default_security_group() };
        assert_eq!(unknown.read(&mocked::aws(), &resource_id()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn with_its_vpc_made_it_is_locked_by_what_is_called_create() {
        let rule = |id: &str, is_egress| {
            Rule::builder().security_group_rule_id(id).is_egress(is_egress).build()
        };
        let rules = mock!(Client::describe_security_group_rules).then_output(move || {
            let rules = vec![rule("sgr-1", false), rule("sgr-2", true)];
            DescribeSecurityGroupRulesOutput::builder()
                .set_security_group_rules(Some(rules))
                .build()
        });
        let ingress = mock!(Client::revoke_security_group_ingress)
            .match_requests(|request| request.security_group_rule_ids() == ["sgr-1"])
            .then_output(|| RevokeSecurityGroupIngressOutput::builder().build());
        let egress = mock!(Client::revoke_security_group_egress)
            .match_requests(|request| request.security_group_rule_ids() == ["sgr-2"])
            .then_output(|| RevokeSecurityGroupEgressOutput::builder().build());
        let open = mock_describe(|| vec![sdk_group(false)]);
        let aws =
            Aws { ec2: client!(aws_sdk_ec2, &open, &rules, &ingress, &egress), ..mocked::aws() };
        desired_default_security_group().create(&aws, &resource_id()).await.unwrap();
        assert_eq!((ingress.num_calls(), egress.num_calls()), (1, 1));

        let locked = mock_describe(|| vec![sdk_group(true)]);
        let aws = Aws { ec2: client!(aws_sdk_ec2, &locked), ..mocked::aws() };
        desired_default_security_group().create(&aws, &resource_id()).await.unwrap();
    }

    #[tokio::test]
    async fn it_goes_with_its_vpc() {
        let found =
            desired_default_security_group().live_resource(&mocked::aws(), &sdk_group(true));
        desired_default_security_group().delete(&mocked::aws(), &found).await.unwrap();
    }
}
