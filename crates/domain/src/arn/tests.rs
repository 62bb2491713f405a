use super::*;

const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

#[test]
fn an_execution_arn_gives_its_task_and_ids() {
    let arn = ExecutionArn::parse(&format!("{TASK}/execution/exec-0fcddf3728817690d")).unwrap();
    assert_eq!(arn.id(), "exec-0fcddf3728817690d");
    assert_eq!(arn.task(), TaskArn::parse(TASK).unwrap());
    assert_eq!(arn.task().id(), "task-0806c70094b09457b");
    assert_eq!((arn.region(), arn.task().region()), ("eu-central-1", "eu-central-1"));
    assert_eq!(arn.task().partition(), "aws");
    assert_eq!(arn.task().execution("exec-0fcddf3728817690d"), Ok(arn));
}

#[test]
fn near_misses_are_refused() {
    for text in [
        "",
        "task-0806c70094b09457b",
        "arn:aws:s3:::bucket",
        "arn:aws:datasync:eu-central-1:111122223333:location/loc-0806c70094b09457b",
        "arn:aws:datasync:eu-central-1::task/task-0806c70094b09457b",
        "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457",
        "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457B",
        &format!("{TASK}/execution/exec-0"),
        &format!("{TASK}/execution/exec-0fcddf3728817690d/x"),
    ] {
        assert!(TaskArn::parse(text).is_err(), "{text}");
        assert!(ExecutionArn::parse(text).is_err(), "{text}");
    }
}

#[test]
fn an_arn_has_its_parts_and_another_text_has_none() {
    let arn = Arn::parse("arn:aws-cn:logs:cn-north-1:111122223333:log-group:/a:*").unwrap();
    assert_eq!((arn.partition, arn.service, arn.region), ("aws-cn", "logs", "cn-north-1"));
    assert_eq!((arn.account, arn.resource), ("111122223333", "log-group:/a:*"));
    assert!(arn.has_account_id());
    for text in ["", "arn", "bucket", "arn:aws:s3::", "urn:aws:s3:::bucket"] {
        assert_eq!(Arn::parse(text), None, "{text}");
    }
}

#[test]
fn names_and_ids_are_read_from_arns() {
    assert_eq!(resource_id(TASK), "task-0806c70094b09457b");
    assert_eq!(resource_id("arn:aws:lambda:r:1:function:name"), "name");
    assert_eq!(resource_id("exec-0"), "exec-0");
    assert_eq!(bucket_name("arn:aws:s3:::bucket"), "bucket");
    assert_eq!(bucket_name("arn:aws:s3:r:1:accesspoint/x"), "arn:aws:s3:r:1:accesspoint/x");
    assert_eq!(log_group_name("arn:aws:logs:r:1:log-group:/a/b:*"), Some("/a/b"));
    assert_eq!(log_group_name("arn:aws:logs:r:1:log-group:/a/b"), Some("/a/b"));
    assert_eq!(log_group_name("/a/b"), None);
    for arn in ["arn:aws:lambda:r:1:function:f:$LATEST", "arn:aws:lambda:r:1:function:f"] {
        assert_eq!(unqualified_function_arn(arn), "arn:aws:lambda:r:1:function:f");
    }
}
