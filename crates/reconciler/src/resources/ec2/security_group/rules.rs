//! Rules of security groups: the live rules of a group, and the change to the desired ones.
//!
//! EC2 distinguishes rules by protocol, ports and peer; the description is not part of it. So a new
//! description updates the rule; any other difference adds a rule and revokes the old one. New
//! rules come first, so that connections that stay allowed are never refused.

mod changes;
mod permission;

use aws::SdkFailure;
use aws_sdk_ec2::types::{IpPermission, SecurityGroupRule as Described, SecurityGroupRuleUpdate};
use serde::{Deserialize, Serialize};

use self::permission::{of_description, of_permission, to_request};
use crate::Aws;
use crate::resources::ec2::tagging::new_filter;
use crate::wait::{self, EC2_SETTLES};

/// All protocols, and then all ports.
const ALL: &str = "-1";

/// Error codes after an outdated read: a new read shows more.
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
    /// -1 where the protocol has no ports, or for all ports.
    pub from_port: i32,
    pub to_port: i32,
    /// CIDR block, `sg-…` or `pl-…`.
    pub peer: String,
    /// `a-z A-Z 0-9`, blanks and `._-:/()#,@[]+=&;{}!$*` (EC2 API reference, `IpRange`).
    pub description: String,
}

/// The rules in a description of a group, one for each peer. The desired ones come in the desired
/// order: rules have none.
pub(in crate::resources::ec2) fn told(
    desired: &[SecurityGroupRule],
    permissions: &[IpPermission],
) -> Vec<SecurityGroupRule> {
    let mut rules: Vec<SecurityGroupRule> = permissions.iter().flat_map(of_permission).collect();
    rules.sort_by_cached_key(|rule| {
        let position =
            desired.iter().position(|d| rule_key(d) == rule_key(rule)).unwrap_or(usize::MAX);
        (position, rule.protocol.clone(), rule.from_port, rule.to_port, rule.peer.clone())
    });
    rules
}

/// Changes the rules of a group to the desired ones. Without a difference no call is made.
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
            let (out, into): (Vec<_>, Vec<_>) = describe_rules(aws, group_id)
                .await?
                .into_iter()
                .partition(|rule| rule.is_egress == Some(true));
            let (into, out) = (
                RuleChanges::compare_rules(ingress, &into),
                RuleChanges::compare_rules(egress, &out),
            );
            into.authorise_ingress(aws, group_id).await?;
            out.authorise_egress(aws, group_id).await?;
            update_descriptions(aws, group_id, into.described.iter().chain(&out.described)).await?;
            into.revoke_ingress(aws, group_id).await?;
            out.revoke_egress(aws, group_id).await
        },
    )
    .await
}

/// The rules of a group, each with its id.
pub(super) async fn describe_rules(
    aws: &Aws,
    group_id: &str,
) -> Result<Vec<Described>, SdkFailure> {
    let describe =
        aws.ec2.describe_security_group_rules().filters(new_filter("group-id", group_id));
    let rules: Result<Vec<_>, _> = describe.into_paginator().items().send().collect().await;
    Ok(rules?)
}

/// The changes to the rules of one direction.
#[derive(Debug, Default, PartialEq)]
struct RuleChanges {
    missing: Vec<SecurityGroupRule>,
    /// Right but for the description, by rule id.
    described: Vec<(String, SecurityGroupRule)>,
    /// Rule ids.
    surplus: Vec<String>,
}

impl RuleChanges {
    fn compare_rules(desired: &[SecurityGroupRule], present: &[Described]) -> Self {
        let mut difference = Self { missing: desired.to_vec(), ..Self::default() };
        for described in present {
            let (id, rule) =
                (described.security_group_rule_id().unwrap_or_default(), of_description(described));
            match desired.iter().find(|desired| rule_key(desired) == rule_key(&rule)) {
                None => difference.surplus.push(id.to_owned()),
                Some(wanted) => {
                    difference.missing.retain(|missing| rule_key(missing) != rule_key(&rule));
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
}

async fn update_descriptions(
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

/// The fields by which EC2 distinguishes rules.
fn rule_key(rule: &SecurityGroupRule) -> (&str, i32, i32, &str) {
    let all = rule.protocol == ALL;
    (
        &rule.protocol,
        if all { -1 } else { rule.from_port },
        if all { -1 } else { rule.to_port },
        &rule.peer,
    )
}

#[cfg(test)]
mod tests;
