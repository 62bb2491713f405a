//! The daily check: it waits, resumes an interrupted apply, or looks for drift. Pure.

use chrono::{DateTime, Utc};
use domain::records::alert::Alert;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::lock::Lock;
use domain::request::{BootstrapAction, BootstrapRequest};

/// The action of a daily check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DailyAction {
    /// The stack is being changed now, so that differences are expected.
    Wait {
        holder: String,
    },
    /// An apply was interrupted: resume it.
    Resume(BootstrapRequest),
    /// A destroy was interrupted: only a person resumes it.
    RemindOfDestroy(DateTime<Utc>),
    CheckDrift,
}

/// Decides the action of a daily check; `locks` are the locks of the stack, held or expired.
pub(crate) fn decide_daily(
    interrupted: Option<InterruptedApply>,
    locks: &[Lock],
    owner: &str,
    now: DateTime<Utc>,
) -> DailyAction {
    if let Some(held) = locks.iter().find(|lock| !lock.is_free_for(owner, now)) {
        return DailyAction::Wait { holder: held.owner.clone() };
    }
    match interrupted {
        Some(InterruptedApply { request, .. }) if request.action == BootstrapAction::Apply => {
            DailyAction::Resume(request)
        }
        Some(InterruptedApply { begun_at, .. }) => DailyAction::RemindOfDestroy(begun_at),
        None => DailyAction::CheckDrift,
    }
}

/// An interrupted apply was completed. The rule for a new task is created by the command line, so
/// the next command is a deploy.
pub(crate) fn apply_completed(stack: &str, log: &[String]) -> Alert {
    let likely_cause =
        "a deployment was interrupted; the daily check has resumed it for the data plane.";
    let facts =
        if log.is_empty() { vec!["Nothing was left to do.".to_owned()] } else { log.to_vec() };
    build_alert(
        stack,
        "an interrupted deployment of the data plane was completed",
        facts,
        likely_cause,
        "efs-s3 deploy",
    )
}

/// An interrupted apply was resumed and failed again.
pub(crate) fn apply_still_interrupted(stack: &str, problem: &str) -> Alert {
    let likely_cause = "a deployment was interrupted, and its cause still exists.";
    build_alert(
        stack,
        "a deployment was interrupted, and resuming it failed",
        vec![problem.to_owned()],
        likely_cause,
        "efs-s3 deploy",
    )
}

/// A destroy was interrupted.
pub(crate) fn destroy_interrupted(stack: &str, begun_at: DateTime<Utc>) -> Alert {
    let facts = vec![format!("It began at {}.", begun_at.format("%Y-%m-%d %H:%M UTC"))];
    let likely_cause = "the command was interrupted, or something could not be deleted.";
    build_alert(stack, "a destroy was interrupted", facts, likely_cause, "efs-s3 destroy")
}

fn build_alert(
    stack: &str,
    what: &str,
    facts: Vec<String>,
    likely_cause: &str,
    next_command: &str,
) -> Alert {
    Alert {
        stack: stack.to_owned(),
        what: what.to_owned(),
        execution: None,
        facts,
        path_count: 0,
        paths: Vec::new(),
        likely_cause: likely_cause.to_owned(),
        next_command: next_command.to_owned(),
        ..Alert::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time_at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn lock_of(owner: &str, until: i64) -> Lock {
        Lock { owner: owner.into(), taken_at: time_at(0), expires_at: time_at(until) }
    }

    fn interrupted(action: BootstrapAction) -> Option<InterruptedApply> {
        Some(InterruptedApply {
            request: BootstrapRequest::new(action),
            begun_at: time_at(1),
            syncs: Vec::new(),
        })
    }

    #[test]
    fn an_interrupted_apply_is_resumed_unless_the_stack_is_being_changed() {
        let apply = BootstrapRequest::new(BootstrapAction::Apply);
        for (name, interrupted, locks, expected) in [
            ("nothing is known", None, vec![], DailyAction::CheckDrift),
            (
                "locks have expired",
                None,
                vec![lock_of("a", 9), lock_of("b", 10)],
                DailyAction::CheckDrift,
            ),
            (
                "a deploy is under way",
                None,
                vec![lock_of("a", 11)],
                DailyAction::Wait { holder: "a".into() },
            ),
            (
                "our own retry",
                interrupted(BootstrapAction::Apply),
                vec![lock_of("me", 11)],
                DailyAction::Resume(apply.clone()),
            ),
            (
                "a deploy has begun",
                interrupted(BootstrapAction::Apply),
                vec![lock_of("a", 11)],
                DailyAction::Wait { holder: "a".into() },
            ),
            (
                "a deploy was interrupted",
                interrupted(BootstrapAction::Apply),
                vec![lock_of("a", 9)],
                DailyAction::Resume(apply),
            ),
            (
                "a destroy was interrupted",
                interrupted(BootstrapAction::Destroy),
                vec![],
                DailyAction::RemindOfDestroy(time_at(1)),
            ),
        ] {
            assert_eq!(decide_daily(interrupted, &locks, "me", time_at(10)), expected, "{name}");
        }
    }

    #[test]
    fn the_alerts_say_what_to_run() {
        let log = ["DataSync task task: created in 1.2 s".to_owned()];
        insta::assert_snapshot!(apply_completed("backup", &log).body(), @r"
        Stack backup: an interrupted deployment of the data plane was completed.
        DataSync task task: created in 1.2 s

        Likely cause: a deployment was interrupted; the daily check has resumed it for the data plane.
        Run next:     efs-s3 deploy
        ");
        insta::assert_snapshot!(destroy_interrupted("backup", time_at(1_700_000_000)).body(), @r"
        Stack backup: a destroy was interrupted.
        It began at 2023-11-14 22:13 UTC.

        Likely cause: the command was interrupted, or something could not be deleted.
        Run next:     efs-s3 destroy
        ");
    }

    #[test]
    fn the_alert_of_a_failed_resume_says_why_and_what_to_run() {
        let problem = "creating IAM role `r`: AccessDenied: no";
        insta::assert_snapshot!(apply_still_interrupted("backup", problem).body(), @r"
        Stack backup: a deployment was interrupted, and resuming it failed.
        creating IAM role `r`: AccessDenied: no

        Likely cause: a deployment was interrupted, and its cause still exists.
        Run next:     efs-s3 deploy
        ");
    }
}
