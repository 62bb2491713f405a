//! In EC2.

use anyhow::{Context, Result};
use aws_sdk_ec2::types::{AttributeBooleanValue, HttpTokensState, IpPermission, IpRange};

use super::{Alteration, id};

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
            let replace = replace.destination_cidr_block("0.0.0.0/0").nat_gateway_id(id(made, "nat-gateway")?);
            replace.send().await?;
            Ok(())
        })
    }),
    ("a private subnet is taken off its route table", |aws, made| {
        Box::pin(async move {
            let tables =
                aws.ec2.describe_route_tables().route_table_ids(id(made, "private-route-table")?).send().await?;
            let associations = tables.route_tables().iter().flat_map(|table| table.associations());
            let association = associations.filter_map(|association| association.route_table_association_id()).next();
            let association = association.context("the private route table has no subnet")?;
            aws.ec2.disassociate_route_table().association_id(association).send().await?;
            Ok(())
        })
    }),
    ("the default security group lets SSH in", |aws, made| {
        Box::pin(let_ssh_in(aws, made.attribute("vpc", "default_security_group_id")))
    }),
    ("the instance's security group lets SSH in", |aws, made| {
        Box::pin(let_ssh_in(aws, made.attribute("instance-security-group", "id")))
    }),
    ("nobody is let in to the mount targets", |aws, made| {
        Box::pin(async move {
            let group = id(made, "mount-target-security-group")?;
            let found = aws.ec2.describe_security_groups().group_ids(group).send().await?;
            let rules: Vec<_> =
                found.security_groups().iter().flat_map(|group| group.ip_permissions()).cloned().collect();
            let revoke = aws.ec2.revoke_security_group_ingress().group_id(group);
            revoke.set_ip_permissions(Some(rules)).send().await?;
            Ok(())
        })
    }),
    ("everything may pass the S3 endpoint", |aws, made| {
        Box::pin(async move {
            let modify = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(id(made, "s3-endpoint")?);
            modify.policy_document(super::trust::EVERYTHING).send().await?;
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
    ("the instance's metadata is given to version 1", |aws, made| {
        Box::pin(async move {
            let modify = aws.ec2.modify_instance_metadata_options().instance_id(id(made, "instance")?);
            modify.http_tokens(HttpTokensState::Optional).http_put_response_hop_limit(2).send().await?;
            Ok(())
        })
    }),
    ("the instance gets another security group", |aws, made| {
        Box::pin(async move {
            let modify = aws.ec2.modify_instance_attribute().instance_id(id(made, "instance")?);
            modify.groups(id(made, "datasync-security-group")?).send().await?;
            Ok(())
        })
    }),
];

async fn let_ssh_in(aws: &stack::Aws, group: Option<&str>) -> Result<()> {
    let everybody = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let rule = IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22).ip_ranges(everybody).build();
    let authorise = aws.ec2.authorize_security_group_ingress().group_id(group.context("there is no such group")?);
    authorise.ip_permissions(rule).send().await?;
    Ok(())
}
