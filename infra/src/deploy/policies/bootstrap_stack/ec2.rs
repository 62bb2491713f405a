//! The statements for EC2: the network, the security groups and the instance.

use domain::config::{FileSystemConfig, NetworkConfig, StackConfig};
use domain::names::{Names, STACK_TAG};
use serde_json::{Value, json};

use crate::deploy::policies::allow;

/// Actions that create something inside an existing resource, on which EC2 requires the permission
/// too.
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
    let mut statements = vec![
        tag_at_creation(&all),
        // Resources without the tag: the image, the key pair, and the network interface of the
        // instance.
        allow("LaunchWith", &["ec2:RunInstances"], &launched_with(names)),
        rules_of_groups(names),
        network_interfaces(&all),
        image_parameter(config, names),
    ];
    if config.network.is_private() && config.instance.enabled {
        statements.push(name_endpoints(names));
    }
    if matches!(config.network, NetworkConfig::New(_)) {
        statements.push(lock_default_group(names));
    }
    statements.extend(make_within_existing(config, names));
    statements
}

/// Allows what the configuration creates within existing resources: the security groups of a new
/// file system, and the instance with its group.
fn make_within_existing(config: &StackConfig, names: &Names) -> Option<Value> {
    let of_instance = config.instance.enabled;
    let is_new = !matches!(config.file_system, FileSystemConfig::Existing(_));
    let groups = (of_instance || is_new).then_some("ec2:CreateSecurityGroup");
    let instance = of_instance.then_some(["ec2:ModifyInstanceAttribute", "ec2:RunInstances"]);
    let within: Vec<&str> = groups.into_iter().chain(instance.into_iter().flatten()).collect();
    let theirs = existing_resources(config, names);
    (!within.is_empty() && !theirs.is_empty())
        .then(|| allow("MakeWithinExisting", &within, &theirs))
}

fn tag_at_creation(all: &String) -> Value {
    let mut tag = allow("TagWhatIsMade", &["ec2:CreateTags"], std::slice::from_ref(all));
    tag["Condition"] = json!({ "StringLike": { "ec2:CreateAction": ["AllocateAddress", "Create*",
        "RunInstances"] } });
    tag
}

/// The rules have no tag; their group has.
fn rules_of_groups(names: &Names) -> Value {
    let rules = names.regional_arn("ec2", "security-group-rule/*");
    allow("RulesOfOwnGroups", &["ec2:ModifySecurityGroupRules"], &[rules])
}

fn launched_with(names: &Names) -> Vec<String> {
    let image = format!("arn:{}:ec2:{}::image/*", names.partition(), names.region);
    let own =
        ["key-pair/*", "network-interface/*"].map(|resource| names.regional_arn("ec2", resource));
    [image].into_iter().chain(own).collect()
}

/// Allows locking the default group of a VPC of the stack. EC2 can match neither its tags, because
/// it has none, nor its VPC (`ec2:Vpc` is an ARN, known only when the VPC exists). The statement
/// therefore reaches every group without the stack's tag, and is left out if the VPC is an existing
/// one. Revoking opens nothing.
fn lock_default_group(names: &Names) -> Value {
    let revoke = ["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"];
    let mut lock =
        allow("LockDefaultGroup", &revoke, &[names.regional_arn("ec2", "security-group/*")]);
    lock["Condition"] = json!({ "Null": { format!("aws:ResourceTag/{STACK_TAG}"): "true" } });
    lock
}

/// Allows network interfaces that EFS and DataSync create on behalf of the caller; the caller
/// cannot create them with a direct call (IAM User Guide, "AWS global condition context keys",
/// `aws:ViaAWSService`).
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

/// Allows reading the public parameters, by which `RunInstances` finds the newest image:
/// Canonical's of Ubuntu, or Amazon's of Amazon Linux in private mode.
fn image_parameter(config: &StackConfig, names: &Names) -> Value {
    let path = if config.network.is_private() { "ami-amazon-linux-latest" } else { "canonical" };
    let (partition, region) = (names.partition(), &names.region);
    let parameters = format!("arn:{partition}:ssm:{region}::parameter/aws/service/{path}/*");
    allow("FindImage", &["ssm:GetParameters"], &[parameters])
}

/// Allows private DNS names of interface endpoints. EC2 requires the permission on the hosted zone,
/// which is its own and whose id nobody knows before (Service Authorization Reference, "Amazon
/// EC2", dependent actions of `CreateVpcEndpoint`). The reference does not say that the request is
/// made by the service on the caller's behalf, so `aws:ViaAWSService` can't limit it.
fn name_endpoints(names: &Names) -> Value {
    let zones = format!("arn:{}:route53:::hostedzone/*", names.partition());
    allow("NameEndpoints", &["route53:AssociateVPCWithHostedZone"], &[zones])
}

/// Returns the existing resources that the configuration names by id.
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
