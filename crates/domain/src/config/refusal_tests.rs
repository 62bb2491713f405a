//! Refused configurations, each with its exact problems. The tables are in
//! `sections/<section>/tests.rs`.

mod keys;

use super::parse_tests::MINIMAL;
use super::sections::{
    alerts, destination, file_system, functions, instance, limits, network, proof, schedule,
    source, stack, task,
};
use super::syncs::refusal_tests as syncs;
use super::*;

/// Every table of refused configurations.
pub(super) const TABLES: [&[&str]; 70] = [
    stack::tests::MALFORMED_NAMES,
    stack::tests::RESERVED_NAMES,
    stack::tests::MALFORMED_REGIONS,
    stack::tests::FOREIGN_REGIONS,
    stack::tests::BOUNDARIES,
    stack::tests::ACCOUNTS,
    network::tests::MALFORMED_RANGES,
    network::tests::UNUSABLE_RANGES,
    network::tests::ZONE_COUNTS,
    network::tests::ZONE_NAMES,
    network::tests::NEW_VPC,
    network::tests::VPC_IDS,
    network::tests::SUBNET_IDS,
    network::tests::EXISTING_VPC,
    network::tests::MODES,
    file_system::tests::KMS_KEYS,
    file_system::tests::NEW,
    file_system::tests::IDS,
    file_system::tests::SECURITY_GROUPS,
    file_system::tests::EXISTING,
    source::tests::SUBDIRECTORIES,
    source::tests::ACCESS,
    destination::tests::MALFORMED_BUCKETS,
    destination::tests::OTHER_BUCKETS,
    destination::tests::BUCKET_LIFECYCLES,
    destination::tests::PREFIXES,
    destination::tests::OBJECTS,
    destination::transition_tests::HALF_TRANSITIONS,
    destination::transition_tests::TRANSITIONS,
    task::tests::NUMBERS,
    task::tests::PATTERNS,
    task::tests::MODES,
    task::tests::OWNERS,
    task::tests::UNKNOWN_KEYS,
    task::combination_tests::DELETIONS,
    task::combination_tests::VERIFICATIONS,
    task::combination_tests::TIMES,
    task::combination_tests::OWNERS,
    instance::tests::TYPES,
    instance::tests::IMAGES,
    instance::tests::SSH_RANGES,
    instance::tests::SSH_DOORS,
    instance::tests::KEY_NAMES,
    instance::tests::IN_PRIVATE_MODE,
    schedule::tests::EXPRESSIONS,
    schedule::tests::ALARMS,
    schedule::tests::FULL_VERIFICATIONS,
    limits::tests::COUNTS,
    limits::tests::TIMES,
    proof::tests::REFUSED,
    alerts::tests::ADDRESSES,
    alerts::tests::ENDPOINTS,
    functions::tests::REFUSED,
    keys::REFUSED,
    syncs::names::NAMES,
    syncs::names::FORMS,
    syncs::keys::UNKNOWN,
    syncs::keys::WITHOUT_SECTION,
    syncs::keys::OF_THE_STACK,
    syncs::values::OWN,
    syncs::values::SHARED,
    syncs::file_systems::FILE_SYSTEMS,
    syncs::file_systems::SMALL_NETWORKS,
    syncs::buckets::PREFIXES,
    syncs::buckets::PROPERTIES,
    syncs::places::REGIONS,
    syncs::places::ACCOUNTS,
    syncs::places::KEYS,
    syncs::combinations::OPTIONS,
    syncs::combinations::SCHEDULES,
];

