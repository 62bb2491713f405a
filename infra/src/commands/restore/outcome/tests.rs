use super::*;

fn example_outcome() -> RestoreOutcome {
    RestoreOutcome {
        as_of: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        directory: "back/".into(),
        folder: "/shared/back/".into(),
        existed: false,
        execution: Some("exec-1".into()),
        status: Some("SUCCESS".into()),
        error: None,
        complete: true,
        settled: RestoreCounts {
            asked_for: 3,
            restored: 2,
            verified: 2,
            already_there: 1,
            ..RestoreCounts::default()
        },
        bytes: 12,
        directories: None,
        directories_left: 2,
        not_restorable: PathList::with_limit(SHOWN),
        did_not_stand: PathList::with_limit(SHOWN),
        undecided: PathList::with_limit(SHOWN),
        refused: PathList::with_limit(SHOWN),
        unproven: PathList::with_limit(SHOWN),
        remarks: vec!["1 versions did not exist then, and stay in S3:".into()],
    }
}

#[test]
fn restored_and_failed_files_are_shown() {
    insta::assert_snapshot!(example_outcome().outcome_text(), @r"
    RESTORED: 3 files (12 B) as of 2023-11-14 22:13:20 UTC in `/shared/back/`
      files: 2 restored, 2 of them verified, 1 already existed, 0 different and kept, 0 failed (exec-1 SUCCESS)
      directories: 2 restored only where they contain files, without modes, owners and times
    To restore them completely, run the same command as root with --mounted <mount point> where the file system is mounted.
      1 versions did not exist then, and stay in S3:
    Executions leave out `/shared/back/`: move the files that you need to their places.
    ");
    let directories = DirectoriesOutcome {
        asked_for: 3,
        put_right: 1,
        kept: 1,
        failed: 1,
        unproven: 1,
        failures: vec!["/x: Not a directory".into()],
        refused: vec!["/y: no proof".into()],
        ..DirectoriesOutcome::default()
    };
    let mounted = RestoreOutcome {
        directories: Some(directories),
        directories_left: 0,
        complete: false,
        ..example_outcome()
    };
    insta::assert_snapshot!(mounted.outcome_text(), @r"
    NOT COMPLETE: 3 files (12 B) as of 2023-11-14 22:13:20 UTC in `/shared/back/`
      files: 2 restored, 2 of them verified, 1 already existed, 0 different and kept, 0 failed (exec-1 SUCCESS)
      directories: 3: 1 restored, 0 already existed, 1 different and kept, 1 failed
      1 directories have the default owner and mode, because no proof lists them
      /x: Not a directory
      /y: no proof
      1 versions did not exist then, and stay in S3:
    To replace different files and directories, run the same command with --overwrite.
    Executions leave out `/shared/back/`: move the files that you need to their places.
    ");
}
