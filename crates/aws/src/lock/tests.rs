use domain::records::keys::APPLY_LOCK as KEY;

use super::*;
use crate::fakes::{FakeBucket, WriteFault};

fn records() -> RecordsBucket {
    RecordsBucket::new(FakeBucket::default().client(&[]), "records")
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
}

fn lock(owner: &str, from: i64) -> Lock {
    Lock { owner: owner.into(), taken_at: at(from), expires_at: at(from + 10) }
}

#[tokio::test]
async fn of_two_one_holds_it_and_the_other_hears_who() {
    let records = records();
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    let refused = take(&records, KEY, &lock("second", 1)).await.unwrap_err();
    assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
    take(&records, KEY, &lock("first", 2)).await.unwrap();
}

#[tokio::test]
async fn an_expired_lock_and_one_given_back_can_be_taken() {
    let records = records();
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    take(&records, KEY, &lock("second", 10)).await.unwrap();
    give_back(&records, KEY, "second", at(11)).await.unwrap();
    take(&records, KEY, &lock("third", 11)).await.unwrap();
}

#[tokio::test]
async fn who_does_not_hold_it_cannot_give_it_back() {
    let records = records();
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    give_back(&records, KEY, "second", at(1)).await.unwrap();
    assert!(matches!(take(&records, KEY, &lock("second", 2)).await, Err(LockError::Held(_))));
}

#[tokio::test]
async fn a_takeover_of_the_same_expired_lock_succeeds_once() {
    let records = records();
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    let expired = records.read_marked::<Lock>(KEY).await.unwrap().unwrap();
    let second = records.replace(KEY, &expired, &lock("second", 20)).await.unwrap();
    let third = records.replace(KEY, &expired, &lock("third", 20)).await.unwrap();
    assert_eq!((second, third), (Replaced::Yes, Replaced::ChangedMeanwhile));
}
#[tokio::test]
async fn a_renewed_lock_is_held_longer() {
    let records = records();
    let mut held = lock("first", 0);
    take(&records, KEY, &held).await.unwrap();
    held = renew(&records, KEY, &held, at(20)).await.unwrap();
    assert!(matches!(take(&records, KEY, &lock("second", 15)).await, Err(LockError::Held(_))));
    assert_eq!(holder(&records, KEY, at(19)).await.unwrap(), Some(held));
    assert_eq!(holder(&records, KEY, at(20)).await.unwrap(), None);
}

#[tokio::test]
async fn a_lock_that_was_released_or_taken_over_is_not_renewed() {
    let records = records();
    let held = lock("first", 0);
    take(&records, KEY, &held).await.unwrap();
    give_back(&records, KEY, "first", at(5)).await.unwrap();
    assert!(matches!(renew(&records, KEY, &held, at(20)).await, Err(LockError::Lost(_))));
    take(&records, KEY, &lock("second", 6)).await.unwrap();
    let lost = renew(&records, KEY, &held, at(20)).await.unwrap_err();
    assert!(matches!(&lost, LockError::Lost(now) if now.owner == "second"), "{lost}");
}

#[tokio::test]
async fn a_lock_that_s3_does_not_show_yet_is_not_lost() {
    let bucket = FakeBucket::default();
    let records = RecordsBucket::new(bucket.client(&[]), "records");
    let held = lock("first", 0);
    take(&records, KEY, &held).await.unwrap();
    bucket.remove(KEY);
    let renewed = renew(&records, KEY, &held, at(20)).await.unwrap();
    assert_eq!((renewed.owner.as_str(), renewed.expires_at), ("first", at(20)));
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
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    bucket.hide(3);
    let refused = take(&records, KEY, &lock("second", 1)).await.unwrap_err();
    assert!(matches!(&refused, LockError::Held(held) if held.owner == "first"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_s3_does_not_show_yet_is_given_back() {
    let bucket = FakeBucket::default();
    let records = RecordsBucket::new(bucket.client(&[]), "records");
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    bucket.hide(3);
    give_back(&records, KEY, "first", at(1)).await.unwrap();
    take(&records, KEY, &lock("second", 1)).await.unwrap();
    bucket.hide(3);
    give_back(&records, KEY, "first", at(2)).await.unwrap();
    assert_eq!(
        holder(&records, KEY, at(2)).await.unwrap(),
        Some(lock("second", 1)),
        "that of somebody else"
    );
}

#[tokio::test]
async fn two_keys_are_two_locks() {
    let records = records();
    take(&records, KEY, &lock("first", 0)).await.unwrap();
    take(&records, domain::records::keys::DEPLOY_LOCK, &lock("second", 0)).await.unwrap();
}
