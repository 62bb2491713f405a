use super::*;

#[test]
fn deleted_and_kept_resources_are_shown_before_the_confirmation() {
    insta::assert_snapshot!(announcement(&["SNS topic alerts-topic".into()],
        &["S3 bucket backup-data".into()],
        &["restore exec-1, TRANSFERRING, 3 of 10 files".into()]), @"
    1 resource will be deleted:
      - SNS topic alerts-topic
    Kept, because it holds data:
      S3 bucket backup-data
    Running now; a destroy cancels it:
      restore exec-1, TRANSFERRING, 3 of 10 files
    ");
}
