//! The entry point with test doubles.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_fakes::FakeBucket;
use domain::environment::Environment;
use lambda_runtime::Diagnostic;
use reconciler::apply::ApplyError;

use domain::records::keys;
use reconciler::apply::ApplyProgress as _;
use reconciler::graph::ResourceId;
use reconciler::plan::{Action, Step};
use serde_json::json;

use super::*;
use crate::step_log::StepLog;

fn lock_of(owner: &str) -> Lock {
    let now = Utc::now();
    let expires_at = now + chrono::TimeDelta::minutes(15);
    Lock { owner: owner.into(), taken_at: now, expires_at }
}

fn app_with(bucket: &FakeBucket) -> BootstrapApp {
    let environment = Environment {
        stack_name: "backup".into(),
        account: "111122223333".into(),
        records_bucket: "records".into(),
        alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
    };
    let config = SdkConfig::builder().region(aws_config::Region::from_static("eu-central-1"));
    let config = config.behavior_version(aws::clients::behavior_version()).build();
    let app = BootstrapApp::new(environment, &config).unwrap();
    BootstrapApp { records: RecordsBucket::new(bucket.client(&[]), "records"), ..app }
}

async fn handle_rejected(bucket: &FakeBucket, payload: Value) -> Diagnostic {
    handle(&app_with(bucket), LambdaEvent::new(payload, Context::default()))
        .await
        .unwrap_err()
        .into()
}

#[tokio::test]
async fn without_a_configuration_it_says_what_to_run() {
    let diagnostic = handle_rejected(&FakeBucket::default(), json!({"action": "apply"})).await;
    assert_eq!(diagnostic.error_type, "NotDeployed");
    assert_eq!(
        diagnostic.error_message,
        "reading the configuration: the stack has none yet, run `efs-s3 deploy`"
    );
}

#[tokio::test(start_paused = true)]
async fn the_configuration_of_a_first_deploy_may_become_visible_late() {
    let bucket = FakeBucket::default();
    let begun = Instant::now();
    let visible_late = async {
        tokio::time::sleep(Duration::from_secs(14 * 60)).await;
        // A broken one: the test only needs it to be read.
        bucket.put(keys::CONFIG, "{");
    };
    let mut event =
        LambdaEvent::new(json!({"action": "plan", "configured": true}), Context::default());
    event.context.deadline =
        (Utc::now() + chrono::TimeDelta::hours(1)).timestamp_millis().unsigned_abs();
    let app = app_with(&bucket);
    let (answer, ()) = tokio::join!(handle(&app, event), visible_late);
    assert_eq!(Diagnostic::from(answer.unwrap_err()).error_type, "RecordsFailed");
    assert!(begun.elapsed() >= Duration::from_secs(14 * 60));
}

#[tokio::test]
async fn a_broken_configuration_is_an_error_of_its_own() {
    let bucket = FakeBucket::default();
    bucket.put(keys::CONFIG, "{");
    assert_eq!(
        handle_rejected(&bucket, json!({"action": "plan"})).await.error_type,
        "RecordsFailed"
    );
}

#[tokio::test]
async fn a_second_apply_at_the_same_time_learns_who_holds_the_lock() {
    let bucket = FakeBucket::default();
    let app = app_with(&bucket);
    let first = lock_of("first");
    lock::take(&app.records, APPLY_LOCK, &first).await.unwrap();
    let second = Lock { owner: "second".into(), ..first.clone() };
    let refused: Diagnostic = with_lock(&app.records, &second, RecentChanges::default(), async {
        Ok(BootstrapOutcome::NoDrift)
    })
    .await
    .unwrap_err()
    .into();
    assert_eq!(refused.error_type, "Locked");
    assert!(
        refused.error_message.contains("`first`")
            && refused.error_message.contains("efs-s3 unlock"),
        "{}",
        refused.error_message
    );
}

#[tokio::test]
async fn the_lock_is_released_whatever_the_result() {
    let app = app_with(&FakeBucket::default());
    let now = Utc::now();
    let mine = |owner: &str| Lock {
        owner: owner.into(),
        taken_at: Utc::now(),
        expires_at: now + chrono::TimeDelta::minutes(15),
    };
    with_lock(&app.records, &mine("first"), RecentChanges::default(), async {
        Err(BootstrapError::NoTask)
    })
    .await
    .unwrap_err();
    with_lock(&app.records, &mine("second"), RecentChanges::default(), async {
        Ok(BootstrapOutcome::NoDrift)
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_daily_check_waits_while_the_stack_is_changed() {
    let bucket = FakeBucket::default();
    let app = app_with(&bucket);
    let now = Utc::now();
    let deploy = Lock {
        owner: "anna".into(),
        taken_at: now,
        expires_at: now + chrono::TimeDelta::minutes(2),
    };
    lock::take(&app.records, DEPLOY_LOCK, &deploy).await.unwrap();
    let event = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
    let outcome = handle(&app, LambdaEvent::new(event, Context::default())).await.unwrap();
    assert_eq!(outcome, BootstrapOutcome::Busy { holder: "anna".into() });
}

#[test]
fn only_an_invocation_that_made_progress_is_resumed() {
    let out_of_time = || ApplyError::OutOfTime { done: 0, left: 2 };
    let log = StepLog::new("request-1");
    let diagnostic: Diagnostic = BootstrapError::from_apply(&log, out_of_time()).into();
    assert_eq!(diagnostic.error_type, "NoProgress");
    let step =
        Step { id: ResourceId::new("task"), kind: "DataSync task".into(), action: Action::Delete };
    log.on_started(&step);
    log.on_finished(&step, Duration::from_secs(1), None);
    let diagnostic: Diagnostic = BootstrapError::from_apply(&log, out_of_time()).into();
    assert_eq!(diagnostic.error_type, "OutOfTime");
}

#[test]
fn steps_start_in_the_first_three_quarters_of_the_time() {
    let (now, soon) = (SystemTime::UNIX_EPOCH, Instant::now());
    let stop_at = stop_time(now + Duration::from_secs(100), now).unwrap();
    assert!(
        stop_at >= soon + Duration::from_secs(75)
            && stop_at <= Instant::now() + Duration::from_secs(75)
    );
    assert_eq!(stop_time(SystemTime::UNIX_EPOCH, now + Duration::from_secs(1)), None);
}
