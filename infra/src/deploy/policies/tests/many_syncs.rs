//! The policies of the functions for many buckets, regions and accounts.

use reconciler::resources::iam::role::INLINE_LIMIT;

use super::*;
use crate::deploy::deployed_syncs::tests::{config_of_syncs, deployed};
use crate::deploy::policies::bootstrap_stack::tests::{largest_config, with_keys};

/// Returns a stack with a sync in another region, one to an existing bucket, one to a bucket of
/// another account and region, and one as in a stack of its own.
pub(crate) fn config_everywhere() -> StackConfig {
    let mut config = config_of_syncs(&["default", "far", "existing", "vault"]);
    config.syncs[1].destination.region = Some("eu-west-1".to_owned());
    config.syncs[2].destination.bucket = Some("archive".to_owned());
    config.syncs[3].destination.bucket = Some("vault".to_owned());
    config.syncs[3].destination.account = Some("999900001111".to_owned());
    config.syncs[3].destination.region = Some("us-east-1".to_owned());
    config
}

/// Returns the resources of a statement, one a line.
fn resources_of(function: FunctionName, sid: &str) -> String {
    let policy = function_policy(function, &config_everywhere(), &names(), &deployed(&["default"]));
    let statements = policy["Statement"].as_array().unwrap();
    let statement = statements.iter().find(|statement| statement["Sid"] == sid).unwrap();
    let resources: Vec<String> = serde_json::from_value(statement["Resource"].clone()).unwrap();
    resources.join("\n")
}

#[test]
fn the_verification_reads_the_buckets_of_all_syncs() {
    insta::assert_snapshot!(resources_of(FunctionName::VerifyVersions, "LookAtVersions"), @r"
    arn:aws:s3:::archive/*
    arn:aws:s3:::backup-data-111122223333-eu-central-1/*
    arn:aws:s3:::backup-data-111122223333-eu-west-1/*
    arn:aws:s3:::vault/*
    ");
}

#[test]
fn buckets_of_the_stack_are_made_in_their_regions_and_others_are_only_read() {
    let of = |sid| resources_of(FunctionName::BootstrapStack, sid);
    insta::assert_snapshot!(of("DestinationBucket"), @r"
    arn:aws:s3:::backup-data-111122223333-eu-central-1
    arn:aws:s3:::backup-data-111122223333-eu-west-1
    arn:aws:s3:::backup-data-111122223333-us-east-1
    ");
    assert_eq!(of("ExistingBucket"), "arn:aws:s3:::archive");
    assert_eq!(of("ForeignBucket"), "arn:aws:s3:::vault");
}

#[test]
fn locations_are_made_in_the_regions_of_their_buckets() {
    let of = |sid| resources_of(FunctionName::BootstrapStack, sid);
    insta::assert_snapshot!([of("Make"), of("Own")].join("\n\n"), @r"
    arn:aws:ec2:eu-central-1:111122223333:*
    arn:aws:elasticfilesystem:eu-central-1:111122223333:file-system/*
    arn:aws:datasync:eu-central-1:111122223333:location/*
    arn:aws:datasync:eu-central-1:111122223333:task/*
    arn:aws:datasync:eu-west-1:111122223333:location/*
    arn:aws:datasync:us-east-1:111122223333:location/*

    arn:aws:ec2:eu-central-1:111122223333:*
    arn:aws:elasticfilesystem:eu-central-1:111122223333:*
    arn:aws:datasync:eu-central-1:111122223333:*
    arn:aws:datasync:eu-west-1:111122223333:location/*
    arn:aws:datasync:us-east-1:111122223333:location/*
    ");
}

#[test]
fn syncs_with_other_buckets_have_other_roles_and_each_its_own_baseline() {
    let passed = resources_of(FunctionName::BootstrapStack, "PassRoles");
    let kept = resources_of(FunctionName::OnExecutionComplete, "KeepRuns");
    insta::assert_snapshot!([passed, kept].join("\n\n"), @r"
    arn:aws:iam::111122223333:role/backup-datasync-*-eu-central-1
    arn:aws:iam::111122223333:role/backup-flow-log-eu-central-1
    arn:aws:iam::111122223333:role/backup-instance-eu-central-1
    arn:aws:iam::111122223333:role/backup-read.*-eu-central-1
    arn:aws:iam::111122223333:role/backup-write.*-eu-central-1
    arn:aws:iam::111122223333:role/backup-restore.*-eu-central-1

    arn:aws:s3:::backup-records-111122223333-eu-central-1/runs/*
    arn:aws:s3:::backup-records-111122223333-eu-central-1/alerts/*
    arn:aws:s3:::backup-records-111122223333-eu-central-1/episodes/*
    arn:aws:s3:::backup-records-111122223333-eu-central-1/state/last-run.json
    arn:aws:s3:::backup-records-111122223333-eu-central-1/state/last-run.*.json
    ");
}

/// A bucket of a region that no sync uses any more is deleted with the permissions of the deploy
/// that removes it.
#[test]
fn what_a_removed_sync_had_elsewhere_can_still_be_deleted() {
    let mut config = config_everywhere();
    config.syncs.truncate(2);
    let before = DeployedSyncs::default().with_configuration(Some(&config));
    let after = config_of_syncs(&["default"]);
    let of = |deployed: &DeployedSyncs| {
        function_policy(FunctionName::BootstrapStack, &after, &names(), deployed).to_string()
    };
    for needed in [
        "backup-data-111122223333-eu-west-1",
        "arn:aws:datasync:eu-west-1:111122223333:location/*",
        "arn:aws:iam::111122223333:role/backup-write.*-eu-central-1",
    ] {
        assert!(of(&before).contains(needed), "{needed}");
        assert!(!of(&DeployedSyncs::default()).contains(needed), "{needed}");
    }
}

/// Returns a stack with this many syncs, buckets with the longest names and regions.
fn config_with(base: StackConfig, syncs: usize, buckets: usize, regions: usize) -> StackConfig {
    let names: Vec<String> = (0..syncs).map(|n| format!("a-long-name-{n:08}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut config = base;
    config.syncs = config_of_syncs(&names).syncs;
    for (index, sync) in config.syncs.iter_mut().enumerate() {
        let destination = &mut sync.destination;
        match index % buckets {
            0 => {}
            bucket => {
                destination.bucket = Some(format!("{bucket:0>63}"));
                destination.account = (bucket % 2 == 0).then(|| "999900001111".to_owned());
            }
        }
        let region = index % regions;
        destination.region = (region > 0).then(|| format!("ap-southeast-{region}"));
    }
    config
}

#[test]
fn the_policies_of_a_hundred_syncs_with_25_buckets_fit_a_role() {
    let names = Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1");
    for (base, buckets, regions) in [
        (largest_config(), 1, 2),
        (largest_config(), 4, 2),
        (largest_config(), 25, 10),
        (with_keys(), 25, 10),
    ] {
        let config = config_with(base, 100, buckets, regions);
        for function in FunctionName::ALL {
            let deployed = DeployedSyncs::default();
            let size = function_policy(function, &config, &names, &deployed).to_string().len();
            assert!(size <= INLINE_LIMIT, "{function}: {size}, {buckets} buckets");
        }
    }
}
