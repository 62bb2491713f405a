//! Configurations that together contain every resource kind and every choice.

use bootstrap_stack::{DataSources, data_plane};
use domain::config::{StackConfig, TemplateValues, parse, render_template};
use domain::function::FunctionName;
use domain::names::Names;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::data_sources::{ExistingSubnet, ExistingVpc};
use reconciler::graph::Graph;

use crate::deploy::control_plane::watched_control_plane;
use crate::deploy::deployed_syncs::tests::deployed;
use crate::deploy::function_digests::FunctionDigests;

pub(super) const STACK: &str = "backup";
const REGION: &str = "eu-central-1";
const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const VPC: &str = "vpc-0123456789abcdef0";
const SUBNETS: [&str; 2] = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"];

const NOTHING_OPTIONAL: &str = "[network]\navailability_zones = 1\nnat_gateway = false\n\
    [instance]\nenabled = false\n\
    [schedule]\nenabled = false\nfresh_within_hours = 0\n\
    [file_system]\nbackup = false\nthroughput_mode = \"bursting\"";
const PRIVATE_NETWORK: &str = "[network]\nmode = \"private\"\n";
const ENHANCED_MODE: &str =
    "[task]\nmode = \"ENHANCED\"\nverify_mode = \"ONLY_FILES_TRANSFERRED\"\n";

const THREE_SYNCS: &str = "[[sync]]\nname = \"home\"\nsource.subdirectory = \"/home/\"\n\
    destination.prefix = \"home/\"\n\
    [[sync]]\nname = \"far\"\nsource.subdirectory = \"/far/\"\n\
    destination.region = \"eu-west-1\"\nschedule.expression = \"rate(1 day)\"\n\
    [[sync]]\nname = \"vault\"\nsource.subdirectory = \"/vault/\"\n\
    destination.bucket = \"my-vault\"\ndestination.account = \"999900001111\"\n";

/// Returns the name and both planes of each configuration.
pub(super) fn test_configurations() -> Vec<(&'static str, [Graph; 2])> {
    let existing_network = existing_network();
    let existing = existing_data(&existing_network);
    vec![
        (
            "as-in-the-template",
            both_planes(parse(&render_template(&VALUES)).expect("the template is valid"), None),
        ),
        ("everything", both_planes(parse_sections(&all_sections()), Some("restored/"))),
        ("private", both_planes(parse_sections(PRIVATE_NETWORK), None)),
        ("nothing-optional", both_planes(parse_sections(NOTHING_OPTIONAL), None)),
        ("existing-network", both_planes(parse_sections(&existing_network), None)),
        ("everything-exists", both_planes(parse_sections(&existing), Some("restored/"))),
        ("enhanced", both_planes(parse_sections(ENHANCED_MODE), Some(""))),
        ("three-syncs", both_planes(parse_sections(THREE_SYNCS), Some(""))),
    ]
}

fn existing_network() -> String {
    let [first, second] = SUBNETS;
    format!("[network]\nvpc_id = \"{VPC}\"\nsubnet_ids = [\"{first}\", \"{second}\"]")
}

fn existing_data(network: &str) -> String {
    format!(
        "{network}\n[file_system]\nid = \"fs-0123456789abcdef0\"\n\
         security_group_ids = [\"sg-0123456789abcdef0\"]\n\
         [source]\naccess_point_id = \"fsap-0123456789abcdef0\"\n\
         [destination]\nbucket = \"my-bucket\"\nkms_key_arn = \"{KEY}\""
    )
}

const VALUES: TemplateValues<'_> = TemplateValues { stack_name: STACK, region: REGION };

fn all_sections() -> String {
    format!(
        r#"
        [network]
        cidr = "10.42.0.0/16"
        availability_zones = 3
        flow_log_retention_days = 365
        [file_system]
        kms_key_arn = "{KEY}"
        transition_to_ia_days = 1
        [source]
        subdirectory = "/shared/"
        [destination]
        prefix = "files/"
        storage_class = "STANDARD_IA"
        kms_key_arn = "{KEY}"
        noncurrent_version_expiration_days = 365
        transition_days = 90
        transition_storage_class = "GLACIER_INSTANT_RETRIEVAL"
        [task]
        verify_mode = "NONE"
        preserve_deleted_files = "PRESERVE"
        transfer_mode = "ALL"
        log_level = "BASIC"
        bytes_per_second = 104857600
        includes = ["/documents*", "/code"]
        excludes = ["/tmp", "*.swp"]
        [instance]
        type = "t4g.micro"
        ssh_cidrs = ["203.0.113.0/24"]
        key_name = "my-key"
        [schedule]
        expression = "cron(0 2 * * ? *)"
        [proof]
        audit = "rate(7 days)"
        object_lock_days = 365
        [alerts]
        email = ["oncall@example.com"]
        https = ["https://example.com/alerts"]
        sqs = ["arn:aws:sqs:eu-central-1:111122223333:alerts"]
        kms_key_arn = "{KEY}"
        [functions]
        memory_mb = 10240
        timeout_seconds = 900
        log_retention_days = 3653
        "#
    )
}

fn parse_sections(sections: &str) -> StackConfig {
    let text = format!("[stack]\nname = \"{STACK}\"\nregion = \"{REGION}\"\n{sections}");
    parse(&text).unwrap_or_else(|problems| panic!("{problems}"))
}

fn both_planes(config: StackConfig, restored: Option<&str>) -> [Graph; 2] {
    let names = Names::new(STACK, "111122223333", REGION);
    let code = "0".repeat(64);
    let digests: FunctionDigests =
        FunctionName::ALL.into_iter().map(|function| (function, code.clone())).collect();
    let syncs: Vec<String> = config.sync_names().iter().map(ToString::to_string).collect();
    let deployed = deployed(&syncs.iter().map(String::as_str).collect::<Vec<_>>());
    let control = watched_control_plane(&config, &names, &digests, &deployed);
    [control, data_plane(&config, &names, &test_data_sources(restored))]
}

fn test_data_sources(restored: Option<&str>) -> DataSources {
    let zone = |letter: &str| format!("{REGION}{letter}");
    let subnet = |(id, letter): (&str, &str)| ExistingSubnet {
        id: id.to_owned(),
        vpc_id: VPC.to_owned(),
        availability_zone: zone(letter),
        cidr: "10.0.0.0/24".to_owned(),
        free_addresses: 200,
    };
    DataSources {
        availability_zones: ["a", "b", "c"].map(zone).to_vec(),
        vpcs: vec![existing_vpc()],
        vpc: Some(existing_vpc()),
        subnets: SUBNETS.into_iter().zip(["a", "b"]).map(subnet).collect(),
        restores: restored
            .map(|directory| RestoreTarget { directory: directory.to_owned(), existed: false })
            .map(|target| (SyncName::default(), target))
            .into_iter()
            .collect(),
        ..DataSources::default()
    }
}

fn existing_vpc() -> ExistingVpc {
    ExistingVpc {
        id: VPC.to_owned(),
        cidrs: vec!["10.0.0.0/16".to_owned()],
        tenancy: "default".to_owned(),
        dns_support: true,
        dns_hostnames: true,
    }
}
