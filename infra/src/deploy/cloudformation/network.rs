//! Network resources of EC2.

use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

pub(super) fn vpc(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "CidrBlock": fields.take_value("cidr"),
        "EnableDnsSupport": fields.take_value("dns_support"),
        "EnableDnsHostnames": fields.take_value("dns_hostnames"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::VPC", properties)
}

pub(super) fn subnet(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "VpcId": fields.take_value("vpc_id"),
        "CidrBlock": fields.take_value("cidr"),
        "AvailabilityZone": fields.take_value("availability_zone"),
        "MapPublicIpOnLaunch": fields.take_value("map_public_ip_on_launch"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::Subnet", properties)
}

pub(super) fn security_group(fields: &mut StateFields) -> RenderedResource {
    let rules = |rules: Vec<Value>, peer: &str| -> Vec<Value> {
        rules.iter().map(|it| security_group_rule(it, peer)).collect()
    };
    let properties = json!({
        "GroupName": fields.take_value("name"),
        "GroupDescription": fields.take_value("description"),
        "VpcId": fields.take_value("vpc_id"),
        "SecurityGroupIngress": rules(fields.take_list("ingress"), "Source"),
        "SecurityGroupEgress": rules(fields.take_list("egress"), "Destination"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::SecurityGroup", properties)
}

fn security_group_rule(rule: &Value, side: &str) -> Value {
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
    let attachment = json!({ "VpcId": fields.take_value("vpc_id"), "InternetGatewayId": {
        "Ref": fields.logical_id() } });
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
        "AllocationId": fields.take_value("allocation_id"),
        "SubnetId": fields.take_value("subnet_id"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::NatGateway", properties)
}

/// The table, its routes and its subnet associations.
pub(super) fn route_table(fields: &mut StateFields) -> Vec<RenderedResource> {
    let table = json!({ "VpcId": fields.take_value("vpc_id"), "Tags": fields.tags_with_name() });
    let mut rendered = vec![RenderedResource::new("AWS::EC2::RouteTable", table)];
    let id = json!({ "Ref": fields.logical_id() });
    for (number, (destination, target)) in fields.take_members("routes").into_iter().enumerate() {
        let gateway =
            if target["Fn::GetAtt"][1] == "NatGatewayId" { "NatGatewayId" } else { "GatewayId" };
        let route =
            json!({ "RouteTableId": id, "DestinationCidrBlock": destination, gateway: target });
        rendered.push(
            RenderedResource::new("AWS::EC2::Route", route).with_suffix(format!("Route{number}")),
        );
    }
    for (number, subnet) in fields.take_list("subnet_ids").into_iter().enumerate() {
        rendered.push(subnet_association(&id, number, &subnet));
    }
    rendered
}

fn subnet_association(table: &Value, number: usize, subnet: &Value) -> RenderedResource {
    let association = json!({ "RouteTableId": table, "SubnetId": subnet });
    let association = RenderedResource::new("AWS::EC2::SubnetRouteTableAssociation", association);
    association.with_suffix(format!("Association{number}"))
}

pub(super) fn vpc_endpoint(fields: &mut StateFields) -> RenderedResource {
    let endpoint_type = fields.take_text("endpoint_type");
    let mut properties = json!({
        "VpcEndpointType": endpoint_type,
        "VpcId": fields.take_value("vpc_id"),
        "ServiceName": fields.take_value("service_name"),
        "PolicyDocument": fields.take_value("policy"),
        "Tags": fields.tags_with_name(),
    });
    let private_dns = fields.take_value("private_dns");
    if endpoint_type == "Interface" {
        properties["SubnetIds"] = fields.take_value("subnet_ids");
        properties["SecurityGroupIds"] = fields.take_value("security_group_ids");
        properties["PrivateDnsEnabled"] = private_dns;
    } else {
        properties["RouteTableIds"] = fields.take_value("route_table_ids");
    }
    RenderedResource::new("AWS::EC2::VPCEndpoint", properties)
}

pub(super) fn flow_log(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "ResourceType": "VPC",
        "ResourceId": fields.take_value("vpc_id"),
        "TrafficType": fields.take_value("traffic_type"),
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": fields.take_value("log_group_name"),
        "DeliverLogsPermissionArn": fields.take_value("role_arn"),
        "MaxAggregationInterval": fields.take_value("max_aggregation_seconds"),
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::FlowLog", properties)
}
