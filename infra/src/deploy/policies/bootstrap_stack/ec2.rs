//! On EC2: the network, the security groups and the instance.

use domain::config::{FileSystemConfig, NetworkConfig, StackConfig};
use domain::names::{Names, STACK_TAG};
use serde_json::{Value, json};

use crate::deploy::policies::allow;

/// What is made inside something that exists: EC2 asks for the right on that too.
pub(super) const MADE_WITHIN: &[&str] = &[
    "ec2:CreateFlowLogs",
    "ec2:CreateNatGateway",
    "ec2:CreateRouteTable",
    "ec2:CreateSecurityGroup",
    "ec2:CreateSubnet",
    "ec2:CreateVpcEndpoint",
    "ec2:RunInstances",
];

pub(super) fn ec2_statements(config: &StackConfig, names: &Names) -> Vec<Value> {
    let all = names.regional_arn("ec2", "*");
    let mut tag = allow("TagWhatIsMade", &["ec2:CreateTags"], std::slice::from_ref(&all));
    tag["Condition"] = json!({ "StringLike": { "ec2:CreateAction": ["AllocateAddress", "Create*", "RunInstances"] } });
    let mut statements = vec![
        tag,
        // Not tagged by anybody: the image, the key pair, and the interface that comes and goes
        // with the instance.
        allow("LaunchWith", &["ec2:RunInstances"], &launched_with(names)),
        // The rules themselves bear no tag; their group does.
        allow(
            "RulesOfOwnGroups",
            &["ec2:ModifySecurityGroupRules"],
            &[names.regional_arn("ec2", "security-group-rule/*")],
        ),
        network_interfaces(&all),
        image_parameter(names),
    ];
    if matches!(config.network, NetworkConfig::New(_)) {
        statements.push(lock_default_group(names));
    }
    let theirs = existing_resources(config, names);
    if !theirs.is_empty() {
        let within = ["ec2:CreateSecurityGroup", "ec2:ModifyInstanceAttribute", "ec2:RunInstances"];
        statements.push(allow("MakeWithinExisting", &within, &theirs));
    }
    statements
}

fn launched_with(names: &Names) -> Vec<String> {
    let image = format!("arn:{}:ec2:{}::image/*", names.partition(), names.region);
    let own =
        ["key-pair/*", "network-interface/*"].map(|resource| names.regional_arn("ec2", resource));
    [image].into_iter().chain(own).collect()
}

/// The default group of a VPC of ours: EC2 knows neither its tags, for it has none, nor its VPC
/// (`ec2:Vpc` is an ARN, known only when the VPC is there). So this reaches every group without our
/// tag, in no configuration with a VPC that exists. Revoking opens nothing.
fn lock_default_group(names: &Names) -> Value {
    let revoke = ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"];
    let mut lock =
        allow("LockDefaultGroup", &revoke, &[names.regional_arn("ec2", "security-group/*")]);
    lock["Condition"] = json!({ "Null": { format!("aws:ResourceTag/{STACK_TAG}"): "true" } });
    lock
}

/// Mount targets and DataSync make network interfaces on the caller's behalf; by a call of its own
/// the caller can't (IAM User Guide, "AWS global condition context keys", `aws:ViaAWSService`).
fn network_interfaces(all: &str) -> Value {
    let actions = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:ModifyNetworkInterfaceAttribute",
    ];
    let mut by_services = allow("NetworkInterfaces", &actions, &[all.to_owned()]);
    by_services["Condition"] = json!({ "Bool": { "aws:ViaAWSService": "true" } });
    by_services
}

/// Canonical's public parameters, by which `RunInstances` finds the newest image.
fn image_parameter(names: &Names) -> Value {
    let parameters = format!(
        "arn:{}:ssm:{}::parameter/aws/service/canonical/*",
        names.partition(),
        names.region
    );
    allow("FindImage", &["ssm:GetParameters"], &[parameters])
}

/// What the configuration names by id, and we only build upon.
fn existing_resources(config: &StackConfig, names: &Names) -> Vec<String> {
    let mut ids = Vec::new();
    if let NetworkConfig::Existing(network) = &config.network {
        ids.push(format!("vpc/{}", network.vpc_id));
        // The instance is placed in the first.
        ids.extend(network.subnet_ids.first().map(|id| format!("subnet/{id}")));
    }
    if let FileSystemConfig::Existing(file_system) = &config.file_system {
        ids.extend(file_system.security_group_ids.iter().map(|id| format!("security-group/{id}")));
    }
    ids.iter().map(|id| names.regional_arn("ec2", id)).collect()
}
