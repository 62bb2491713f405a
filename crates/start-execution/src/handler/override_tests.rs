//! The overrides of a start: what DataSync receives, and what is rejected.

use aws_sdk_datasync::types::builders::OptionsBuilder;
use aws_sdk_datasync::types::{
    LogLevel, Options, PreserveDeletedFiles as SdkPreserveDeletedFiles, Uid, VerifyMode,
};
use domain::config::PreserveDeletedFiles;
use domain::names::{PART_TAG, RETRY_TAG};
use domain::records::keys;
use lambda_runtime::Diagnostic;
use serde_json::json;

use crate::testing::{NOW, StartFixture, template_config};

#[tokio::test]
async fn overrides_reach_datasync_or_are_refused_before_anything_is_claimed() {
    let fixture = StartFixture::new();
    let asked =
        json!({"slot": "manual-1", "overrides": {"includes": ["/a", "/b*"]}, "retry_of": "exec-1"});
    let early = fixture.invoke(asked.clone(), "r1", NOW).await.unwrap_err();
    assert_eq!(Diagnostic::from(early).error_type, "NotDeployed");
    let mut config = template_config();
    config.task.preserve_deleted_files = PreserveDeletedFiles::Remove;
    fixture.put_config(&config);

    let wrong = json!({"slot": "manual-1", "overrides": {"includes": ["*.txt"]}});
    let refused = fixture.invoke(wrong, "r1", NOW).await.unwrap_err();
    assert!(refused.to_string().contains("*.txt"), "{refused}");
    assert!(fixture.env.bucket.get(&keys::start_record("manual-1")).is_none());

    let of_task = Options::builder()
        .verify_mode(VerifyMode::OnlyFilesTransferred)
        .preserve_deleted_files(SdkPreserveDeletedFiles::Remove)
        .log_level(LogLevel::Transfer)
        .bytes_per_second(7);
    fixture.env.datasync.state().options = of_task.clone().build();
    fixture.env.datasync.state().excludes = Some("*.tmp".into());
    fixture.invoke(asked, "r1", NOW).await.unwrap();
    let state = fixture.env.datasync.state();
    let execution = &state.executions[0];
    assert_eq!(execution.includes.as_deref(), Some("/a|/b*"));
    assert_eq!(execution.excludes.as_deref(), Some("*.tmp"), "the task's own");
    let whole = of_task.preserve_deleted_files(SdkPreserveDeletedFiles::Preserve).build();
    assert_eq!(
        execution.override_options,
        Some(whole),
        "the task's options, and in them what differs"
    );
    assert_eq!(execution.tags.get(PART_TAG).map(String::as_str), Some("true"));
    assert_eq!(execution.tags.get(RETRY_TAG).map(String::as_str), Some("exec-1"));
}

fn options_of_task() -> OptionsBuilder {
    Options::builder()
        .verify_mode(VerifyMode::PointInTimeConsistent)
        .log_level(LogLevel::Basic)
        .uid(Uid::None)
}

#[tokio::test]
async fn options_are_sent_whole_with_any_override_and_not_at_all_without() {
    let of_task = options_of_task;
    for (overrides, expected) in [
        (json!({}), None),
        (json!({"excludes": ["*.tmp"]}), Some(of_task())),
        (json!({"manifest": "manifests/one.csv"}), Some(of_task())),
        (json!({"verify_mode": "NONE"}), Some(of_task().verify_mode(VerifyMode::None))),
        (json!({"bytes_per_second": 9}), Some(of_task().bytes_per_second(9))),
    ] {
        let fixture = StartFixture::configured();
        fixture.env.datasync.state().options = of_task().build();
        let request = json!({"slot": "manual-1", "overrides": overrides});
        fixture.invoke(request, "r1", NOW).await.unwrap();
        let sent = fixture.env.datasync.state().executions[0].override_options.clone();
        assert_eq!(sent, expected.map(|options| options.build()), "{overrides}");
    }
}
