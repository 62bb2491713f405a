use aws_fakes::{FakeBucket, WriteFault};
use domain::records::keys::APPLY_LOCK as KEY;

use super::*;

fn new_records() -> RecordsBucket {
    RecordsBucket::new(FakeBucket::default().client(&[]), "records")
}

fn time_at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
}

fn new_lock(owner: &str, from: i64) -> Lock {
    Lock { owner: owner.into(), taken_at: time_at(from), expires_at: time_at(from + 10) }
}

#[tokio::test]
async fn of_two_one_holds_it_and_the_other_hears_who() {
    let records = new_records();
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    let refused = take(&records, KEY, &new_lock("second", 1)).await.unwrap_err();
    assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
    take(&records, KEY, &new_lock("first", 2)).await.unwrap();
}

#[tokio::test]
async fn an_expired_lock_and_one_given_back_can_be_taken() {
    let records = new_records();
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    take(&records, KEY, &new_lock("second", 10)).await.unwrap();
    give_back(&records, KEY, "second", time_at(11)).await.unwrap();
    take(&records, KEY, &new_lock("third", 11)).await.unwrap();
}

#[tokio::test]
async fn who_does_not_hold_it_cannot_give_it_back() {
    let records = new_records();
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    give_back(&records, KEY, "second", time_at(1)).await.unwrap();
    assert!(matches!(take(&records, KEY, &new_lock("second", 2)).await, Err(LockError::Held(_))));
}

#[tokio::test]
async fn a_takeover_of_the_same_expired_lock_succeeds_once() {
    let records = new_records();
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    let expired = records.read_marked::<Lock>(KEY).await.unwrap().unwrap();
    let second = records.replace(KEY, &expired, &new_lock("second", 20)).await.unwrap();
    let third = records.replace(KEY, &expired, &new_lock("third", 20)).await.unwrap();
    assert_eq!((second, third), (Replaced::Yes, Replaced::ChangedMeanwhile));
}
#[tokio::test]
async fn a_renewed_lock_is_held_longer() {
    let records = new_records();
    let mut held = new_lock("first", 0);
    take(&records, KEY, &held).await.unwrap();
    held = renew(&records, KEY, &held, time_at(20)).await.unwrap();
    assert!(matches!(take(&records, KEY, &new_lock("second", 15)).await, Err(LockError::Held(_))));
    assert_eq!(holder(&records, KEY, time_at(19)).await.unwrap(), Some(held));
    assert_eq!(holder(&records, KEY, time_at(20)).await.unwrap(), None);
}

#[tokio::test]
async fn a_lock_that_was_released_or_taken_over_is_not_renewed() {
    let records = new_records();
    let held = new_lock("first", 0);
    take(&records, KEY, &held).await.unwrap();
    give_back(&records, KEY, "first", time_at(5)).await.unwrap();
    assert!(matches!(renew(&records, KEY, &held, time_at(20)).await, Err(LockError::Lost(_))));
    take(&records, KEY, &new_lock("second", 6)).await.unwrap();
    let lost = renew(&records, KEY, &held, time_at(20)).await.unwrap_err();
    assert!(matches!(&lost, LockError::Lost(now) if now.owner == "second"), "{lost}");
}

#[tokio::test]
async fn a_lock_that_s3_does_not_show_yet_is_not_lost() {
    let bucket = FakeBucket::default();
    let records = RecordsBucket::new(bucket.client(&[]), "records");
    let held = new_lock("first", 0);
    take(&records, KEY, &held).await.unwrap();
    bucket.remove(KEY);
    let renewed = renew(&records, KEY, &held, time_at(20)).await.unwrap();
    assert_eq!((renewed.owner.as_str(), renewed.expires_at), ("first", time_at(20)));
    assert_eq!(records.read::<Lock>(KEY).await.unwrap(), Some(renewed));
}

/// The reply to the write is lost, S3 refuses the SDK's second one, and does not show the lock
/// at first.
#[tokio::test(start_paused = true)]
async fn a_lock_whose_reply_was_lost_and_that_s3_does_not_show_yet_is_taken() {
    let bucket = FakeBucket::default();
    let records = RecordsBucket::new(bucket.client(&[]), "records");
    bucket.fault(vec![WriteFault::WrittenBefore]);
    bucket.hide(3);
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    bucket.hide(3);
    let refused = take(&records, KEY, &new_lock("second", 1)).await.unwrap_err();
    assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_s3_does_not_show_yet_is_given_back() {
    let bucket = FakeBucket::default();
    let records = RecordsBucket::new(bucket.client(&[]), "records");
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    bucket.hide(3);
    give_back(&records, KEY, "first", time_at(1)).await.unwrap();
    take(&records, KEY, &new_lock("second", 1)).await.unwrap();
    bucket.hide(3);
    give_back(&records, KEY, "first", time_at(2)).await.unwrap();
    assert_eq!(
        holder(&records, KEY, time_at(2)).await.unwrap(),
        Some(new_lock("second", 1)),
        "that of somebody else"
    );
}

#[tokio::test]
async fn two_keys_are_two_locks() {
    let records = new_records();
    take(&records, KEY, &new_lock("first", 0)).await.unwrap();
    take(&records, domain::records::keys::DEPLOY_LOCK, &new_lock("second", 0)).await.unwrap();
}
