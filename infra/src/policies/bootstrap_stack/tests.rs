use std::collections::BTreeSet;

use pipeline::config::{ExistingFileSystem, ExistingNetwork, Network, TemplateValues, parse, template};

use super::*;

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn config() -> StackConfig {
    parse(&template(&TemplateValues { stack_name: "backup", region: "eu-central-1" })).unwrap()
}

/// Everything brought along that a configuration may bring at once.
pub(in crate::policies) fn largest() -> StackConfig {
    let mut config = config();
    let subnet_ids = (0..6).map(|n| format!("subnet-{n:017x}")).collect();
    config.network = Network::Existing(ExistingNetwork { vpc_id: format!("vpc-{:017x}", 1), subnet_ids });
    let security_group_ids = (0..5).map(|n| format!("sg-{n:017x}")).collect();
    config.file_system = FileSystem::Existing(ExistingFileSystem { id: format!("fs-{:017x}", 1), security_group_ids });
    config.destination.bucket = Some("b".repeat(63));
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
    assert_eq!(make["Condition"], json!({ "StringEquals": { "aws:RequestTag/efs-s3:stack": "backup" } }));
    let tag = statement(&config(), "TagWhatIsMade");
    assert!(tag["Condition"]["StringLike"]["ec2:CreateAction"].as_array().unwrap().contains(&json!("RunInstances")));
    for within in ["MakeWithinOwn", "Change"] {
        let condition = statement(&config(), within)["Condition"].clone();
        assert_eq!(condition, json!({ "StringEquals": { "aws:ResourceTag/efs-s3:stack": "backup" } }), "{within}");
    }
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
    assert_eq!(statement(&largest(), "ExistingBucket")["Action"], json!(["s3:GetBucketVersioning", "s3:ListBucket"]));
}

#[test]
fn both_log_groups_are_ours() {
    let ours = statement(&config(), "LogGroups")["Resource"][0].as_str().unwrap().trim_end_matches('*').to_owned();
    for group in [names().task_log_group(), names().flow_log_group()] {
        assert!(names().log_group_arn(&group).starts_with(&ours), "{group}");
    }
}

#[test]
fn a_key_is_used_by_efs_alone() {
    let mut config = config();
    assert_eq!(statement(&config, "EncryptFileSystem"), Value::Null);
    if let FileSystem::New(new) = &mut config.file_system {
        new.kms_key_arn = Some("arn:aws:kms:eu-central-1:111122223333:key/1".into());
    }
    let encrypt = statement(&config, "EncryptFileSystem");
    assert_eq!(encrypt["Condition"]["StringEquals"]["kms:ViaService"], "elasticfilesystem.eu-central-1.amazonaws.com");
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
    assert!(statement(&config(), "PassRoles")["Condition"].to_string().contains("iam:PassedToService"));
}
