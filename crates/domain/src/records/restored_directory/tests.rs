//! The patterns of restores.

use super::*;

fn config_of(subdirectory: &str) -> StackConfig {
    let text = format!(
        "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n\
         [source]\nsubdirectory = \"{subdirectory}\""
    );
    crate::config::parse(&text).unwrap()
}

fn restored(source: &str, directory: &str) -> RestoredDirectory {
    let target = RestoreTarget { directory: directory.to_owned(), existed: false };
    RestoredDirectory::of_target(&config_of(source), &target).unwrap()
}

#[test]
fn what_a_restore_made_is_left_out_and_never_the_whole_source() {
    let named = "restored-2026-11-27T200000Z/";
    for (source, directory, subdirectory, patterns) in [
        ("/", named, "/", vec!["/restored-2026-11-27T200000Z"]),
        ("/home/", named, "/home/", vec!["/restored-2026-11-27T200000Z"]),
        ("/home/", named, "/", vec!["/home/restored-2026-11-27T200000Z"]),
        ("/", named, "/home/", vec![]),
        ("/", "back/old/", "/", vec!["/back/old"]),
        ("/", "home/back/", "/home/", vec!["/back"]),
        ("/", "home/", "/home/", vec![]),
        ("/", "home/", "/home/anna/", vec![]),
        ("/a*b/", "c|d/", "/", vec![r"/a\*b/c\|d"]),
        ("/homes/", "back/", "/home/", vec![]),
    ] {
        let one = RestoredDirectory { source: source.to_owned(), ..restored("/", directory) };
        let found = exclude_restored(&[one], &config_of(subdirectory));
        assert_eq!(found, patterns, "{source} {directory} seen from {subdirectory}");
    }
}

#[test]
fn another_file_system_or_access_point_has_other_files() {
    let config = config_of("/");
    let of_another = [
        RestoredDirectory { file_system_id: Some("fs-1".to_owned()), ..restored("/", "back/") },
        RestoredDirectory { access_point_id: Some("fsap-1".to_owned()), ..restored("/", "back/") },
    ];
    assert_eq!(exclude_restored(&of_another, &config), Vec::<String>::new());
}

#[test]
fn every_directory_is_remembered_once_and_the_latest_longest() {
    let syncs = config_of("/").resolve_syncs();
    let restores = |directory: &str| {
        let target = RestoreTarget { directory: directory.to_owned(), existed: false };
        BTreeMap::from([(SyncName::default(), target)])
    };
    let mut all = Vec::new();
    for number in (0..1_100).chain(1_090..1_100) {
        all = remember_restores(&all, &syncs, &restores(&format!("back-{number}/")));
    }
    assert_eq!(all.len(), MAX_REMEMBERED);
    assert_eq!(all.last().unwrap().directory, "back-1099/");
}

#[test]
fn a_directory_of_the_source_is_copied_after_a_restore_into_it() {
    let syncs = config_of("/").resolve_syncs();
    for (directory, existed) in [("department/", true), ("", false)] {
        let target = RestoreTarget { directory: directory.to_owned(), existed };
        let restores = BTreeMap::from([(SyncName::default(), target)]);
        assert_eq!(remember_restores(&[], &syncs, &restores), [], "{directory}");
    }
}

#[test]
fn the_limit_of_datasync_is_kept_and_the_latest_are_in() {
    let long = |number: usize| restored("/", &format!("{number}-{}/", "x".repeat(240)));
    let all: Vec<_> = (0..1_000).map(long).collect();
    let mut config = config_of("/");
    config.task.excludes = vec![format!("/{}", "y".repeat(50_000))];
    let patterns = exclude_restored(&all, &config);
    let whole = [config.task.excludes.clone(), patterns.clone()].concat().join("|");
    assert!(whole.chars().count() <= MAX_FILTER_CHARACTERS && patterns.len() > 200);
    assert!(patterns.iter().any(|pattern| pattern.starts_with("/999-")));
}

#[test]
fn an_override_keeps_the_patterns_of_restores() {
    let restores = ["/restored-*".to_owned()];
    assert_eq!(keep_restore_excludes(&[], &restores), Vec::<String>::new());
    let own = ["*.tmp".to_owned()];
    assert_eq!(keep_restore_excludes(&own, &restores), ["*.tmp", "/restored-*"]);
    assert_eq!(keep_restore_excludes(&restores, &restores), restores);
}