/// Each configuration of a table with its problems. A configuration is added to the minimal one,
/// or is complete if it has a `[stack]`.
pub(super) fn describe_refusals(table: &[&str]) -> String {
    table
        .iter()
        .map(|bad| format!("{}\n    {}", bad.replace('\n', " "), describe_problems(bad)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn describe_problems(addition: &str) -> String {
    match parse(&complete_config(addition)) {
        Ok(_) => "fine".to_owned(),
        Err(ConfigProblems(problems)) => {
            let lines = problems.into_iter().map(|problem| ConfigProblem { line: None, ..problem });
            lines.map(|problem| problem.to_string()).collect::<Vec<_>>().join("\n    ")
        }
    }
}

pub(super) fn complete_config(addition: &str) -> String {
    if addition.contains("[stack]") { addition.to_owned() } else { format!("{MINIMAL}{addition}") }
}

#[test]
fn every_configuration_of_the_tables_is_refused() {
    let all: Vec<&str> = TABLES.iter().flat_map(|table| table.iter().copied()).collect();
    for bad in &all {
        assert!(parse(&complete_config(bad)).is_err(), "{bad}");
    }
    insta::assert_snapshot!(all.len(), @"412");
}

#[test]
fn every_problem_of_the_tables_names_a_key_and_says_what_may_be() {
    for bad in TABLES.iter().flat_map(|table| table.iter()) {
        for problem in parse(&complete_config(bad)).unwrap_err().0 {
            assert!(!problem.key.is_empty(), "{bad}");
            assert!(
                problem.value.is_none()
                    || problem.line.is_some()
                    || problem.to_string().contains("(the default)"),
                "{bad}"
            );
            assert!(problem.message.chars().count() > 15, "{bad}: {problem}");
        }
    }
}

const ALLOWED: [&str; 31] = [
    "",
    "[network]\ncidr = \"192.168.7.0/24\"\navailability_zones = 6",
    "[network]\ncidr = \"100.64.0.0/16\"\navailability_zones = [\"eu-central-1c\"]",
    "[network]\nmode = \"private\"",
    "[network]\nmode = \"private\"\n[instance]\nimage = \
            \"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-arm64\"",
    "[network]\nmode = \"private\"\n[instance]\nimage = \"ami-0123456789abcdef0\"\nkey_name = \
            \"key\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\", \
            \"subnet-00000002\"]",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = \
            [\"subnet-00000001\"]\n[file_system]\nid = \"fs-00000001\"\nsecurity_group_ids = \
            [\"sg-00000001\"]",
    "[file_system]\nthroughput_mode = \"bursting\"\ntransition_to_ia_days = 270\nbackup = \
            false",
    "[file_system]\nkms_key_arn = \
            \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[source]\naccess_point_id = \"fsap-0123456789abcdef0\"",
    "[destination]\nprefix = \"a/b c\u{2003}(1)/\"",
    "[destination]\nbucket = \"my-bucket\"\nkms_key_arn = \
            \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
    "[destination]\nbucket = \"backups-data-111122223333-us-east-1\"",
    "[destination]\nstorage_class = \"GLACIER\"\n[task]\nverify_mode = \
            \"ONLY_FILES_TRANSFERRED\"",
    "[destination]\nstorage_class = \"GLACIER_INSTANT_RETRIEVAL\"",
    "[destination]\ntransition_days = 30\ntransition_storage_class = \"STANDARD_IA\"",
    "[destination]\ntransition_days = 1\ntransition_storage_class = \"INTELLIGENT_TIERING\"",
    "[destination]\nstorage_class = \"ONEZONE_IA\"\ntransition_days = \
            90\ntransition_storage_class = \"GLACIER\"\n[task]\nverify_mode = \"NONE\"",
    "[task]\nexcludes = [\"*.swp\", '/a\\|b']",
    "[task]\nincludes = [\"/a*\", \"/b\"]",
    "[task]\npreserve_deleted_files = \"REMOVE\"\nexcludes = [\"/tmp\"]",
    "[task]\natime = \"NONE\"\nmtime = \"NONE\"\nuid = \"NONE\"\ngid = \
            \"NONE\"\nposix_permissions = \"NONE\"",
    "[task]\nmode = \"ENHANCED\"\nverify_mode = \"ONLY_FILES_TRANSFERRED\"\natime = \"NONE\"",
    "[task]\ntransfer_mode = \"ALL\"\noverwrite_mode = \"NEVER\"\ntask_queueing = \"DISABLED\"",
    "[instance]\nenabled = false",
    "[instance]\ntype = \"u-6tb1.metal\"\nimage = \"ami-0123456789abcdef0\"\nroot_volume_gb = \
            16384\nkey_name = \"my key\"",
    "[instance]\nimage = \
            \"/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id\"",
    "[instance]\nssh_cidrs = [\"203.0.113.7/32\", \"2001:db8::/32\"]",
    "[instance]\nssh_cidrs = [\"0.0.0.0/0\", \"::/0\"]\nssh_from_anywhere = true",
    "[schedule]\nexpression = \"cron(0 3 * * ? *)\"\nenabled = false",
];

#[test]
fn what_is_allowed_is_not_refused() {
    for good in ALLOWED {
        assert_eq!(describe_problems(good), "fine", "{good}");
    }
    let dotted = format!("task.log_level = \"OFF\"\n{MINIMAL}");
    assert!(parse(&dotted).is_ok());
}
