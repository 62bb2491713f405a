use std::collections::BTreeSet;

use domain::config::{
    ExistingFileSystem, ExistingNetwork, NetworkConfig, NetworkMode, TemplateValues, parse,
    render_template,
};

use bootstrap_stack::DataSources;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::resources;

use super::*;
use crate::deploy::deployed_syncs::DeployedSyncs;

const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/teams/storage/permissions-boundary";

fn test_names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn template_config() -> StackConfig {
    parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
        .unwrap()
}

/// The configuration of `init`: everything is created.
pub(crate) fn smallest_config() -> StackConfig {
    template_config()
}

/// Availability zones only: the graph needs no other data sources when the configuration names no
/// existing resources.
pub(crate) fn test_data_sources() -> DataSources {
    let availability_zones = ["a", "b", "c"].map(|zone| format!("eu-central-1{zone}")).to_vec();
    let restore = RestoreTarget { directory: "restored/".into(), existed: false };
    let restores = [(SyncName::default(), restore)].into();
    DataSources { availability_zones, restores, ..DataSources::default() }
}

/// A bucket of the stack in an existing network.
pub(crate) fn with_own_bucket() -> StackConfig {
    let mut config = with_keys();
    config.destination.bucket = None;
    config
}

/// A file system of the stack with a key, in an existing network: other statements than
/// [`largest_config`].
pub(crate) fn with_keys() -> StackConfig {
    let mut config = StackConfig { file_system: template_config().file_system, ..largest_config() };
    let key = "arn:aws:kms:ap-southeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    config.destination.kms_key_arn = Some(key.into());
    config.alerts.kms_key_arn = Some(key.into());
    if let FileSystemConfig::New(new) = &mut config.file_system {
        new.kms_key_arn = Some(key.into());
    }
    config
}

/// A network without internet access, with its endpoints.
pub(crate) fn with_private_network() -> StackConfig {
    let mut config = template_config();
    if let NetworkConfig::New(network) = &mut config.network {
        (network.mode, network.nat_gateway) = (NetworkMode::Private, false);
    }
    config.stack.permissions_boundary_arn = Some(BOUNDARY.to_owned());
    config
}

/// All existing resources that a configuration may name at once.
pub(crate) fn largest_config() -> StackConfig {
    let mut config = template_config();
    let subnet_ids = (0..6).map(|n| format!("subnet-{n:017x}")).collect();
    config.network =
        NetworkConfig::Existing(ExistingNetwork { vpc_id: format!("vpc-{:017x}", 1), subnet_ids });
    let security_group_ids = (0..5).map(|n| format!("sg-{n:017x}")).collect();
    config.file_system = FileSystemConfig::Existing(ExistingFileSystem {
        id: format!("fs-{:017x}", 1),
        security_group_ids,
    });
    config.destination.bucket = Some("b".repeat(63));
    config.stack.permissions_boundary_arn = Some(BOUNDARY.to_owned());
    config
}

fn find_statement(config: &StackConfig, sid: &str) -> Value {
    let found =
        bootstrap_statements(config, &test_names(), &DeployedSyncs::default(), Precision::Exact)
            .into_iter()
            .find(|statement| statement["Sid"] == sid);
    found.unwrap_or_default()
}

#[test]
fn each_statement_has_a_name_of_its_own() {
    let all = bootstrap_statements(
        &largest_config(),
        &test_names(),
        &DeployedSyncs::default(),
        Precision::Exact,
    );
    let sids: BTreeSet<_> = all.iter().map(|statement| statement["Sid"].to_string()).collect();
    assert_eq!(sids.len(), all.len());
}

