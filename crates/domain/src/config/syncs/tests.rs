//! Tests of the entries: what they take over, and what is wrong with them.

use crate::config::parse_tests::MINIMAL;
use crate::config::{ConfigProblems, StackConfig, parse};
use crate::sync_name::SyncName;

fn parse_syncs(text: &str) -> Result<StackConfig, ConfigProblems> {
    parse(&format!("{MINIMAL}{text}"))
}

fn of_sync(config: &StackConfig, name: &str) -> StackConfig {
    config.of_sync(&SyncName::parse(name).unwrap()).unwrap()
}

#[test]
fn without_an_entry_there_is_one_sync() {
    let config = parse_syncs("").unwrap();
    assert_eq!(config.sync_names(), [SyncName::default()]);
    assert_eq!(config.of_sync(&SyncName::default()), Some(config.clone()));
    assert_eq!(config.of_sync(&SyncName::parse("home").unwrap()), None);
}

#[test]
fn an_entry_has_its_own_keys_and_those_of_the_sections() {
    let config = parse_syncs(
        "[task]\nlog_level = \"BASIC\"\n[destination]\nstorage_class = \"STANDARD_IA\"\n\
         [[sync]]\nname = \"home\"\nsource.subdirectory = \"/home/\"\ndestination.prefix = \"home/\"\n\
         [[sync]]\nname = \"web\"\nsource.subdirectory = \"/web/\"\ntask.log_level = \"OFF\"\n\
         destination.bucket = \"vault\"\ndestination.account = \"222233334444\"\n",
    )
    .unwrap();
    let (home, web) = (of_sync(&config, "home"), of_sync(&config, "web"));
    assert_eq!(
        (home.source.subdirectory.as_str(), home.task.log_level.as_str()),
        ("/home/", "BASIC")
    );
    assert_eq!((web.source.subdirectory.as_str(), web.task.log_level.as_str()), ("/web/", "OFF"));
    assert_eq!(web.destination.bucket.as_deref(), Some("vault"));
    assert_eq!(web.destination.storage_class, home.destination.storage_class);
    assert!(home.syncs.is_empty());
}

#[test]
fn a_bucket_of_its_own_takes_over_nothing_of_the_other_bucket() {
    let config = parse_syncs(
        "[destination]\nnoncurrent_version_expiration_days = 30\n\
         [[sync]]\nname = \"a\"\n[[sync]]\nname = \"b\"\ndestination.bucket = \"vault\"\n",
    )
    .unwrap();
    assert_eq!(of_sync(&config, "a").destination.noncurrent_version_expiration_days, Some(30));
    assert_eq!(of_sync(&config, "b").destination.noncurrent_version_expiration_days, None);
}

#[test]
fn each_problem_has_the_key_and_the_line_of_its_entry() {
    let problems = parse_syncs(
        "[[sync]]\nname = \"home\"\nsource.subdirectory = \"home\"\ndestination.prefix = \"a/\"\n\
         [[sync]]\nname = \"Web\"\ndestination.prefix = \"b/\"\n\
         [[sync]]\nname = \"home\"\nproof.audit = \"rate(1 day)\"\ntask.mood = \"BASIC\"\n\
         destination.prefix = \"a/c/\"\ninstance.enabled = false\n",
    );
    insta::assert_snapshot!(problems.unwrap_err(), @r#"
    7 problems in the configuration
      - line 6: sync.home.source.subdirectory = "home": must begin and end in /: it is a directory, seen from the top of the file system
      - line 9: sync[2].name = "Web": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
      - line 12: sync[3].name = "home": is the name of another sync: choose another name, each occurs once
      - line 13: sync[3].proof.audit = "rate(1 day)": holds for the whole stack: write it in [proof]
      - line 14: sync[3].task.mood = "BASIC": is not a known key; did you mean `mode`?
      - line 15: sync[3].destination.prefix = "a/c/": overlaps "a/" of the sync `home` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "home/"
      - line 16: sync[3].instance = { enabled = false }: holds for the whole stack: write it in [instance]
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    "#);
}

#[test]
fn a_problem_of_a_key_that_an_entry_leaves_out_is_at_the_line_of_the_entry() {
    let problems = parse_syncs(
        "[[sync]]\nname = \"home\"\n\n[[sync]]\nname = \"web\"\ndestination.prefix = \"web/\"\n\
         [task]\nlog_level = \"ALL\"\n",
    );
    insta::assert_snapshot!(problems.unwrap_err(), @r#"
    2 problems in the configuration
      - line 4: sync.home.destination.prefix = "" (the default): overlaps "web/" of the sync `web` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "home/"
      - line 11: task.log_level = "ALL": must be one of OFF, BASIC, TRANSFER
    next: correct them and run the command again; `efs-s3 init --config example.toml` writes an example with every key
    "#);
}

#[test]
fn a_sub_table_belongs_to_the_entry_above_it() {
    let config = parse_syncs(
        "[[sync]]\nname = \"home\"\n[sync.source]\nsubdirectory = \"/home/\"\n\
         [[sync]]\nname = \"web\"\n[sync.destination]\nprefix = \"web/\"\nregion = \"eu-west-1\"\n",
    )
    .unwrap();
    assert_eq!(of_sync(&config, "home").source.subdirectory, "/home/");
    assert_eq!(of_sync(&config, "web").destination.prefix, "web/");
}

#[test]
fn syncs_survive_json() {
    let config = parse_syncs("[[sync]]\nname = \"home\"\nschedule.enabled = false\n").unwrap();
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<StackConfig>(&json).unwrap(), config);
}

/// A configuration with this many syncs, each with its own directory and prefix.
fn write_syncs(count: usize, each: &str) -> String {
    let entry = |number: usize| {
        format!(
            "[[sync]]\nname = \"s{number}\"\nsource.subdirectory = \"/s{number}/\"\n\
             destination.prefix = \"s{number}/\"\n{each}\n"
        )
    };
    format!("{MINIMAL}{}", (0..count).map(entry).collect::<String>())
}

#[test]
fn hundreds_of_syncs_are_checked_together() {
    let config = parse(&write_syncs(300, "")).unwrap();
    assert_eq!(config.resolve_syncs().len(), 300);
    let wrong = parse(&write_syncs(300, "task.mode = \"FAST\"")).unwrap_err();
    assert_eq!(wrong.0.len(), 300);
}

#[test]
fn the_buckets_of_all_syncs_fit_into_a_policy() {
    let entry = |number: usize| {
        format!("[[sync]]\nname = \"s{number}\"\ndestination.bucket = \"bucket-{number}\"\n")
    };
    let parse_many = |count| parse_syncs(&(0..count).map(entry).collect::<String>());
    assert!(parse_many(40).is_ok());
    let refused = parse_many(41).unwrap_err().to_string();
    assert!(refused.contains("sync: need 41 buckets"), "{refused}");
}
