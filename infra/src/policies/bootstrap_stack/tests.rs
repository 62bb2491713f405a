use std::collections::BTreeSet;

use domain::config::{
    ExistingFileSystem, ExistingNetwork, NetworkConfig, TemplateValues, parse, render_template,
};

use bootstrap_stack::Surroundings;
use domain::records::restore::RestoreTarget;
use reconciler::kinds;

use super::*;

const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/teams/storage/permissions-boundary";

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn config() -> StackConfig {
    parse(&render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }))
        .unwrap()
}

/// As `init` writes it: everything is made.
pub(crate) fn smallest() -> StackConfig {
    config()
}

/// Zones alone: the graph needs no more where the configuration brings nothing along.
pub(crate) fn surroundings() -> Surroundings {
    let availability_zones = ["a", "b", "c"].map(|zone| format!("eu-central-1{zone}")).to_vec();
    let restore = RestoreTarget { directory: "restored/".into() };
    Surroundings { availability_zones, restore: Some(restore), ..Surroundings::default() }
}

/// A bucket of ours in a network that is brought along.
pub(crate) fn with_own_bucket() -> StackConfig {
    let mut config = with_keys();
    config.destination.bucket = None;
    config
}

/// A file system of ours with a key, in a network that is brought along: other statements than
/// [`largest`].
pub(crate) fn with_keys() -> StackConfig {
    let mut config = StackConfig { file_system: config().file_system, ..largest() };
    let key = "arn:aws:kms:ap-southeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    config.destination.kms_key_arn = Some(key.into());
    config.alerts.kms_key_arn = Some(key.into());
    if let FileSystemConfig::New(new) = &mut config.file_system {
        new.kms_key_arn = Some(key.into());
    }
    config
}

