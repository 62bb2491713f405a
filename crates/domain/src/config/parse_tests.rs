//! Tests of parsing: defaults, and all problems reported at once.

use super::*;

pub(super) const MINIMAL: &str = "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n";

#[test]
fn what_may_be_left_out_has_its_default() {
    let config = serde_json::to_string_pretty(&parse(MINIMAL).unwrap()).unwrap();
    insta::assert_snapshot!(config, @r#"
    {
      "stack": {
        "name": "backup",
        "region": "eu-central-1"
      },
      "network": {
        "new": {
          "mode": "standard",
          "cidr": "10.42.0.0/16",
          "availability_zones": {
            "count": 2
          },
          "nat_gateway": true,
          "flow_log_retention_days": 30
        }
      },
      "file_system": {
        "new": {
          "kms_key_arn": null,
          "throughput_mode": "elastic",
          "transition_to_ia_days": null,
          "backup": true
        }
      },
      "source": {
        "subdirectory": "/",
        "access_point_id": null
      },
      "destination": {
        "bucket": null,
        "prefix": "",
        "region": null,
        "account": null,
        "storage_class": "STANDARD",
        "kms_key_arn": null,
        "noncurrent_version_expiration_days": null,
        "transition": null,
        "abort_multipart_days": 7
      },
      "task": {
        "mode": "BASIC",
        "verify_mode": "ONLY_FILES_TRANSFERRED",
        "overwrite_mode": "ALWAYS",
        "atime": "BEST_EFFORT",
        "mtime": "PRESERVE",
        "uid": "INT_VALUE",
        "gid": "INT_VALUE",
        "posix_permissions": "PRESERVE",
        "preserve_deleted_files": "PRESERVE",
        "transfer_mode": "CHANGED",
        "task_queueing": "ENABLED",
        "log_level": "TRANSFER",
        "bytes_per_second": null,
        "includes": [],
        "excludes": [],
        "log_retention_days": 7
      },
      "instance": {
        "enabled": true,
        "instance_type": "t3.micro",
        "image": null,
        "root_volume_gb": 16,
        "ssh_cidrs": [],
        "ssh_from_anywhere": false,
        "key_name": null
      },
      "schedule": {
        "expression": "rate(1 hour)",
        "enabled": true,
        "when_busy": "skip",
        "fresh_within_hours": null,
        "full_verification": null
      },
      "limits": {
        "max_shrink_percent": 50,
        "max_deleted_files": 1000,
        "max_deleted_percent": 10,
        "max_more_skipped_files": 0,
        "report_within_minutes": 10,
        "proof_within_minutes": 60,
        "max_runtime_minutes": 1440,
        "max_launching_minutes": 30,
        "max_queued_minutes": 1440,
        "max_parallel_executions": null
      },
      "proof": {
        "depth": "metadata",
        "audit": null,
        "object_lock_days": null,
        "object_lock_mode": "GOVERNANCE"
      },
      "alerts": {
        "email": [],
        "https": [],
        "sqs": []
      },
      "functions": {
        "architecture": "arm64",
        "memory_mb": 256,
        "timeout_seconds": 300,
        "log_retention_days": 30
      }
    }
    "#);
}

#[test]
fn a_configuration_survives_json() {
    let full = format!(
        "{MINIMAL}[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = [\"subnet-00000001\"]\n\
         [file_system]\nid = \"fs-00000001\"\nsecurity_group_ids = [\"sg-00000001\"]\n[source]\naccess_point_id = \"fsap-00000001\"\n\
         [instance]\nenabled = false\nssh_cidrs = [\"203.0.113.7/32\"]\n[destination]\nprefix = \"a b/\"\nstorage_class = \"DEEP_ARCHIVE\"\nnoncurrent_version_expiration_days = 190\n\
         [task]\nverify_mode = \"ONLY_FILES_TRANSFERRED\"\nbytes_per_second = 104857600\nincludes = [\"/a*\"]\n\
         excludes = [\"*.swp\"]\n[schedule]\nexpression = \"cron(0 3 * * ? *)\"\nenabled = \
         false\nfull_verification = \"never\"\n"
    );
    let zones = format!(
        "{MINIMAL}[network]\navailability_zones = \
            [\"eu-central-1b\"]\n[destination]\ntransition_days = 30\ntransition_storage_class = \
            \"STANDARD_IA\""
    );
    for text in [MINIMAL, &full, &zones] {
        let config = parse(text).unwrap();
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<StackConfig>(&json).unwrap(), config);
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_text() {
    let text = r#"
[stack]
name = "Backup"
regoin = "eu-central-1"
[network]
vpc_id = 7
subnet_ids = ["subnet-1", "subnet-0123456789abcdef0", "subnet-2"]
cidr = "10.42.0.0/16"
[source]
subnet_id = "subnet-0123456789abcdef0"
[task]
mode = "ENHANCED"
mtime = "NONE"
verify_mode = "SOMETIMES"
[schedule]
expression = "rate(1 minutes)"
[extras]
"#;
    insta::assert_snapshot!(parse(text).unwrap_err(), @r#"
    12 problems in the configuration
      - line 3: stack.name = "Backup": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
      - line 4: stack.regoin = "eu-central-1": is not a known key; did you mean `region`?
      - line 6: network.vpc_id = 7: must be a text in quotes
      - line 7: network.subnet_ids = "subnet-1": must be subnet- and 8 or 17 hexadecimal digits: a rule of AWS for ids
      - line 7: network.subnet_ids = "subnet-2": must be subnet- and 8 or 17 hexadecimal digits: a rule of AWS for ids
      - line 8: network.cidr = "10.42.0.0/16": does not go with network.vpc_id: an existing VPC is never changed; remove one of the two
      - line 10: source.subnet_id = "subnet-0123456789abcdef0": has moved: write network.vpc_id and network.subnet_ids for an existing VPC, or nothing for a new one
      - line 13: task.mtime = "NONE": does not go with task.mode = "ENHANCED": DataSync always keeps the time of the last change in this mode; write mtime = "PRESERVE"
      - line 14: task.verify_mode = "SOMETIMES": must be one of POINT_IN_TIME_CONSISTENT, ONLY_FILES_TRANSFERRED, NONE
      - line 16: schedule.expression = "rate(1 minutes)": must be rate(1 minute): EventBridge refuses a plural with 1
      - line 17: extras = {}: is not a known key; known keys: stack, network, file_system, source, destination, task, instance, schedule, limits, proof, alerts, functions, sync
      - stack.region: is required and missing: the region of all resources, such as eu-central-1
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    "#);
}

#[test]
fn a_text_that_is_no_toml_names_line_and_column_of_each_mistake() {
    let text =
        "[stack]\nname = backup\nregion = \"eu-central-1\n\n[source\nsubnet_id = \"subnet-1\"\n";
    insta::assert_snapshot!(parse(text).unwrap_err(), @r#"
    3 problems in the configuration
      - line 2: not TOML at column 8: string values must be quoted, expected literal string
      - line 3: not TOML at column 23: invalid basic string, expected `"`
      - line 5: not TOML at column 8: unclosed table, expected `]`
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    "#);
    let twice = "[task]\nlog_level = \"OFF\"\nlog_level = \"BASIC\"\n";
    insta::assert_snapshot!(parse(twice).unwrap_err(), @r"
    1 problem in the configuration
      - line 3: not TOML at column 1: duplicate key
    next: correct it and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    ");
}

#[test]
fn what_can_not_be_read_is_reported_once() {
    let said = parse("stack = 5\nsource = []\n").unwrap_err();
    insta::assert_snapshot!(said, @r"
    2 problems in the configuration
      - line 1: stack = 5: must be a table: write `[stack]` on a line of its own
      - line 2: source = []: must be a table: write `[source]` on a line of its own
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    ");
}

#[test]
fn a_rule_broken_by_a_default_says_that_it_is_one() {
    let said = parse(&format!("{MINIMAL}[task]\natime = \"NONE\"")).unwrap_err();
    insta::assert_snapshot!(said, @r#"
    1 problem in the configuration
      - line 5: task.atime = "NONE": does not go with task.mtime = "PRESERVE" (the default) and task.mode = "BASIC" (the default): DataSync keeps both times or neither in this mode; write atime = "BEST_EFFORT"
    next: correct it and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    "#);
}

#[test]
fn an_endless_value_is_cut() {
    let said =
        parse(&format!("{MINIMAL}[destination]\nprefix = \"/{}\"", "a".repeat(5000))).unwrap_err();
    assert!(said.to_string().contains(&format!("\"/{}…: must not", "a".repeat(98))), "{said}");
}
