//! Rules of security groups: what a group lets in and out, and how a group's rules become others in
//! place.
//!
//! EC2 tells rules apart by protocol, ports and peer; the description is part of neither. So a new
//! description changes the rule, and anything else is a new rule and the end of the old one. New
//! ones come first, so that nothing that stays allowed is refused in between.

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule as Described,
    SecurityGroupRuleRequest, SecurityGroupRuleUpdate, UserIdGroupPair,
};
use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::resources::ec2::retry::retry_until_settled;
use crate::resources::ec2::tagging::new_filter;
use crate::wait::{self, EC2_SETTLES};

/// All protocols, and then all ports.
const ALL: &str = "-1";

/// The read was older than what is there: reading again shows more.
const OUTDATED: [&str; 3] = [
    "InvalidPermission.Duplicate",
    "InvalidPermission.NotFound",
    "InvalidSecurityGroupRuleId.NotFound",
];

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    /// `tcp`, or `-1` for all.
    pub protocol: String,
    /// -1 where the protocol has no ports, or all of them are meant.
    pub from_port: i32,
    pub to_port: i32,
    /// CIDR block, `sg-…` or `pl-…`.
    pub peer: String,
    /// `a-z A-Z 0-9`, blanks and `._-:/()#,@[]+=&;{}!$*` (EC2 API reference, `IpRange`).
    pub description: String,
}

/// The rules that a description of a group tells, one for each peer. As many as are desired come in
/// the desired order: rules have none.
pub(in crate::resources::ec2) fn told(
    desired: &[SecurityGroupRule],
    permissions: &[IpPermission],
) -> Vec<SecurityGroupRule> {
    let mut rules: Vec<SecurityGroupRule> = permissions.iter().flat_map(of_permission).collect();
    rules.sort_by_cached_key(|rule| {
        let position = desired.iter().position(|d| key(d) == key(rule)).unwrap_or(usize::MAX);
        (position, rule.protocol.clone(), rule.from_port, rule.to_port, rule.peer.clone())
    });
    rules
}

/// Makes the rules of a group those desired. Nothing is sent for what is right already.
pub(in crate::resources::ec2) async fn put(
    aws: &Aws,
    group_id: &str,
    ingress: &[SecurityGroupRule],
    egress: &[SecurityGroupRule],
) -> Result<(), SdkFailure> {
    wait::retry(
        EC2_SETTLES,
        |failure: &SdkFailure| failure.is(&OUTDATED),
        async || {
            let (out, into): (Vec<_>, Vec<_>) = present(aws, group_id)
                .await?
                .into_iter()
                .partition(|rule| rule.is_egress == Some(true));
            let (into, out) =
                (Difference::between(ingress, &into), Difference::between(egress, &out));
            into.authorise_ingress(aws, group_id).await?;
            out.authorise_egress(aws, group_id).await?;
            redescribe(aws, group_id, into.described.iter().chain(&out.described)).await?;
            into.revoke_ingress(aws, group_id).await?;
            out.revoke_egress(aws, group_id).await
        },
    )
    .await
}

/// The rules of a group, each with its id.
pub(super) async fn present(aws: &Aws, group_id: &str) -> Result<Vec<Described>, SdkFailure> {
    let describe =
        aws.ec2.describe_security_group_rules().filters(new_filter("group-id", group_id));
    let rules: Result<Vec<_>, _> = describe.into_paginator().items().send().collect().await;
    Ok(rules?)
}

/// What to do with the rules of one direction.
#[derive(Debug, Default, PartialEq)]
struct Difference {
    missing: Vec<SecurityGroupRule>,
    /// Right but for the description, by rule id.
    described: Vec<(String, SecurityGroupRule)>,
    /// Rule ids.
    surplus: Vec<String>,
}

