//! Good and bad configurations, with what is said of each.

use super::*;
use crate::config::{TemplateValues, template};

fn minimal() -> String {
    r#"
[stack]
name = "backup"
region = "eu-central-1"
[source]
subnet_id = "subnet-0123456789abcdef0"
security_group_ids = ["sg-0123456789abcdef0"]
"#
    .to_owned()
}

/// Problems of the minimal configuration with a section added.
fn with(addition: &str) -> String {
    match parse(&format!("{}{addition}", minimal())) {
        Ok(_) => "fine".to_owned(),
        Err(ConfigProblems(problems)) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// Problems of the minimal configuration with one text replaced by another.
fn replaced(from: &str, to: &str) -> String {
    assert!(minimal().contains(from), "{from}");
    match parse(&minimal().replace(from, to)) {
        Ok(_) => "fine".to_owned(),
        Err(ConfigProblems(problems)) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn the_template_says_the_defaults() {
    let values = TemplateValues {
        stack_name: "backup",
        region: "eu-central-1",
        subnet_id: "subnet-0123456789abcdef0",
        security_group_id: "sg-0123456789abcdef0",
    };
    assert_eq!(parse(&template(&values)), parse(&minimal()));
}

#[test]
fn a_configuration_survives_json() {
    let config = parse(&minimal()).unwrap();
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<StackConfig>(&json).unwrap(), config);
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = r#"
[stack]
name = "Backup"
regoin = "eu-central-1"
[source]
subnet_id = 7
security_group_ids = ["sg-1"]
[task]
verify_mode = "SOMETIMES"
[schedule]
expression = "rate(1 minutes)"
[extras]
"#;
    insta::assert_snapshot!(parse(text).unwrap_err(), @r#"
    8 problems in the configuration
      - stack.region: is required and missing
      - stack.regoin = "eu-central-1": is no known key; did you mean `region`?
      - source.subnet_id = 7: must be a text in quotes
      - task.verify_mode = "SOMETIMES": must be one of POINT_IN_TIME_CONSISTENT, ONLY_FILES_TRANSFERRED, NONE
      - extras = {}: is no known key; known are stack, source, destination, task, schedule, functions
      - stack.name = "Backup": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
      - source.security_group_ids = "sg-1": must be ids of security groups, sg- and 8 or 17 hexadecimal digits
      - schedule.expression = "rate(1 minutes)": must be rate(1 minute): EventBridge refuses a singular with more than 1 and a plural with 1
    "#);
}

#[test]
fn a_text_that_is_no_toml_names_the_line() {
    assert!(parse("[stack]\nname = ").unwrap_err().to_string().contains("line 2 is not TOML"));
}

#[test]
fn names_and_ids_are_checked() {
    for name in ["", "-a", "9a", "a-", "a_b", "a.b", "aaaaaaaaaaaaaaaaaaaaa"] {
        assert!(replaced("\"backup\"", &format!("{name:?}")).starts_with("stack.name"), "{name}");
    }
    for region in ["", "frankfurt", "eu-central", "EU-central-1", "eu--1"] {
        assert!(replaced("\"eu-central-1\"", &format!("{region:?}")).starts_with("stack.region"), "{region}");
    }
    for subnet in ["", "subnet-", "subnet-xyz", "subnet-0123456789ABCDEF0", "sg-0123456789abcdef0"] {
        assert!(
            replaced("\"subnet-0123456789abcdef0\"", &format!("{subnet:?}")).starts_with("source.subnet_id"),
            "{subnet}"
        );
    }
    for groups in ["[]", "[\"sg-1\"]", "\"sg-0123456789abcdef0\"", "[7]"] {
        assert!(replaced("[\"sg-0123456789abcdef0\"]", groups).starts_with("source.security_group_ids"), "{groups}");
    }
}

#[test]
fn options_that_exclude_each_other_say_why() {
    insta::assert_snapshot!(with("[task]\ntransfer_mode = \"ALL\"\npreserve_deleted_files = \"REMOVE\""), @r#"task.preserve_deleted_files = "REMOVE": does not go with task.transfer_mode = "ALL": without a comparison DataSync can't tell what was deleted"#);
    insta::assert_snapshot!(with("[destination]\nstorage_class = \"GLACIER\""), @r#"task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.storage_class = "GLACIER": objects there can't be read back; use ONLY_FILES_TRANSFERRED"#);
    insta::assert_snapshot!(with("[task]\nincludes = [\"/a*\"]\npreserve_deleted_files = \"REMOVE\""), @r#"task.preserve_deleted_files = "REMOVE": does not go with task.includes: what REMOVE deletes outside the included paths is not documented"#);
    assert_eq!(
        with("[destination]\nstorage_class = \"GLACIER\"\n[task]\nverify_mode = \"ONLY_FILES_TRANSFERRED\""),
        "fine"
    );
}

#[test]
fn ranges_and_patterns_are_checked() {
    for (bad, key) in [
        ("[destination]\nprefix = \"/a/\"", "destination.prefix"),
        ("[destination]\nprefix = \"a\"", "destination.prefix"),
        ("[destination]\nprefix = \"a//b/\"", "destination.prefix"),
        ("[destination]\nprefix = \"a/../b/\"", "destination.prefix"),
        ("[destination]\nprefix = \"date=1/\"", "destination.prefix"),
        ("[destination]\nnoncurrent_version_expiration_days = 0", "destination.noncurrent_version_expiration_days"),
        ("[destination]\nstorage_class = \"OUTPOSTS\"", "destination.storage_class"),
        ("[task]\nbytes_per_second = 0", "task.bytes_per_second"),
        ("[task]\nbytes_per_second = \"1\"", "task.bytes_per_second"),
        ("[task]\nlog_retention_days = 8", "task.log_retention_days"),
        ("[task]\nincludes = [\"*.txt\"]", "task.includes"),
        ("[task]\nincludes = [\"/a*b\"]", "task.includes"),
        ("[task]\nexcludes = [\"tmp\"]", "task.excludes"),
        ("[task]\nexcludes = [\"/a|/b\"]", "task.excludes"),
        ("[task]\nexcludes = [\"\"]", "task.excludes"),
        ("[task]\nexcludes = \"/a\"", "task.excludes"),
        ("[task]\nlog_level = \"NONE\"", "task.log_level"),
        ("[task]\noverwrite_mode = true", "task.overwrite_mode"),
        ("[schedule]\nexpression = \"hourly\"", "schedule.expression"),
        ("[schedule]\nenabled = \"yes\"", "schedule.enabled"),
        ("[functions]\nmemory_mb = 64", "functions.memory_mb"),
        ("[functions]\nmemory_mb = 99999999999", "functions.memory_mb"),
        ("[functions]\ntimeout_seconds = 901", "functions.timeout_seconds"),
        ("[functions]\nlog_retention_days = -1", "functions.log_retention_days"),
        ("[functions]\nmemroy_mb = 256", "functions.memroy_mb"),
    ] {
        assert!(with(bad).starts_with(&format!("{key} = ")), "{bad}\n{}", with(bad));
    }
    for good in [
        "[destination]\nprefix = \"a/b c/\"",
        "[task]\nexcludes = [\"*.swp\", \"/a\\\\|b\"]",
        "[task]\nincludes = [\"/a*\", \"/b\"]",
    ] {
        assert_eq!(with(good), "fine", "{good}");
    }
}
