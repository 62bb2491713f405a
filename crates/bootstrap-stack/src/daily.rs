//! What the daily event is for, today. Pure.

use chrono::{DateTime, Utc};
use domain::records::alert::Alert;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::lock::Lock;
use domain::request::{BootstrapAction, BootstrapRequest};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Today {
    /// Somebody changes the stack now: whatever differs, differs because of that.
    Wait {
        holder: String,
    },
    /// An apply was cut off: go on with it.
    GoOn(BootstrapRequest),
    /// A destroy was cut off: nobody but a person goes on with that.
    RemindOfDestroy(DateTime<Utc>),
    LookForDrift,
}

/// `locks` are those of the stack, held or not.
pub(crate) fn today(
    unfinished: Option<InterruptedApply>,
    locks: &[Lock],
    owner: &str,
    now: DateTime<Utc>,
) -> Today {
    if let Some(held) = locks.iter().find(|lock| !lock.is_free_for(owner, now)) {
        return Today::Wait { holder: held.owner.clone() };
    }
    match unfinished {
        Some(InterruptedApply { request, .. }) if request.action == BootstrapAction::Apply => {
            Today::GoOn(request)
        }
        Some(InterruptedApply { begun_at, .. }) => Today::RemindOfDestroy(begun_at),
        None => Today::LookForDrift,
    }
}

/// The data plane is whole now; the rule on a new task is the command line's to make.
pub(crate) fn completed(stack: &str, log: &[String]) -> Alert {
    let likely_cause =
        "a deployment was cut off; the daily look at the stack has gone on with its data plane.";
    let facts =
        if log.is_empty() { vec!["Nothing was left to do.".to_owned()] } else { log.to_vec() };
    alert(
        stack,
        "an unfinished deployment of the data plane was completed",
        facts,
        likely_cause,
        "efs-s3 deploy",
    )
}

pub(crate) fn still_unfinished(stack: &str, problem: &str) -> Alert {
    let likely_cause = "a deployment was cut off, and what stopped it is still there.";
    alert(
        stack,
        "a deployment is unfinished, and going on with it failed",
        vec![problem.to_owned()],
        likely_cause,
        "efs-s3 deploy",
    )
}

pub(crate) fn unfinished_destroy(stack: &str, begun_at: DateTime<Utc>) -> Alert {
    let facts = vec![format!("It began at {}.", begun_at.format("%Y-%m-%d %H:%M UTC"))];
    let likely_cause = "the command was interrupted, or something could not be deleted.";
    alert(stack, "a destroy was left unfinished", facts, likely_cause, "efs-s3 destroy")
}

fn alert(
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

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn lock(owner: &str, until: i64) -> Lock {
        Lock { owner: owner.into(), taken_at: at(0), expires_at: at(until) }
    }

    fn unfinished(action: BootstrapAction) -> Option<InterruptedApply> {
        Some(InterruptedApply { request: BootstrapRequest::new(action), begun_at: at(1) })
    }

    #[test]
    fn an_apply_that_was_cut_off_goes_on_unless_somebody_works() {
        let apply = BootstrapRequest::new(BootstrapAction::Apply);
        for (name, unfinished, locks, expected) in [
            ("nothing is known", None, vec![], Today::LookForDrift),
            ("locks have expired", None, vec![lock("a", 9), lock("b", 10)], Today::LookForDrift),
            (
                "a deploy is under way",
                None,
                vec![lock("a", 11)],
                Today::Wait { holder: "a".into() },
            ),
            (
                "our own retry",
                unfinished(BootstrapAction::Apply),
                vec![lock("me", 11)],
                Today::GoOn(apply.clone()),
            ),
            (
                "a deploy has begun",
                unfinished(BootstrapAction::Apply),
                vec![lock("a", 11)],
                Today::Wait { holder: "a".into() },
            ),
            (
                "a deploy was cut off",
                unfinished(BootstrapAction::Apply),
                vec![lock("a", 9)],
                Today::GoOn(apply),
            ),
            (
                "a destroy was cut off",
                unfinished(BootstrapAction::Destroy),
                vec![],
                Today::RemindOfDestroy(at(1)),
            ),
        ] {
            assert_eq!(today(unfinished, &locks, "me", at(10)), expected, "{name}");
        }
    }

    #[test]
    fn the_alerts_say_what_to_run() {
        insta::assert_snapshot!(completed("backup", &["DataSync task task: created in 1.2 s".into()]).body(), @r"
        Stack backup: an unfinished deployment of the data plane was completed.
        DataSync task task: created in 1.2 s

        Likely cause: a deployment was cut off; the daily look at the stack has gone on with its data plane.
        Run next:     efs-s3 deploy
        ");
        insta::assert_snapshot!(unfinished_destroy("backup", at(1_700_000_000)).body(), @r"
        Stack backup: a destroy was left unfinished.
        It began at 2023-11-14 22:13 UTC.

        Likely cause: the command was interrupted, or something could not be deleted.
        Run next:     efs-s3 destroy
        ");
        insta::assert_snapshot!(still_unfinished("backup", "creating IAM role `r`: AccessDenied: no").body(), @r"
        Stack backup: a deployment is unfinished, and going on with it failed.
        creating IAM role `r`: AccessDenied: no

        Likely cause: a deployment was cut off, and what stopped it is still there.
        Run next:     efs-s3 deploy
        ");
    }
}
