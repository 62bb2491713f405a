//! What EC2's networks are made of.

use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

pub(super) fn vpc(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "CidrBlock": fields.take("cidr"),
        "EnableDnsSupport": fields.take("dns_support"),
        "EnableDnsHostnames": fields.take("dns_hostnames"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::VPC", properties)
}

pub(super) fn subnet(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "VpcId": fields.take("vpc_id"),
        "CidrBlock": fields.take("cidr"),
        "AvailabilityZone": fields.take("availability_zone"),
        "MapPublicIpOnLaunch": fields.take("map_public_ip_on_launch"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::Subnet", properties)
}

pub(super) fn security_group(fields: &mut StateFields) -> RenderedResource {
    let rules = |rules: Vec<Value>, peer: &str| -> Vec<Value> {
        rules.iter().map(|it| rule(it, peer)).collect()
    };
    let properties = json!({
        "GroupName": fields.take("name"),
        "GroupDescription": fields.take("description"),
        "VpcId": fields.take("vpc_id"),
        "SecurityGroupIngress": rules(fields.list("ingress"), "Source"),
        "SecurityGroupEgress": rules(fields.list("egress"), "Destination"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::SecurityGroup", properties)
}

fn rule(rule: &Value, side: &str) -> Value {
    let peer = &rule["peer"];
    let property = match peer.as_str() {
        Some(prefix_list) if prefix_list.starts_with("pl-") => format!("{side}PrefixListId"),
        Some(group) if group.starts_with("sg-") => format!("{side}SecurityGroupId"),
        Some(range) if range.contains(':') => "CidrIpv6".to_owned(),
        Some(_) => "CidrIp".to_owned(),
        None => format!("{side}SecurityGroupId"),
    };
    json!({
        "IpProtocol": rule["protocol"],
        "FromPort": rule["from_port"],
        "ToPort": rule["to_port"],
        "Description": rule["description"],
        property: peer,
    })
}

pub(super) fn internet_gateway(fields: &mut StateFields) -> Vec<RenderedResource> {
    let gateway = RenderedResource::new(
        "AWS::EC2::InternetGateway",
        json!({ "Tags": fields.tags_with_name() }),
    );
    let attachment = json!({ "VpcId": fields.take("vpc_id"), "InternetGatewayId": { "Ref": fields.logical_id() } });
    vec![
        gateway,
        RenderedResource::new("AWS::EC2::VPCGatewayAttachment", attachment)
            .with_suffix("Attachment"),
    ]
}

pub(super) fn elastic_ip(fields: &mut StateFields) -> RenderedResource {
    RenderedResource::new(
        "AWS::EC2::EIP",
        json!({ "Domain": "vpc", "Tags": fields.tags_with_name() }),
    )
}

pub(super) fn nat_gateway(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "ConnectivityType": "public",
        "AllocationId": fields.take("allocation_id"),
        "SubnetId": fields.take("subnet_id"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::NatGateway", properties)
}

/// The table, its routes, and the subnets that follow it.
pub(super) fn route_table(fields: &mut StateFields) -> Vec<RenderedResource> {
    let table = json!({ "VpcId": fields.take("vpc_id"), "Tags": fields.tags_with_name() });
    let mut rendered = vec![RenderedResource::new("AWS::EC2::RouteTable", table)];
    let id = json!({ "Ref": fields.logical_id() });
    for (number, (destination, target)) in fields.members("routes").into_iter().enumerate() {
        let gateway =
            if target["Fn::GetAtt"][1] == "NatGatewayId" { "NatGatewayId" } else { "GatewayId" };
        let route =
            json!({ "RouteTableId": id, "DestinationCidrBlock": destination, gateway: target });
        rendered.push(
            RenderedResource::new("AWS::EC2::Route", route).with_suffix(format!("Route{number}")),
        );
    }
    for (number, subnet) in fields.list("subnet_ids").into_iter().enumerate() {
        let association = json!({ "RouteTableId": id, "SubnetId": subnet });
        let association =
            RenderedResource::new("AWS::EC2::SubnetRouteTableAssociation", association);
        rendered.push(association.with_suffix(format!("Association{number}")));
    }
    rendered
}

pub(super) fn vpc_endpoint(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "VpcEndpointType": "Gateway",
        "VpcId": fields.take("vpc_id"),
        "ServiceName": fields.take("service_name"),
        "RouteTableIds": fields.take("route_table_ids"),
        "PolicyDocument": fields.take("policy"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::VPCEndpoint", properties)
}

pub(super) fn flow_log(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "ResourceType": "VPC",
        "ResourceId": fields.take("vpc_id"),
        "TrafficType": fields.take("traffic_type"),
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": fields.take("log_group_name"),
        "DeliverLogsPermissionArn": fields.take("role_arn"),
        "MaxAggregationInterval": fields.take("max_aggregation_seconds"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::FlowLog", properties)
}
