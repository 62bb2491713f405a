use std::fs;

use domain::records::proof::ProvenObject;

use super::*;

fn desired_directory(mode: u32, second: i64) -> DesiredDirectory {
    let mtime = Some(FileTime::from_seconds(second));
    let posix = Posix { mode: Some(0o040_000 | mode), mtime, ..Posix::default() };
    DesiredDirectory { posix, is_proven: true, refused: None }
}

#[tokio::test(start_paused = true)]
async fn a_mount_of_another_file_system_is_detected() {
    let top = tempfile::tempdir().unwrap();
    let prepared = PreparedDirectory {
        directory: MountedDirectory::new(top.path(), "back"),
        existing: BTreeSet::new(),
    };
    let files = ["gone".to_owned(), "a/link".to_owned()];
    wait_until_visible(&prepared, &files).await.unwrap_err();
    fs::create_dir_all(top.path().join("back/a")).unwrap();
    std::os::unix::fs::symlink("nowhere", top.path().join("back/a/link")).unwrap();
    wait_until_visible(&prepared, &files).await.unwrap();
}

#[test]
fn existing_directories_are_kept_and_the_others_restored() {
    let top = tempfile::tempdir().unwrap();
    fs::create_dir_all(top.path().join("old")).unwrap();
    fs::create_dir_all(top.path().join("by datasync/deep")).unwrap();
    fs::write(top.path().join("file"), "").unwrap();
    let all_wanted =
        wanted_tree(&["by datasync", "by datasync/deep", "empty", "empty/deep", "file", "old"]);
    let (mounted, existing) = (
        OpenMount::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap(),
        BTreeSet::from(["old".to_owned()]),
    );
    let first = apply_desired(&mounted, &existing, &all_wanted, false);
    assert_eq!(counts_of(&first), (4, 0, 1, 1), "{first:?}");
    assert!(first.failures[0].starts_with("/file: "), "{:?}", first.failures);
    let again = apply_desired(&mounted, &existing, &all_wanted, true);
    assert_eq!(counts_of(&again), (1, 4, 0, 1), "{again:?}");
}

fn wanted_tree(paths: &[&str]) -> Vec<(String, DesiredDirectory)> {
    let numbered = paths.iter().zip(1..);
    numbered.map(|(path, second)| ((*path).to_owned(), desired_directory(0o750, second))).collect()
}

/// Returns the numbers of changed, equal, kept and failed directories.
fn counts_of(outcome: &DirectoriesOutcome) -> (u64, u64, u64, u64) {
    (outcome.put_right, outcome.already_right, outcome.kept, outcome.failed)
}

fn directory_version(proof: Option<ProvenObject>) -> DirectoryVersion {
    let (path, key, version_id) = ("d".to_owned(), "d/".to_owned(), "v1".to_owned());
    let at = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    DirectoryVersion { path, key, version_id, at, proof }
}

#[test]
fn owner_and_mode_come_from_a_proof_or_are_the_defaults() {
    let stated = Posix { mode: Some(0o046_777), uid: Some(0), gid: Some(0), ..Posix::default() };
    let proof = serde_json::json!({"path": "/d", "key": "d/", "version_id": "v1", "size": 0,
        "mode": "2750",
        "uid": 7, "gid": 8});
    let mtime = Some(FileTime::from_seconds(1_700_000_000));
    let proof = Some(serde_json::from_value(proof).unwrap());
    let proven = desired_by_proof(&stated, &directory_version(proof));
    let expected = Posix { mode: Some(0o2750), uid: Some(7), gid: Some(8), mtime, atime: None };
    assert_eq!((proven.posix, proven.refused), (expected, None));
    let planted = desired_by_proof(&stated, &directory_version(None));
    let owner = Some(65_534);
    let defaults = Posix { mode: Some(0o755), uid: owner, gid: owner, mtime, atime: None };
    assert_eq!(planted.posix, defaults);
    assert!(planted.refused.is_some_and(|why| why.contains("states mode 6777")));
    let foreign = desired_by_proof(&Posix::default(), &directory_version(None));
    assert_eq!((foreign.posix, foreign.refused), (defaults, None));
}

#[test]
fn a_new_directory_does_not_count_as_already_right() {
    let top = tempfile::tempdir().unwrap();
    let mounted = OpenMount::open(&MountedDirectory::new(top.path(), "")).unwrap().unwrap();
    let all_wanted =
        [("new".to_owned(), DesiredDirectory { is_proven: true, ..DesiredDirectory::default() })];
    let first = apply_desired(&mounted, &BTreeSet::new(), &all_wanted, false);
    assert_eq!((first.put_right, first.already_right), (1, 0));
    let again = apply_desired(&mounted, &BTreeSet::new(), &all_wanted, false);
    assert_eq!((again.put_right, again.already_right), (0, 1));
}
