use domain::arn::ExecutionArn;
use domain::execution::ServiceMessage;
use domain::records::restore_run::RestoreEnd;
use domain::records::run::{Counters, Filters, PhaseDurations};
use domain::restore::RestoreCounts;
use domain::sync_name::SyncName;

use super::*;
use crate::runs::read_runs::tests::execution_arn;

fn live_execution(status: &str, message: &str) -> Execution {
    let detail = Some(message.to_owned()).filter(|message| !message.is_empty());
    Execution {
        arn: ExecutionArn::parse(&execution_arn(7)).unwrap(),
        status: status.to_owned(),
        verify_mode: None,
        filters: Filters::default(),
        started_at: None,
        launched_at: None,
        ended_at: DateTime::from_timestamp(1_700_000_060, 0),
        counters: Counters { files_transferred: 3, files_to_transfer: 10, ..Counters::default() },
        durations: PhaseDurations::default(),
        error: ServiceMessage { code: None, detail },
        report: None,
    }
}

fn restore(end: Option<RestoreEnd>, live: Option<Execution>) -> KnownRestore {
    let started_at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let record = RestoreRun {
        execution: ExecutionArn::parse(&execution_arn(7)).unwrap(),
        sync: SyncName::default(),
        started_at,
        as_of: started_at - chrono::TimeDelta::days(1),
        directory: "back/".to_owned(),
        manifest: "manifests/restore-1.csv".to_owned(),
        overwrite: false,
        files: 10,
        bytes: 2048,
        end,
    };
    KnownRestore { record, live }
}

fn end_of(status: &str, message: &str) -> RestoreEnd {
    let counts =
        RestoreCounts { asked_for: 10, restored: 10, verified: 10, ..RestoreCounts::default() };
    RestoreEnd::new(&live_execution(status, message), counts)
}

#[test]
fn a_restore_is_shown_in_each_state() {
    let states = [
        restore(None, Some(live_execution("TRANSFERRING", ""))),
        restore(None, Some(live_execution("SUCCESS", ""))),
        restore(None, None),
        restore(Some(end_of("SUCCESS", "")), None),
        restore(Some(end_of("ERROR", "Cancelled by user.")), None),
    ];
    insta::assert_snapshot!(states.iter().map(restore_text).collect::<String>(), @"
    exec-00000000000000007 restore: TRANSFERRING, 3 of 10 files
      as of     2023-11-13 22:13:20 UTC
      into      `/back/` below the source directory
      started   2023-11-14 22:13:20 UTC
      selected  10 files (2.0 KiB)
    exec-00000000000000007 restore: ended with SUCCESS; `efs-s3 wait` compares its report
      as of     2023-11-13 22:13:20 UTC
      into      `/back/` below the source directory
      started   2023-11-14 22:13:20 UTC
      selected  10 files (2.0 KiB)
    exec-00000000000000007 restore: its end is not on record, and DataSync no longer has it
      as of     2023-11-13 22:13:20 UTC
      into      `/back/` below the source directory
      started   2023-11-14 22:13:20 UTC
      selected  10 files (2.0 KiB)
    exec-00000000000000007 restore: succeeded, RESTORED
      as of     2023-11-13 22:13:20 UTC
      into      `/back/` below the source directory
      started   2023-11-14 22:13:20 UTC
      selected  10 files (2.0 KiB)
      files     10 restored, 10 of them verified, 0 already existed, 0 different and kept, 0 failed
    exec-00000000000000007 restore: cancelled, NOT COMPLETE
      as of     2023-11-13 22:13:20 UTC
      into      `/back/` below the source directory
      started   2023-11-14 22:13:20 UTC
      selected  10 files (2.0 KiB)
      files     10 restored, 10 of them verified, 0 already existed, 0 different and kept, 0 failed
      DataSync  Cancelled by user.
    ");
}

#[test]
fn a_restore_is_a_line_of_the_table() {
    let line = |restore| {
        let run = RecordedRun::from(restore);
        (run.outcome, run.restored, run.files_transferred, run.duration_ms)
    };
    let running = restore(None, Some(live_execution("TRANSFERRING", "")));
    assert_eq!(line(running), (None, None, 3, 0));
    let unseen = restore(None, Some(live_execution("ERROR", "no space")));
    assert_eq!(line(unseen), (Some(RunOutcome::Failed), None, 3, 60_000));
    let done = restore(Some(end_of("SUCCESS", "")), None);
    assert_eq!(line(done), (Some(RunOutcome::Succeeded), Some(true), 10, 60_000));
}
