//! On EC2: the network, the security groups and the instance.

use pipeline::config::{FileSystem, Network, StackConfig};
use pipeline::names::Names;
use serde_json::{Value, json};

use super::actions::{self, EC2};
use super::{bears, on_our_own};
use crate::policies::allow;

/// What is made inside something that exists: EC2 asks for the right on that too.
const MADE_WITHIN: &[&str] = &[
    "ec2:CreateFlowLogs",
    "ec2:CreateNatGateway",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateVpcEndpoint",
    "ec2:RunInstances",
];

pub(super) fn statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    let all = names.regional_arn("ec2", "*");
    let make = actions::all(EC2, |kind| kind.make);
    let mut tagged = allow("Make", &make, std::slice::from_ref(&all));
    tagged["Condition"] = bears("Request", names);
    let mut tag = allow("TagWhatIsMade", &["ec2:CreateTags"], std::slice::from_ref(&all));
    tag["Condition"] = json!({ "StringLike": { "ec2:CreateAction": ["AllocateAddress", "Create*", "RunInstances"] } });
    let mut statements = vec![
        tagged,
        on_our_own(names, "MakeWithinOwn", MADE_WITHIN, &all),
        tag,
        on_our_own(names, "Change", &actions::all(EC2, |kind| kind.change), &all),
        // Not tagged by anybody: the image, the key pair, and the interface that comes and goes with the instance.
        allow("LaunchWith", &["ec2:RunInstances"], &launched_with(names)),
        // The rules themselves bear no tag; their group does.
        allow(
            "RulesOfOwnGroups",
            &["ec2:ModifySecurityGroupRules"],
            &[names.regional_arn("ec2", "security-group-rule/*")],
        ),
        // The default group of a VPC can't be told from others by tag or name. Revoking opens nothing.
        allow(
            "LockDefaultGroup",
            &["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
            &[names.regional_arn("ec2", "security-group/*")],
        ),
        network_interfaces(&all),
        image_parameter(names),
    ];
    let theirs = brought(config, names);
    if !theirs.is_empty() {
        let within = ["ec2:CreateSecurityGroup", "ec2:ModifyInstanceAttribute", "ec2:RunInstances"];
        statements.push(allow("MakeWithinExisting", &within, &theirs));
    }
    statements
}

fn launched_with(names: &Names) -> Vec<String> {
    let image = format!("arn:{}:ec2:{}::image/*", names.partition(), names.region);
    let own = ["key-pair/*", "network-interface/*"].map(|resource| names.regional_arn("ec2", resource));
    [image].into_iter().chain(own).collect()
}

/// Mount targets and DataSync make network interfaces on the caller's behalf.
fn network_interfaces(all: &str) -> Value {
    let actions = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:ModifyNetworkInterfaceAttribute",
    ];
    allow("NetworkInterfaces", &actions, &[all.to_owned()])
}

/// Canonical's public parameters, by which `RunInstances` finds the newest image.
fn image_parameter(names: &Names) -> Value {
    let parameters = format!("arn:{}:ssm:{}::parameter/aws/service/canonical/*", names.partition(), names.region);
    allow("FindImage", &["ssm:GetParameters"], &[parameters])
}

/// What the configuration names by id, and we only build upon.
fn brought(config: &StackConfig, names: &Names) -> Vec<String> {
    let mut ids = Vec::new();
    if let Network::Existing(network) = &config.network {
        ids.push(format!("vpc/{}", network.vpc_id));
        // The instance is placed in the first.
        ids.extend(network.subnet_ids.first().map(|id| format!("subnet/{id}")));
    }
    if let FileSystem::Existing(file_system) = &config.file_system {
        ids.extend(file_system.security_group_ids.iter().map(|id| format!("security-group/{id}")));
    }
    ids.iter().map(|id| names.regional_arn("ec2", id)).collect()
}
