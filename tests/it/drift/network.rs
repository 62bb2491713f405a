//! In EC2. The local cloud knows neither how to alter an instance nor the policy of an endpoint:
//! the tests of those kinds do.

use anyhow::{Context, Result};
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, IpPermission, IpRange, SecurityGroupRule,
    SecurityGroupRuleRequest, SecurityGroupRuleUpdate,
};
use reconciler::observe::Observed;

use super::{Alteration, id};

/// By one that takes the subnet off its table, and by one that removes the rule.
pub(super) const UNDONE_BY_OTHERS: &[&str] = &[
    "a private subnet follows the public route table",
    "a rule of the mount targets' group has another description",
];

pub(super) const ALTERATIONS: &[Alteration] = &[
    ("the VPC gives its hosts no names", |aws, made| {
        Box::pin(async move {
            let off = AttributeBooleanValue::builder().value(false).build();
            let modify = aws.ec2.modify_vpc_attribute().vpc_id(id(made, "vpc")?);
            modify.enable_dns_hostnames(off).send().await?;
            Ok(())
        })
    }),
    ("a public subnet hands out addresses", |aws, made| {
        Box::pin(async move {
            let on = AttributeBooleanValue::builder().value(true).build();
            let modify = aws.ec2.modify_subnet_attribute().subnet_id(id(made, "public-subnet-1")?);
            modify.map_public_ip_on_launch(on).send().await?;
            Ok(())
        })
    }),
    ("the private subnets lose their way out", |aws, made| {
        Box::pin(async move {
            let delete = aws.ec2.delete_route().route_table_id(id(made, "private-route-table")?);
            delete.destination_cidr_block("0.0.0.0/0").send().await?;
            Ok(())
        })
    }),
    ("the public subnets go out through the NAT gateway", |aws, made| {
        Box::pin(async move {
            let replace = aws.ec2.replace_route().route_table_id(id(made, "public-route-table")?);
            let replace = replace
                .destination_cidr_block("0.0.0.0/0")
                .nat_gateway_id(id(made, "nat-gateway")?);
            replace.send().await?;
            Ok(())
        })
    }),
    ("a private subnet is taken off its route table", |aws, made| {
        Box::pin(async move {
            let association = private_association(aws, made).await?;
            aws.ec2.disassociate_route_table().association_id(association).send().await?;
            Ok(())
        })
    }),
    ("a private subnet follows the public route table", |aws, made| {
        Box::pin(async move {
            let replace = aws
                .ec2
                .replace_route_table_association()
                .route_table_id(id(made, "public-route-table")?);
            replace.association_id(private_association(aws, made).await?).send().await?;
            Ok(())
        })
    }),
    ("the default security group lets SSH in", |aws, made| {
        Box::pin(let_ssh_in(aws, made.attribute("vpc", "default_security_group_id")))
    }),
    ("the instance's security group lets SSH in", |aws, made| {
        Box::pin(let_ssh_in(aws, made.attribute("instance-security-group", "id")))
    }),
    ("a rule of the mount targets' group has another description", |aws, made| {
        Box::pin(async move {
            let group = id(made, "mount-target-security-group")?;
            let rule = ingress_rules(aws, group)
                .await?
                .into_iter()
                .next()
                .context("the group has no rule")?;
            let described = SecurityGroupRuleRequest::builder()
                .set_ip_protocol(rule.ip_protocol)
                .set_from_port(rule.from_port)
                .set_to_port(rule.to_port)
                .set_referenced_group_id(
                    rule.referenced_group_info.and_then(|group| group.group_id),
                )
                .set_cidr_ipv4(rule.cidr_ipv4)
                .description("another");
            let update = SecurityGroupRuleUpdate::builder()
                .set_security_group_rule_id(rule.security_group_rule_id);
            let update = update.security_group_rule(described.build()).build();
            aws.ec2
                .modify_security_group_rules()
                .group_id(group)
                .security_group_rules(update)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("nobody is let in to the mount targets", |aws, made| {
        Box::pin(async move {
            let group = id(made, "mount-target-security-group")?;
            let let_in = ingress_rules(aws, group).await?;
            let rules = let_in.into_iter().filter_map(|rule| rule.security_group_rule_id).collect();
            let revoke = aws.ec2.revoke_security_group_ingress().group_id(group);
            revoke.set_security_group_rule_ids(Some(rules)).send().await?;
            Ok(())
        })
    }),
    ("the S3 endpoint loses a route table", |aws, made| {
        Box::pin(async move {
            let modify = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(id(made, "s3-endpoint")?);
            modify.remove_route_table_ids(id(made, "private-route-table")?).send().await?;
            Ok(())
        })
    }),
];

async fn private_association(aws: &reconciler::Aws, made: &Observed) -> Result<String> {
    let describe =
        aws.ec2.describe_route_tables().route_table_ids(id(made, "private-route-table")?);
    let tables = describe.send().await?.route_tables.unwrap_or_default();
    let mut associations =
        tables.into_iter().flat_map(|table| table.associations.unwrap_or_default());
    let association = associations.find_map(|association| association.route_table_association_id);
    association.context("the private route table has no subnet")
}

async fn ingress_rules(aws: &reconciler::Aws, group: &str) -> Result<Vec<SecurityGroupRule>> {
    let of_group = Filter::builder().name("group-id").values(group).build();
    let found = aws.ec2.describe_security_group_rules().filters(of_group).send().await?;
    let rules = found.security_group_rules.unwrap_or_default().into_iter();
    Ok(rules.filter(|rule| rule.is_egress == Some(false)).collect())
}

async fn let_ssh_in(aws: &reconciler::Aws, group: Option<&str>) -> Result<()> {
    let everybody = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let rule = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(everybody)
        .build();
    let authorise = aws
        .ec2
        .authorize_security_group_ingress()
        .group_id(group.context("there is no such group")?);
    authorise.ip_permissions(rule).send().await?;
    Ok(())
}
