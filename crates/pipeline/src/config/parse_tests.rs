//! What is read, and how everything that is wrong is said at once.

use super::*;
use crate::config::{TemplateValues, template};

pub(super) const MINIMAL: &str = r#"
[stack]
name = "backup"
region = "eu-central-1"
[source]
subnet_id = "subnet-0123456789abcdef0"
security_group_ids = ["sg-0123456789abcdef0"]
"#;

#[test]
fn the_template_says_the_defaults() {
    let values = TemplateValues {
        stack_name: "backup",
        region: "eu-central-1",
        subnet_id: "subnet-0123456789abcdef0",
        security_group_id: "sg-0123456789abcdef0",
    };
    assert_eq!(parse(&template(&values)), parse(MINIMAL));
}

#[test]
fn the_template_names_every_key_also_those_without_a_default() {
    let values = TemplateValues { stack_name: "", region: "", subnet_id: "", security_group_id: "" };
    let template = template(&values);
    let config = serde_json::to_value(parse(MINIMAL).unwrap()).unwrap();
    for (section, keys) in config.as_object().unwrap() {
        let (_, after) = template.split_once(&format!("\n[{section}]\n")).expect(section);
        let text = after.split("\n[").next().unwrap_or_default();
        for key in keys.as_object().unwrap().keys() {
            let written = text.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{key} = ")));
            assert!(written, "{section}.{key}");
        }
    }
}

#[test]
fn what_may_be_left_out_has_its_default() {
    let config = serde_json::to_string_pretty(&parse(MINIMAL).unwrap()).unwrap();
    insta::assert_snapshot!(config, @r#"
    {
      "stack": {
        "name": "backup",
        "region": "eu-central-1"
      },
      "source": {
        "subdirectory": "/",
        "subnet_id": "subnet-0123456789abcdef0",
        "security_group_ids": [
          "sg-0123456789abcdef0"
        ]
      },
      "destination": {
        "prefix": "",
        "storage_class": "STANDARD",
        "noncurrent_version_expiration_days": null
      },
      "task": {
        "verify_mode": "POINT_IN_TIME_CONSISTENT",
        "overwrite_mode": "ALWAYS",
        "preserve_deleted_files": "PRESERVE",
        "transfer_mode": "CHANGED",
        "log_level": "TRANSFER",
        "bytes_per_second": null,
        "includes": [],
        "excludes": [],
        "log_retention_days": 7
      },
      "schedule": {
        "expression": "rate(1 hour)",
        "enabled": true
      },
      "functions": {
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
        "{MINIMAL}[destination]\nprefix = \"a b/\"\nstorage_class = \"DEEP_ARCHIVE\"\nnoncurrent_version_expiration_days = 90\n\
         [task]\nverify_mode = \"ONLY_FILES_TRANSFERRED\"\nbytes_per_second = 104857600\nincludes = [\"/a*\"]\n\
         excludes = [\"*.swp\"]\n[schedule]\nexpression = \"cron(0 3 * * ? *)\"\nenabled = false\n"
    );
    for text in [MINIMAL, &full] {
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
[source]
subnet_id = 7
security_group_ids = ["sg-1", "sg-0123456789abcdef0", "sg-2"]
[task]
verify_mode = "SOMETIMES"
[schedule]
expression = "rate(1 minutes)"
[extras]
"#;
    insta::assert_snapshot!(parse(text).unwrap_err(), @r#"
    9 problems in the configuration
      - line 3: stack.name = "Backup": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
      - line 4: stack.regoin = "eu-central-1": is no known key; did you mean `region`?
      - line 6: source.subnet_id = 7: must be a text in quotes
      - line 7: source.security_group_ids = "sg-1": must be the id of a security group, sg- and 8 or 17 hexadecimal digits
      - line 7: source.security_group_ids = "sg-2": must be the id of a security group, sg- and 8 or 17 hexadecimal digits
      - line 9: task.verify_mode = "SOMETIMES": must be one of POINT_IN_TIME_CONSISTENT, ONLY_FILES_TRANSFERRED, NONE
      - line 11: schedule.expression = "rate(1 minutes)": must be rate(1 minute): EventBridge refuses a plural with 1
      - line 12: extras = {}: is no known key; known are stack, source, destination, task, schedule, functions
      - stack.region: is required and missing
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes every key with what it may be
    "#);
}

#[test]
fn a_text_that_is_no_toml_names_line_and_column_of_each_mistake() {
    let text = "[stack]\nname = backup\nregion = \"eu-central-1\n\n[source\nsubnet_id = \"subnet-1\"\n";
    insta::assert_snapshot!(parse(text).unwrap_err(), @r#"
    3 problems in the configuration
      - line 2: not TOML at column 8: string values must be quoted, expected literal string
      - line 3: not TOML at column 23: invalid basic string, expected `"`
      - line 5: not TOML at column 8: unclosed table, expected `]`
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes every key with what it may be
    "#);
    insta::assert_snapshot!(parse("[task]\nlog_level = \"OFF\"\nlog_level = \"BASIC\"\n").unwrap_err(), @r"
    1 problem in the configuration
      - line 3: not TOML at column 1: duplicate key
    next: correct it and run the command again; `efs-s3 init --config example.toml` writes every key with what it may be
    ");
}

#[test]
fn what_can_not_be_read_is_reported_once() {
    let said = parse("stack = 5\nsource = []\n").unwrap_err();
    insta::assert_snapshot!(said, @r"
    2 problems in the configuration
      - line 1: stack = 5: must be a table: write `[stack]` on a line of its own
      - line 2: source = []: must be a table: write `[source]` on a line of its own
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes every key with what it may be
    ");
}

#[test]
fn a_rule_broken_by_a_default_says_that_it_is_one() {
    let said = parse(&format!("{MINIMAL}[destination]\nstorage_class = \"GLACIER\"")).unwrap_err();
    insta::assert_snapshot!(said, @r#"
    1 problem in the configuration
      - task.verify_mode = "POINT_IN_TIME_CONSISTENT" (the default): does not go with destination.storage_class = "GLACIER": objects there can't be read back; use ONLY_FILES_TRANSFERRED
    next: correct it and run the command again; `efs-s3 init --config example.toml` writes every key with what it may be
    "#);
}

#[test]
fn an_endless_value_is_cut() {
    let said = parse(&format!("{MINIMAL}[destination]\nprefix = \"/{}\"", "a".repeat(5000))).unwrap_err();
    assert!(said.to_string().contains(&format!("\"/{}…: must not", "a".repeat(98))), "{said}");
}