impl Difference {
    fn between(desired: &[SecurityGroupRule], present: &[Described]) -> Self {
        let mut difference = Self { missing: desired.to_vec(), ..Self::default() };
        for described in present {
            let (id, rule) =
                (described.security_group_rule_id().unwrap_or_default(), of_description(described));
            match desired.iter().find(|desired| key(desired) == key(&rule)) {
                None => difference.surplus.push(id.to_owned()),
                Some(wanted) => {
                    difference.missing.retain(|missing| key(missing) != key(&rule));
                    if wanted.description != rule.description {
                        difference.described.push((id.to_owned(), wanted.clone()));
                    }
                }
            }
        }
        difference.surplus.sort();
        difference.surplus.dedup();
        difference
    }

    async fn authorise_ingress(&self, aws: &Aws, group_id: &str) -> Result<(), SdkFailure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let permissions: Vec<IpPermission> = self.missing.iter().map(to_permission).collect();
        // A group named as peer was made a moment ago.
        let sent = retry_until_settled(async || {
            let authorise = aws.ec2.authorize_security_group_ingress().group_id(group_id);
            authorise
                .set_ip_permissions(Some(permissions.clone()))
                .send()
                .await
                .map_err(SdkFailure::from)
        });
        sent.await.map(drop)
    }

    async fn authorise_egress(&self, aws: &Aws, group_id: &str) -> Result<(), SdkFailure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let permissions: Vec<IpPermission> = self.missing.iter().map(to_permission).collect();
        let sent = retry_until_settled(async || {
            let authorise = aws.ec2.authorize_security_group_egress().group_id(group_id);
            authorise
                .set_ip_permissions(Some(permissions.clone()))
                .send()
                .await
                .map_err(SdkFailure::from)
        });
        sent.await.map(drop)
    }

    async fn revoke_ingress(&self, aws: &Aws, group_id: &str) -> Result<(), SdkFailure> {
        if !self.surplus.is_empty() {
            let revoke = aws.ec2.revoke_security_group_ingress().group_id(group_id);
            revoke.set_security_group_rule_ids(Some(self.surplus.clone())).send().await?;
        }
        Ok(())
    }

    async fn revoke_egress(&self, aws: &Aws, group_id: &str) -> Result<(), SdkFailure> {
        if !self.surplus.is_empty() {
            let revoke = aws.ec2.revoke_security_group_egress().group_id(group_id);
            revoke.set_security_group_rule_ids(Some(self.surplus.clone())).send().await?;
        }
        Ok(())
    }
}

async fn redescribe(
    aws: &Aws,
    group_id: &str,
    described: impl Iterator<Item = &(String, SecurityGroupRule)>,
) -> Result<(), SdkFailure> {
    let updates: Vec<SecurityGroupRuleUpdate> = described
        .map(|(id, rule)| {
            SecurityGroupRuleUpdate::builder()
                .security_group_rule_id(id)
                .security_group_rule(to_request(rule))
                .build()
        })
        .collect();
    if !updates.is_empty() {
        let modify = aws.ec2.modify_security_group_rules().group_id(group_id);
        modify.set_security_group_rules(Some(updates)).send().await?;
    }
    Ok(())
}

/// What EC2 tells rules apart by.
fn key(rule: &SecurityGroupRule) -> (&str, i32, i32, &str) {
    let all = rule.protocol == ALL;
    (
        &rule.protocol,
        if all { -1 } else { rule.from_port },
        if all { -1 } else { rule.to_port },
        &rule.peer,
    )
}

