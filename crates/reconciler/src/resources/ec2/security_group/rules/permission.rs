//! Conversion of rules to the request types of EC2, and back.

use aws_sdk_ec2::types::builders::IpPermissionBuilder;
use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule as Described,
    SecurityGroupRuleRequest, UserIdGroupPair,
};

use super::{ALL, SecurityGroupRule};

pub(super) fn of_permission(permission: &IpPermission) -> Vec<SecurityGroupRule> {
    let v4 = permission.ip_ranges().iter().map(|range| (range.cidr_ip(), range.description()));
    let v6 = permission.ipv6_ranges().iter().map(|range| (range.cidr_ipv6(), range.description()));
    let lists =
        permission.prefix_list_ids().iter().map(|list| (list.prefix_list_id(), list.description()));
    let groups =
        permission.user_id_group_pairs().iter().map(|pair| (pair.group_id(), pair.description()));
    let rule = |(peer, description): (Option<&str>, Option<&str>)| SecurityGroupRule {
        protocol: permission.ip_protocol().unwrap_or(ALL).to_owned(),
        from_port: permission.from_port().unwrap_or(-1),
        to_port: permission.to_port().unwrap_or(-1),
        peer: peer.unwrap_or_default().to_owned(),
        description: description.unwrap_or_default().to_owned(),
    };
    v4.chain(v6).chain(lists).chain(groups).map(rule).collect()
}

pub(super) fn of_description(described: &Described) -> SecurityGroupRule {
    let group = described.referenced_group_info().and_then(|info| info.group_id());
    let peer =
        described.cidr_ipv4().or(described.cidr_ipv6()).or(described.prefix_list_id()).or(group);
    SecurityGroupRule {
        protocol: described.ip_protocol().unwrap_or(ALL).to_owned(),
        from_port: described.from_port().unwrap_or(-1),
        to_port: described.to_port().unwrap_or(-1),
        peer: peer.unwrap_or_default().to_owned(),
        description: described.description().unwrap_or_default().to_owned(),
    }
}

/// The kind of a peer, by the form of its name.
pub(super) enum Peer {
    Group,
    PrefixList,
    V6,
    V4,
}

pub(super) fn parse_peer(name: &str) -> Peer {
    match name {
        _ if name.starts_with("sg-") => Peer::Group,
        _ if name.starts_with("pl-") => Peer::PrefixList,
        _ if name.contains(':') => Peer::V6,
        _ => Peer::V4,
    }
}

/// EC2 refuses an empty description.
pub(super) fn rule_description(rule: &SecurityGroupRule) -> Option<String> {
    (!rule.description.is_empty()).then(|| rule.description.clone())
}

pub(super) fn to_permission(rule: &SecurityGroupRule) -> IpPermission {
    let mut permission = IpPermission::builder().ip_protocol(&rule.protocol);
    if rule.protocol != ALL {
        permission = permission.from_port(rule.from_port).to_port(rule.to_port);
    }
    with_peer(permission, rule).build()
}

fn with_peer(permission: IpPermissionBuilder, rule: &SecurityGroupRule) -> IpPermissionBuilder {
    let (name, text) = (&rule.peer, rule_description(rule));
    match parse_peer(name) {
        Peer::Group => permission.user_id_group_pairs(
            UserIdGroupPair::builder().group_id(name).set_description(text).build(),
        ),
        Peer::PrefixList => permission.prefix_list_ids(
            PrefixListId::builder().prefix_list_id(name).set_description(text).build(),
        ),
        Peer::V6 => permission
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6(name).set_description(text).build()),
        Peer::V4 => {
            permission.ip_ranges(IpRange::builder().cidr_ip(name).set_description(text).build())
        }
    }
}

/// The whole rule: `ModifySecurityGroupRules` clears the fields that are left out.
pub(super) fn to_request(rule: &SecurityGroupRule) -> SecurityGroupRuleRequest {
    let request = SecurityGroupRuleRequest::builder().ip_protocol(&rule.protocol);
    let request =
        request.from_port(rule.from_port).to_port(rule.to_port).description(&rule.description);
    let request = match parse_peer(&rule.peer) {
        Peer::Group => request.referenced_group_id(&rule.peer),
        Peer::PrefixList => request.prefix_list_id(&rule.peer),
        Peer::V6 => request.cidr_ipv6(&rule.peer),
        Peer::V4 => request.cidr_ipv4(&rule.peer),
    };
    request.build()
}
