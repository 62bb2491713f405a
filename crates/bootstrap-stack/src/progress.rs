//! Writes how far the work has come into the records bucket, for whoever watches it from outside.
//!
//! Rule: it never fails and never delays the work; what can't be written is not seen, that's all.

use std::time::Duration;

use aws::failure::chain;
use aws::records_bucket::RecordsBucket;
use domain::records::keys::PROGRESS;
use domain::records::progress::Progress;
use tokio::time::sleep;

use crate::steps::StepLog;

/// At most this often: each is a request that costs money.
const PAUSE: Duration = Duration::from_secs(1);

/// Does the work, and meanwhile writes what `log` heard of it; once more at its end.
pub(crate) async fn written_while<T>(
    records: &RecordsBucket,
    log: &StepLog,
    work: impl Future<Output = T>,
) -> T {
    let mut last = Progress::default();
    let outcome = tokio::select! {
        outcome = work => outcome,
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

/// The clock alone is no news: who reads adds the time since.
async fn write_if_new(records: &RecordsBucket, log: &StepLog, last: &mut Progress) {
    let now = log.progress();
    if is_news(last, &now) {
        if let Err(error) = records.write(PROGRESS, &now).await {
            tracing::warn!("writing the progress: {}", chain(&error));
        }
        *last = now;
    }
}

fn is_news(last: &Progress, now: &Progress) -> bool {
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

    fn written(bucket: &FakeBucket) -> Option<Progress> {
        bucket.get(PROGRESS).map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_and_what_has_ended_can_be_read() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        let log = StepLog::new("request-1");
        let step = Step {
            id: ResourceId::new("task"),
            kind: "DataSync task".into(),
            action: Action::Delete,
        };
        let work = async {
            log.on_started(&step);
            sleep(PAUSE * 3).await;
            let seen = written(&bucket).expect("it is written while the work goes on");
            assert_eq!(seen.running.len(), 1);
            log.on_finished(&step, Duration::from_secs(3), None);
        };
        written_while(&records, &log, work).await;
        let seen = written(&bucket).expect("it is written at the end");
        assert_eq!(
            (seen.invocation.as_str(), seen.running.len(), seen.finished.len()),
            ("request-1", 0, 1)
        );
    }

    #[tokio::test]
    async fn work_without_a_step_writes_nothing() {
        let bucket = FakeBucket::default();
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        assert_eq!(written_while(&records, &StepLog::new("request-1"), async { 7 }).await, 7);
        assert_eq!(written(&bucket), None);
    }
}
