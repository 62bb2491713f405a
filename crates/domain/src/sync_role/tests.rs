use super::*;
use crate::config;

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn roles(bucket: Option<&str>, file_system: Option<&str>) -> BucketRoles {
    let [bucket, file_system_id] = [bucket, file_system].map(|id| id.map(str::to_owned));
    BucketRoles { bucket, file_system_id }
}

#[test]
fn the_longest_name_of_a_role_fits() {
    let names = Names::new(&"s".repeat(20), "111122223333", "ap-southeast-1");
    let sync = SyncName::parse(&"y".repeat(SyncName::MAX_LENGTH)).unwrap();
    let (bucket, file_system) = ("b".repeat(63), "fs-0123456789abcdef0");
    for roles in [roles(None, None), roles(Some(&bucket), Some(file_system))] {
        for name in [roles.destination_name(&names), roles.restore_name(&names)] {
            assert!(name.len() <= 64, "{name}");
        }
    }
    assert!(names.role_name(&own_source_role(&sync)).len() <= 64);
}

#[test]
fn only_a_stack_with_entries_has_other_names() {
    let names_of = |roles: BucketRoles| {
        [roles.destination_name(&names()), roles.restore_name(&names())].join("\n")
    };
    insta::assert_snapshot!(names_of(roles(None, None)), @r"
    backup-datasync-destination-eu-central-1
    backup-datasync-restore-eu-central-1
    ");
    insta::assert_snapshot!(names_of(roles(Some("vault"), None)), @r"
    backup-write.e6f0a1fbb43c8919-eu-central-1
    backup-restore.f5ee9dfd8b665325-eu-central-1
    ");
    insta::assert_snapshot!(names_of(roles(None, Some("fs-1"))), @r"
    backup-datasync-destination-eu-central-1
    backup-restore.85ae7beba49e1e85-eu-central-1
    ");
}

/// Writes to the bucket of `[destination]`, to that of another Region, or to a named one.
fn roles_of(destination: &str, entries: &str) -> Vec<(String, BucketRoles)> {
    let text = format!(
        "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n[destination]\nprefix = \"a/\"\n\
         {destination}\n{entries}"
    );
    let stack = config::parse(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let of = |view| BucketRoles::of_sync(&stack, view, &names());
    stack.resolve_syncs().iter().map(|sync| (sync.name.to_string(), of(&sync.config))).collect()
}

fn entry(name: &str, more: &str) -> String {
    format!(
        "[[sync]]\nname = \"{name}\"\nsource.subdirectory = \"/{name}/\"\n\
         destination.prefix = \"{name}/\"\n{more}\n"
    )
}

#[test]
fn syncs_share_the_roles_of_their_bucket_whatever_others_there_are() {
    let far = entry("far", "destination.region = \"eu-west-1\"");
    let vault = entry("vault", "destination.bucket = \"vault\"");
    let all = [entry("default", ""), entry("home", ""), far, vault, entry("work", "")];
    let found = roles_of("", &all.concat());
    let bucket = |name: &str| found.iter().find(|(sync, _)| sync == name).unwrap().1.bucket.clone();
    assert_eq!((bucket("default"), bucket("home"), bucket("work")), (None, None, None));
    assert_eq!(bucket("far").unwrap(), "backup-data-111122223333-eu-west-1");
    assert_eq!(bucket("vault").unwrap(), "vault");
    for gone in 0..all.len() {
        let rest: String = all
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != gone)
            .map(|(_, text)| text.as_str())
            .collect();
        for kept in roles_of("", &rest) {
            assert!(found.contains(&kept), "{kept:?} without {gone}");
        }
    }
}

#[test]
fn the_only_sync_has_the_names_of_its_section_with_a_named_bucket_too() {
    for destination in ["", "bucket = \"vault\"", "region = \"eu-west-1\""] {
        assert_eq!(roles_of(destination, ""), [("default".to_owned(), BucketRoles::default())]);
    }
    let named = roles_of("bucket = \"vault\"", &entry("home", ""));
    assert_eq!(named, [("home".to_owned(), BucketRoles::default())]);
}

#[test]
fn the_patterns_match_the_roles_of_entries_alone() {
    let patterns = BucketRoles::arn_patterns(&names());
    assert_eq!(patterns[1], "arn:aws:iam::111122223333:role/backup-write.*-eu-central-1");
    let is_matched = |arn: &String| {
        patterns.iter().any(|pattern| {
            let (start, end) = pattern.split_once('*').unwrap();
            arn.starts_with(start) && arn.ends_with(end)
        })
    };
    let other = roles(Some("vault"), None);
    let read = names().role_arn(&own_source_role(&SyncName::parse("home").unwrap()));
    for arn in [read, other.destination_arn(&names()), other.restore_arn(&names())] {
        assert!(is_matched(&arn), "{arn}");
    }
    assert!(!is_matched(&BucketRoles::default().destination_arn(&names())));
}

#[test]
fn an_output_tells_the_roles_that_were_deployed() {
    for roles in [roles(None, None), roles(Some("vault"), Some("fs-1"))] {
        let arn = roles.destination_arn(&names());
        let told =
            BucketRoles::of_destination_arn(Some(&arn), "vault", roles.file_system_id.clone());
        assert_eq!(told, roles);
    }
    assert_eq!(BucketRoles::of_destination_arn(None, "vault", None), roles(None, None));
}