#[test]
fn what_is_made_on_ec2_bears_our_tag_from_the_beginning() {
    let make = find_statement(&template_config(), "Make");
    assert_eq!(
        make["Condition"],
        json!({ "StringEquals": { "aws:RequestTag/efs-s3:stack": "backup" } })
    );
    let tag = find_statement(&template_config(), "TagWhatIsMade");
    let made = &tag["Condition"]["StringLike"]["ec2:CreateAction"];
    assert!(made.as_array().unwrap().contains(&json!("RunInstances")));
    let own = find_statement(&template_config(), "Own")["Condition"].clone();
    assert_eq!(own, json!({ "StringEquals": { "aws:ResourceTag/efs-s3:stack": "backup" } }));
    let on_nothing = find_statement(&template_config(), "MakeOnNothing");
    assert_eq!(
        (&on_nothing["Condition"], &on_nothing["Resource"]),
        (&make["Condition"], &json!(["*"]))
    );
}

#[test]
fn what_the_configuration_brings_is_built_upon_and_never_changed() {
    assert_eq!(find_statement(&template_config(), "MakeWithinExisting"), Value::Null);
    insta::assert_json_snapshot!(find_statement(&largest_config(), "MakeWithinExisting")["Action"], @r#"
    [
      "ec2:CreateSecurityGroup",
      "ec2:ModifyInstanceAttribute",
      "ec2:RunInstances"
    ]
    "#);
    let mut without_instance = largest_config();
    without_instance.instance.enabled = false;
    assert_eq!(find_statement(&without_instance, "MakeWithinExisting"), Value::Null);
    without_instance.file_system = template_config().file_system;
    let groups = find_statement(&without_instance, "MakeWithinExisting")["Action"].clone();
    assert_eq!(groups, json!(["ec2:CreateSecurityGroup"]));
    assert_eq!(
        find_statement(&largest_config(), "ExistingBucket")["Action"],
        json!(["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"])
    );
}

#[test]
fn a_private_network_has_another_image_and_names_its_endpoints() {
    let parameter = |config: &StackConfig| find_statement(config, "FindImage")["Resource"].clone();
    let path = "arn:aws:ssm:eu-central-1::parameter/aws/service";
    assert_eq!(parameter(&template_config()), json!([format!("{path}/canonical/*")]));
    let mut private = with_private_network();
    assert_eq!(parameter(&private), json!([format!("{path}/ami-amazon-linux-latest/*")]));
    let names = |config: &StackConfig| find_statement(config, "NameEndpoints")["Action"].clone();
    assert_eq!(names(&private), json!(["route53:AssociateVPCWithHostedZone"]));
    assert_eq!(names(&template_config()), Value::Null);
    private.instance.enabled = false;
    assert_eq!(names(&private), Value::Null, "without the instance there are no endpoints");
}

#[test]
fn both_log_groups_are_ours() {
    let ours = find_statement(&template_config(), "LogGroups")["Resource"][0]
        .as_str()
        .unwrap()
        .trim_end_matches('*')
        .to_owned();
    for group in [test_names().task_log_group(), test_names().flow_log_group()] {
        assert!(test_names().log_group_arn(&group).starts_with(&ours), "{group}");
    }
}

#[test]
fn a_key_is_used_by_efs_alone() {
    let mut config = template_config();
    assert_eq!(find_statement(&config, "EncryptFileSystem"), Value::Null);
    if let FileSystemConfig::New(new) = &mut config.file_system {
        new.kms_key_arn = Some("arn:aws:kms:eu-central-1:111122223333:key/1".into());
    }
    let encrypt = find_statement(&config, "EncryptFileSystem");
    assert_eq!(
        encrypt["Condition"]["StringEquals"]["kms:ViaService"],
        "elasticfilesystem.eu-central-1.amazonaws.com"
    );
}

#[test]
fn no_role_gets_another_managed_policy_or_another_user() {
    insta::assert_json_snapshot!(find_statement(&template_config(), "AttachManagedPolicies")["Condition"], @r#"
    {
      "ArnEquals": {
        "iam:PolicyARN": [
          "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        ]
      }
    }
    "#);
    assert!(
        find_statement(&template_config(), "PassRoles")["Condition"]
            .to_string()
            .contains("iam:PassedToService")
    );
}

/// Returns the actions that a policy grants, of any statement.
fn granted_actions(config: &StackConfig) -> Vec<String> {
    let statements =
        bootstrap_statements(config, &test_names(), &DeployedSyncs::default(), Precision::Exact);
    let actions = statements.iter().map(|statement| match &statement["Action"] {
        Value::String(one) => vec![one.clone()],
        list => serde_json::from_value(list.clone()).unwrap(),
    });
    actions.flatten().collect()
}

#[test]
fn whatever_the_data_plane_declares_is_granted() {
    let granted = granted_actions(&template_config());
    let grants = |action: &str| {
        granted.iter().any(|one| {
            one == action || one.strip_suffix('*').is_some_and(|start| action.starts_with(start))
        })
    };
    // Actions on the records bucket, on roles and on endpoints of another configuration.
    let elsewhere = [
        "s3:PutBucketObjectLockConfiguration",
        "iam:PutRolePermissionsBoundary",
        "route53:AssociateVPCWithHostedZone",
    ];
    let graph =
        bootstrap_stack::data_plane(&template_config(), &test_names(), &test_data_sources());
    for node in graph.nodes() {
        for action in node.resource.actions().all().filter(|action| !elsewhere.contains(action)) {
            assert!(grants(action), "{} needs {action}", node.resource.kind_name());
        }
    }
}

#[test]
fn with_a_boundary_no_role_gets_rights_without_it() {
    let all = bootstrap_statements(
        &largest_config(),
        &test_names(),
        &DeployedSyncs::default(),
        Precision::Exact,
    );
    let required = json!({ "iam:PermissionsBoundary": BOUNDARY });
    let mut bounded = 0;
    for statement in &all {
        let text = statement["Action"].to_string();
        for action in actions::BOUNDED.iter().filter(|action| text.contains(&format!("{action:?}")))
        {
            assert_eq!(statement["Condition"]["StringEquals"], required, "{action}");
            bounded += 1;
        }
        assert!(!text.contains("iam:DeleteRolePermissionsBoundary"), "{statement}");
    }
    assert_eq!(bounded, actions::BOUNDED.len());

    let unbounded = granted_actions(&template_config());
    assert!(unbounded.contains(&"iam:DeleteRolePermissionsBoundary".to_owned()));
    assert!(!unbounded.contains(&"iam:PutRolePermissionsBoundary".to_owned()));
}

#[test]
fn every_role_of_both_planes_bears_the_boundary() {
    let mut config = template_config();
    config.stack.permissions_boundary_arn = Some(BOUNDARY.to_owned());
    let data = bootstrap_stack::data_plane(&config, &test_names(), &test_data_sources());
    let control = crate::deploy::control_plane::control_plane(
        &config,
        &test_names(),
        &crate::deploy::function_digests::FunctionDigests::new(),
        &DeployedSyncs::default(),
    );
    let roles = data.nodes().chain(control.nodes()).filter_map(|node| match &node.resource {
        resources::Resource::Role(role) => Some(role.permissions_boundary_arn.as_deref()),
        _ => None,
    });
    let roles: Vec<_> = roles.collect();
    assert_eq!(roles, vec![Some(BOUNDARY); 10]);
}

#[test]
fn interfaces_are_changed_through_services_alone_and_only_groups_without_our_tag_are_locked() {
    let interfaces = find_statement(&template_config(), "NetworkInterfaces")["Condition"].clone();
    assert_eq!(interfaces, json!({ "Bool": { "aws:ViaAWSService": "true" } }));
    let lock = find_statement(&template_config(), "LockDefaultGroup")["Condition"].clone();
    assert_eq!(lock, json!({ "Null": { "aws:ResourceTag/efs-s3:stack": "true" } }));
    assert_eq!(find_statement(&largest_config(), "LockDefaultGroup"), Value::Null);
}

#[test]
fn what_can_never_help_is_not_granted() {
    let objects = find_statement(&template_config(), "EmptyDestinationBucket")["Action"].clone();
    assert_eq!(objects, json!(["s3:AbortMultipartUpload", "s3:DeleteObjectVersion"]));
    let own = find_statement(&template_config(), "Own");
    assert_eq!(
        own["Condition"],
        json!({ "StringEquals": { "aws:ResourceTag/efs-s3:stack": "backup" } })
    );
}