fn of_permission(permission: &IpPermission) -> Vec<SecurityGroupRule> {
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

fn of_description(described: &Described) -> SecurityGroupRule {
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

/// What the form of a peer's name says.
enum Peer {
    Group,
    PrefixList,
    V6,
    V4,
}

fn peer(name: &str) -> Peer {
    match name {
        _ if name.starts_with("sg-") => Peer::Group,
        _ if name.starts_with("pl-") => Peer::PrefixList,
        _ if name.contains(':') => Peer::V6,
        _ => Peer::V4,
    }
}

/// EC2 refuses an empty description.
fn description(rule: &SecurityGroupRule) -> Option<String> {
    (!rule.description.is_empty()).then(|| rule.description.clone())
}

fn to_permission(rule: &SecurityGroupRule) -> IpPermission {
    let mut permission = IpPermission::builder().ip_protocol(&rule.protocol);
    if rule.protocol != ALL {
        permission = permission.from_port(rule.from_port).to_port(rule.to_port);
    }
    let (name, text) = (&rule.peer, description(rule));
    let permission = match peer(name) {
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
    };
    permission.build()
}

/// The whole rule: what `ModifySecurityGroupRules` is not told, it empties.
fn to_request(rule: &SecurityGroupRule) -> SecurityGroupRuleRequest {
    let request = SecurityGroupRuleRequest::builder().ip_protocol(&rule.protocol);
    let request =
        request.from_port(rule.from_port).to_port(rule.to_port).description(&rule.description);
    let request = match peer(&rule.peer) {
        Peer::Group => request.referenced_group_id(&rule.peer),
        Peer::PrefixList => request.prefix_list_id(&rule.peer),
        Peer::V6 => request.cidr_ipv6(&rule.peer),
        Peer::V4 => request.cidr_ipv4(&rule.peer),
    };
    request.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(protocol: &str, port: i32, peer: &str, description: &str) -> SecurityGroupRule {
        SecurityGroupRule {
            protocol: protocol.to_owned(),
            from_port: port,
            to_port: port,
            peer: peer.to_owned(),
            description: description.to_owned(),
        }
    }

    fn described(id: &str, port: i32, cidr: &str, description: &str) -> Described {
        let rule = Described::builder()
            .security_group_rule_id(id)
            .ip_protocol("tcp")
            .from_port(port)
            .to_port(port);
        rule.cidr_ipv4(cidr).description(description).build()
    }

    #[test]
    fn only_what_differs_is_done() {
        let desired =
            [rule("tcp", 22, "10.0.0.0/8", "new text"), rule("tcp", 2049, "10.0.0.0/8", "NFS")];
        let present = [
            described("sgr-1", 22, "10.0.0.0/8", "old text"),
            described("sgr-2", 80, "10.0.0.0/8", ""),
            described("sgr-2", 80, "10.0.0.0/9", ""),
        ];
        let expected = Difference {
            missing: vec![desired[1].clone()],
            described: vec![("sgr-1".to_owned(), desired[0].clone())],
            surplus: vec!["sgr-2".to_owned()],
        };
        assert_eq!(Difference::between(&desired, &present), expected);
        assert_eq!(Difference::between(&[], &[]), Difference::default());
        let right = [
            described("sgr-1", 22, "10.0.0.0/8", "new text"),
            described("sgr-3", 2049, "10.0.0.0/8", "NFS"),
        ];
        assert_eq!(Difference::between(&desired, &right), Difference::default());
    }

    #[test]
    fn a_rule_comes_back_as_it_was_sent_whatever_its_peer() {
        for sent in [
            rule("tcp", 2049, "sg-1", "NFS from DataSync"),
            rule("tcp", 443, "10.0.0.0/8", "HTTPS"),
            rule("tcp", 443, "::/0", "HTTPS"),
            rule("udp", 53, "pl-1", ""),
            rule("-1", -1, "0.0.0.0/0", ""),
        ] {
            assert_eq!(of_permission(&to_permission(&sent)), std::slice::from_ref(&sent));
        }
    }

    #[test]
    fn rules_are_told_in_the_desired_order() {
        let desired = [rule("tcp", 443, "10.0.0.0/8", ""), rule("tcp", 80, "10.0.0.0/8", "")];
        let surplus = rule("tcp", 22, "0.0.0.0/0", "");
        let permissions: Vec<_> = [&surplus, &desired[1], &desired[0]].map(to_permission).into();
        assert_eq!(told(&desired, &permissions), [desired[0].clone(), desired[1].clone(), surplus]);
    }
}
