use anyhow::{Context, anyhow};

use super::*;

const COMMAND: &str = "efs-s3 deploy";

#[test]
fn a_hint_of_the_code_that_failed_wins() {
    let error = Err::<(), _>(anyhow!("no such file").context("reading `stack.toml`"))
        .with_hint("run `efs-s3 init`");
    let error = error.context("finding the stack").unwrap_err();
    assert_eq!(hint_for(&error, COMMAND), "run `efs-s3 init`");
    assert_eq!(format!("{error:#}"), "finding the stack: reading `stack.toml`: no such file");
}

#[test]
fn the_hint_follows_from_the_type_of_the_failure() {
    let failed = |code| {
        let (function, message) = ("f".to_owned(), "no".to_owned());
        anyhow::Error::from(InvokeError::Failed { function, code: Some(code), message })
    };
    for (error, expected) in [
        (failed(ErrorCode::Locked), "wait until the lock is released"),
        (failed(ErrorCode::PreflightFailed), "correct stack.toml"),
        (failed(ErrorCode::ApplyFailed), "fix the cause above"),
        (InvokeError::Absent { function: "f".into() }.into(), "run `efs-s3 deploy`"),
        (LockError::Contended.into(), "run `efs-s3 deploy` again"),
        (unanswered_apply().into(), "check the network"),
        (anyhow!("something"), "fix the cause above, then run `efs-s3 deploy` again"),
    ] {
        let next = hint_for(&error, COMMAND);
        assert!(next.starts_with(expected), "{error}: {next}");
    }
}

fn unanswered_apply() -> ApplyError {
    let unanswered =
        KindError { doing: "reading".into(), source: Cause::Sdk(SdkFailure::incomplete("name")) };
    let other = KindError { doing: "reading".into(), source: Cause::Other("gone".into()) };
    ApplyError::Failed { failed: vec![other, unanswered], done: 0, left: 0 }
}

#[test]
fn the_hint_follows_from_the_error_code() {
    for (code, expected) in [
        (Some("ExpiredToken"), "renew the credentials"),
        (Some("UnauthorizedOperation"), "allow the denied call"),
        (Some("Throttling"), "wait a minute"),
        (Some("VpcLimitExceeded"), "delete unused resources"),
        (Some("InternalError"), "fix the cause"),
        (None, "check the network"),
    ] {
        let next = call_hint(code, COMMAND);
        assert!(next.starts_with(expected) && next.contains(COMMAND), "{code:?}: {next}");
    }
}
