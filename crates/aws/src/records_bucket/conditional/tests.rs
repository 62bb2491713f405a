use aws_fakes::{FakeBucket, WriteFault};

use super::*;
use crate::records_bucket::RecordsBucket;

fn new_bucket() -> (FakeBucket, RecordsBucket) {
    let bucket = FakeBucket::default();
    let records = RecordsBucket::new(bucket.client(&[]), "records");
    (bucket, records)
}

async fn mark_document(records: &RecordsBucket, body: &str) -> Marked<String> {
    records.write("key", &body.to_owned()).await.unwrap();
    records.read_marked("key").await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_conflict_decides_nothing_and_the_write_is_sent_again() {
    for conflicts in [1, ATTEMPTS - 1] {
        let (bucket, records) = new_bucket();
        bucket.fault(vec![WriteFault::Conflict; conflicts as usize]);
        assert_eq!(records.write_once("key", &1).await.unwrap(), WriteOnce::Written, "{conflicts}");
        assert_eq!(bucket.get("key").unwrap(), b"1");
        let marked = records.read_marked("key").await.unwrap().unwrap();
        bucket.fault(vec![WriteFault::Conflict; conflicts as usize]);
        assert_eq!(
            records.replace("key", &marked, &2).await.unwrap(),
            Replaced::Yes,
            "{conflicts}"
        );
        assert_eq!(bucket.get("key").unwrap(), b"2");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_conflict_the_condition_decides_as_ever() {
    let (bucket, records) = new_bucket();
    let marked = mark_document(&records, "first").await;
    bucket.put("key", "\"theirs\"");
    bucket.fault(vec![WriteFault::Conflict]);
    assert_eq!(records.write_once("key", &"ours").await.unwrap(), WriteOnce::AlreadyThere);
    bucket.fault(vec![WriteFault::Conflict]);
    let replaced = records.replace("key", &marked, &"ours".to_owned()).await.unwrap();
    assert_eq!(replaced, Replaced::ChangedMeanwhile);
    assert_eq!(bucket.get("key").unwrap(), b"\"theirs\"");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_lasts_is_an_error_and_no_answer() {
    let (bucket, records) = new_bucket();
    let marked = mark_document(&records, "first").await;
    bucket.fault(vec![WriteFault::Conflict; ATTEMPTS as usize]);
    let error = records.write_once("other", &1).await.unwrap_err();
    assert!(crate::failure::chain(&error).contains("ConditionalRequestConflict"), "{error}");
    bucket.fault(vec![WriteFault::Conflict; ATTEMPTS as usize]);
    records.replace("key", &marked, &"second".to_owned()).await.unwrap_err();
    assert_eq!(bucket.get("key").unwrap(), b"\"first\"");
}

/// The SDK sends again what had no reply, and hears 412 of its own write.
#[tokio::test]
async fn a_write_with_a_lost_response_counts_as_successful() {
    let (bucket, records) = new_bucket();
    bucket.fault(vec![WriteFault::WrittenBefore]);
    assert_eq!(records.write_once("once", &1).await.unwrap(), WriteOnce::WrittenBefore);
    assert_eq!(records.write_once("once", &2).await.unwrap(), WriteOnce::AlreadyThere);
    let marked = mark_document(&records, "first").await;
    bucket.fault(vec![WriteFault::WrittenBefore]);
    assert_eq!(records.replace("key", &marked, &"second".to_owned()).await.unwrap(), Replaced::Yes);
    assert_eq!(
        records.replace("key", &marked, &"third".to_owned()).await.unwrap(),
        Replaced::ChangedMeanwhile
    );
    assert_eq!(bucket.get("key").unwrap(), b"\"second\"");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_s3_does_not_show_yet_counts_as_successful() {
    for hidden in [1, READS - 1] {
        let (bucket, records) = new_bucket();
        bucket.fault(vec![WriteFault::WrittenBefore]);
        bucket.hide(hidden);
        assert_eq!(
            records.write_once("key", &1).await.unwrap(),
            WriteOnce::WrittenBefore,
            "{hidden}"
        );
        bucket.put("theirs", "2");
        bucket.hide(hidden);
        assert_eq!(
            records.write_once("theirs", &1).await.unwrap(),
            WriteOnce::AlreadyThere,
            "{hidden}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_s3_does_not_show_in_time_counts_as_another_writers() {
    let (bucket, records) = new_bucket();
    bucket.fault(vec![WriteFault::WrittenBefore]);
    bucket.hide(READS);
    assert_eq!(
        records.write_once("key", &1).await.unwrap(),
        WriteOnce::AlreadyThere,
        "not shown in time"
    );
}

#[tokio::test]
async fn what_was_deleted_meanwhile_is_not_replaced() {
    let (bucket, records) = new_bucket();
    let marked = mark_document(&records, "first").await;
    bucket.fault(vec![WriteFault::Gone]);
    let replaced = records.replace("key", &marked, &"second".to_owned()).await.unwrap();
    assert_eq!(replaced, Replaced::ChangedMeanwhile);
}

#[test]
fn pauses_are_random_and_bounded() {
    let pauses: Vec<Duration> = (0..100).map(|_| pause_before(4)).collect();
    assert!(pauses.iter().all(|pause| *pause < FIRST_PAUSE * 8), "{pauses:?}");
    assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    let longest: Duration = (1..ATTEMPTS.max(READS)).map(longest_pause).sum();
    assert!(longest < Duration::from_secs(10), "{longest:?}");
}
