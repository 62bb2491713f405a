//! The progress document in the records bucket, which the command line shows.
//!
//! Rule: writing it never fails an action and never delays it.

use std::time::Duration;

use aws::failure::chain;
use aws::records_bucket::RecordsBucket;
use domain::records::keys::PROGRESS;
use domain::records::progress::Progress;
use tokio::time::sleep;

use crate::step_log::StepLog;

/// The shortest time between two writes: each is a request that costs money.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs an action and meanwhile writes the progress in `log`; writes it once more at the end.
pub(crate) async fn publish_while<T>(
    records: &RecordsBucket,
    log: &StepLog,
    action: impl Future<Output = T>,
) -> T {
    let mut last = Progress::default();
    let outcome = tokio::select! {
        outcome = action => outcome,
        never = keep_writing(records, log, &mut last) => match never {},
    };
    write_if_new(records, log, &mut last).await;
    outcome
}

async fn keep_writing(
    records: &RecordsBucket,
    log: &StepLog,
    last: &mut Progress,
) -> std::convert::Infallible {
    loop {
        sleep(PAUSE).await;
        write_if_new(records, log, last).await;
    }
}

/// Writes the progress if a step started or ended. Elapsed time alone is not written: the reader
/// computes it.
async fn write_if_new(records: &RecordsBucket, log: &StepLog, last: &mut Progress) {
    let now = log.progress();
    if is_changed(last, &now) {
        if let Err(error) = records.write(PROGRESS, &now).await {
            tracing::warn!("writing the progress: {}", chain(&error));
        }
        *last = now;
    }
}

fn is_changed(last: &Progress, now: &Progress) -> bool {
    let running = |progress: &Progress| {
        progress.running.iter().map(|step| (step.id.clone(), step.work)).collect()
    };
    let (before, after): (Vec<_>, Vec<_>) = (running(last), running(now));
    (last.planned, last.finished.len(), before) != (now.planned, now.finished.len(), after)
}

#[cfg(test)]
mod tests {
    use aws_fakes::FakeBucket;
    use reconciler::apply::ApplyProgress as _;
    use reconciler::graph::ResourceId;
    use reconciler::plan::{Action, Step};

    use super::*;

    fn read_progress(bucket: &FakeBucket) -> Option<Progress> {
        bucket.get(PROGRESS).map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    fn deletion_of_task() -> Step {
        let (id, action) = (ResourceId::new("task"), Action::Delete);
        Step { id, kind: "DataSync task".into(), action }
    }

    #[tokio::test(start_paused = true)]
    async fn running_and_ended_steps_can_be_read() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        let log = StepLog::new("request-1");
        let step = deletion_of_task();
        let work = async {
            log.on_started(&step);
            sleep(PAUSE * 3).await;
            let progress = read_progress(&bucket).expect("it is written during the action");
            assert_eq!(progress.running.len(), 1);
            log.on_finished(&step, Duration::from_secs(3), None);
        };
        publish_while(&records, &log, work).await;
        let progress = read_progress(&bucket).expect("it is written at the end");
        assert_eq!(
            (progress.invocation.as_str(), progress.running.len(), progress.finished.len()),
            ("request-1", 0, 1)
        );
    }

    #[tokio::test]
    async fn an_action_without_a_step_writes_nothing() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        assert_eq!(publish_while(&records, &StepLog::new("request-1"), async { 7 }).await, 7);
        assert_eq!(read_progress(&bucket), None);
    }
}