/// Everything brought along that a configuration may bring at once.
pub(crate) fn largest() -> StackConfig {
    let mut config = config();
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

fn statement(config: &StackConfig, sid: &str) -> Value {
    let found = statements(config, &names()).into_iter().find(|statement| statement["Sid"] == sid);
    found.unwrap_or_default()
}

#[test]
fn each_statement_has_a_name_of_its_own() {
    let all = statements(&largest(), &names());
    let sids: BTreeSet<_> = all.iter().map(|statement| statement["Sid"].to_string()).collect();
    assert_eq!(sids.len(), all.len());
}

#[test]
fn what_is_made_on_ec2_bears_our_tag_from_the_beginning() {
    let make = statement(&config(), "Make");
    assert_eq!(
        make["Condition"],
        json!({ "StringEquals": { "aws:RequestTag/efs-s3:stack": "backup" } })
    );
    let tag = statement(&config(), "TagWhatIsMade");
    assert!(
        tag["Condition"]["StringLike"]["ec2:CreateAction"]
            .as_array()
            .unwrap()
            .contains(&json!("RunInstances"))
    );
    let own = statement(&config(), "Own")["Condition"].clone();
    assert_eq!(own, json!({ "StringEquals": { "aws:ResourceTag/efs-s3:stack": "backup" } }));
    let on_nothing = statement(&config(), "MakeOnNothing");
    assert_eq!(
        (&on_nothing["Condition"], &on_nothing["Resource"]),
        (&make["Condition"], &json!(["*"]))
    );
}

#[test]
fn what_the_configuration_brings_is_built_upon_and_never_changed() {
    assert_eq!(statement(&config(), "MakeWithinExisting"), Value::Null);
    insta::assert_json_snapshot!(statement(&largest(), "MakeWithinExisting")["Action"], @r#"
    [
      "ec2:CreateSecurityGroup",
      "ec2:ModifyInstanceAttribute",
      "ec2:RunInstances"
    ]
    "#);
    assert_eq!(
        statement(&largest(), "ExistingBucket")["Action"],
        json!(["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"])
    );
}

#[test]
fn both_log_groups_are_ours() {
    let ours = statement(&config(), "LogGroups")["Resource"][0]
        .as_str()
        .unwrap()
        .trim_end_matches('*')
        .to_owned();
    for group in [names().task_log_group(), names().flow_log_group()] {
        assert!(names().log_group_arn(&group).starts_with(&ours), "{group}");
    }
}

#[test]
fn a_key_is_used_by_efs_alone() {
    let mut config = config();
    assert_eq!(statement(&config, "EncryptFileSystem"), Value::Null);
    if let FileSystemConfig::New(new) = &mut config.file_system {
        new.kms_key_arn = Some("arn:aws:kms:eu-central-1:111122223333:key/1".into());
    }
    let encrypt = statement(&config, "EncryptFileSystem");
    assert_eq!(
        encrypt["Condition"]["StringEquals"]["kms:ViaService"],
        "elasticfilesystem.eu-central-1.amazonaws.com"
    );
}

#[test]
fn no_role_gets_another_managed_policy_or_another_user() {
    insta::assert_json_snapshot!(statement(&config(), "AttachManagedPolicies")["Condition"], @r#"
    {
      "ArnEquals": {
        "iam:PolicyARN": [
          "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        ]
      }
    }
    "#);
    assert!(
        statement(&config(), "PassRoles")["Condition"].to_string().contains("iam:PassedToService")
    );
}

/// The actions that a policy grants, of any statement.
fn granted(config: &StackConfig) -> Vec<String> {
    let statements = statements(config, &names());
    let actions = statements.iter().map(|statement| match &statement["Action"] {
        Value::String(one) => vec![one.clone()],
        list => serde_json::from_value(list.clone()).unwrap(),
    });
    actions.flatten().collect()
}

#[test]
fn whatever_the_data_plane_declares_is_granted() {
    let granted = granted(&config());
    let grants = |action: &str| {
        granted.iter().any(|one| {
            one == action || one.strip_suffix('*').is_some_and(|start| action.starts_with(start))
        })
    };
    // On the records bucket and on roles of another configuration.
    let elsewhere = ["s3:PutBucketObjectLockConfiguration", "iam:PutRolePermissionsBoundary"];
    let graph = bootstrap_stack::data_plane(&config(), &names(), &surroundings());
    for node in graph.nodes() {
        for action in node.resource.actions().all().filter(|action| !elsewhere.contains(action)) {
            assert!(grants(action), "{} needs {action}", node.resource.kind_name());
        }
    }
}

#[test]
fn with_a_boundary_no_role_gets_rights_without_it() {
    let all = statements(&largest(), &names());
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

    let unbounded = granted(&config());
    assert!(unbounded.contains(&"iam:DeleteRolePermissionsBoundary".to_owned()));
    assert!(!unbounded.contains(&"iam:PutRolePermissionsBoundary".to_owned()));
}

#[test]
fn every_role_of_both_planes_bears_the_boundary() {
    let mut config = config();
    config.stack.permissions_boundary_arn = Some(BOUNDARY.to_owned());
    let data = bootstrap_stack::data_plane(&config, &names(), &surroundings());
    let control = crate::control_plane::control_plane(
        &config,
        &names(),
        &crate::code::Digests::new(),
        None,
        false,
    );
    let roles = data.nodes().chain(control.nodes()).filter_map(|node| match &node.resource {
        kinds::Resource::Role(role) => Some(role.permissions_boundary_arn.as_deref()),
        _ => None,
    });
    let roles: Vec<_> = roles.collect();
    assert_eq!(roles, vec![Some(BOUNDARY); 10]);
}

#[test]
fn interfaces_are_changed_through_services_alone_and_only_groups_without_our_tag_are_locked() {
    let interfaces = statement(&config(), "NetworkInterfaces")["Condition"].clone();
    assert_eq!(interfaces, json!({ "Bool": { "aws:ViaAWSService": "true" } }));
    let lock = statement(&config(), "LockDefaultGroup")["Condition"].clone();
    assert_eq!(lock, json!({ "Null": { "aws:ResourceTag/efs-s3:stack": "true" } }));
    assert_eq!(statement(&largest(), "LockDefaultGroup"), Value::Null);
}

#[test]
fn what_can_never_help_is_not_granted() {
    let objects = statement(&config(), "EmptyDestinationBucket")["Action"].clone();
    assert_eq!(objects, json!(["s3:AbortMultipartUpload", "s3:DeleteObjectVersion"]));
    let own = statement(&config(), "Own");
    assert_eq!(
        own["Condition"],
        json!({ "StringEquals": { "aws:ResourceTag/efs-s3:stack": "backup" } })
    );
}
