use super::*;
use crate::deploy::policies::tests::many_syncs::config_everywhere;

fn test_names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn duties_of(config: &StackConfig, sync: &str) -> OwnerDuties {
    let sync = SyncName::parse(sync).unwrap();
    let sync = select_sync(config, Some(&sync)).unwrap();
    OwnerDuties::of_sync(config, &sync, &test_names(), &[])
}

/// Returns the text without the policies, which `bootstrap-stack` tests.
fn text_without_policies(config: &StackConfig, sync: &str) -> String {
    let text = duties_text(&duties_of(config, sync)).unwrap();
    let lines =
        text.lines().filter(|line| !line.starts_with([' ', '{', '}']) || line.contains("aws "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_bucket_of_the_stacks_account_needs_nothing() {
    let config = config_everywhere();
    for sync in ["default", "far", "existing"] {
        let duties = duties_of(&config, sync);
        assert!(!duties.is_foreign && duties.policy.is_none(), "{sync}");
    }
    insta::assert_snapshot!(text_without_policies(&config, "existing"), @r"
    The bucket archive is in the account of the stack, 111122223333:
    the policies of the roles are enough, and it needs no bucket policy.
    ");
}

#[test]
fn the_owner_of_another_bucket_gets_the_commands_to_run() {
    let mut config = config_everywhere();
    let key = "arn:aws:kms:us-east-1:999900001111:key/1";
    config.syncs[3].destination.kms_key_arn = Some(key.to_owned());
    insta::assert_snapshot!(text_without_policies(&config, "vault"), @r"
    The bucket vault in us-east-1 belongs to the account 999900001111, which efs-s3 never changes.
    Its owner runs these commands with credentials of that account, for: vault.

    Versioning, which every proof needs:
      aws s3api put-bucket-versioning --bucket vault --versioning-configuration Status=Enabled

    Disabled access control lists: otherwise another account owns what DataSync writes:
      aws s3api put-bucket-ownership-controls --bucket vault --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'

    The bucket policy, as bucket-policy.json. The command replaces a whole policy: add the
    statements of the present one first (aws s3api get-bucket-policy --bucket vault).
      aws s3api put-bucket-policy --bucket vault --policy file://bucket-policy.json

    The key of the bucket:
      aws s3api put-bucket-encryption --bucket vault --server-side-encryption-configuration 'Rules=[{ApplyServerSideEncryptionByDefault={SSEAlgorithm=aws:kms,KMSMasterKeyID=arn:aws:kms:us-east-1:999900001111:key/1},BucketKeyEnabled=true}]'

    The statements for the policy of the key, beside those that it has (aws kms get-key-policy
    --key-id arn:aws:kms:us-east-1:999900001111:key/1 --policy-name default), as key-policy.json:
      aws kms put-key-policy --key-id arn:aws:kms:us-east-1:999900001111:key/1 --policy-name default --policy file://key-policy.json

    People who run versions, get and restore read the bucket too: name their role with --principal.
    Then `efs-s3 plan` says whether anything is missing.
    ");
}

#[test]
fn one_policy_allows_all_syncs_of_a_bucket() {
    let mut config = config_everywhere();
    let vault = config.syncs[3].destination.clone();
    let alone = duties_of(&config, "vault").policy.unwrap();
    config.syncs[2].destination =
        domain::config::DestinationConfig { prefix: "b/".into(), ..vault };
    let both = duties_of(&config, "vault");
    let names: Vec<&str> = both.syncs.iter().map(SyncName::as_str).collect();
    assert_eq!(names, ["existing", "vault"]);
    let count = |policy: &serde_json::Value| policy["Statement"].as_array().unwrap().len();
    assert_eq!(count(both.policy.as_ref().unwrap()), 2 * count(&alone));
    let sids = |policy: &serde_json::Value| -> std::collections::BTreeSet<String> {
        let statements = policy["Statement"].as_array().unwrap().iter();
        statements.map(|statement| statement["Sid"].to_string()).collect()
    };
    assert_eq!(sids(both.policy.as_ref().unwrap()).len(), 2 * count(&alone));
}

#[test]
fn people_are_allowed_to_read_where_they_are_named() {
    let config = config_everywhere();
    let sync = select_sync(&config, Some(&SyncName::parse("vault").unwrap())).unwrap();
    let people = ["arn:aws:iam::111122223333:role/operator".to_owned()];
    let policy = OwnerDuties::of_sync(&config, &sync, &test_names(), &people).policy.unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let of_people = statements.iter().filter(|one| one["Sid"].as_str().unwrap().contains("People"));
    let lines = of_people.map(|one| format!("{} {}", one["Resource"], one["Condition"]));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    "arn:aws:s3:::vault" {"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/operator"]}}
    ["arn:aws:s3:::vault/vault/*"] {"ArnLike":{"aws:PrincipalArn":["arn:aws:iam::111122223333:role/operator"]}}
    "#);
}

#[test]
fn a_sync_must_be_named_where_there_are_several() {
    let error = |name: Option<&str>| {
        let name = name.map(|name| SyncName::parse(name).unwrap());
        let error = select_sync(&config_everywhere(), name.as_ref()).unwrap_err();
        let hint = crate::hint::hint_for(&error, "efs-s3 bucket-policy");
        format!("{error}; {hint}")
    };
    insta::assert_snapshot!([error(None), error(Some("vaults"))].join("\n"), @r"
    the stack has 4 syncs, and each may have another bucket; give one with `--sync`: default, far, existing, vault
    the stack has no sync `vaults`; give one with `--sync`: default, far, existing, vault
    ");
}
