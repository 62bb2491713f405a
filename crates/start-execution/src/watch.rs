//! Whether an execution under way has taken too long for its state. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::execution::Execution;
use domain::limits::Limits;

/// How long it has been, and how long it might have been; `None` while it is in time.
pub(crate) fn overdue(
    execution: &Execution,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Option<(TimeDelta, TimeDelta)> {
    let launched = execution.launched_at.or(execution.started_at);
    let (since, bound) = match execution.status.as_str() {
        "QUEUED" | "QUEUEING" => (execution.started_at, limits.max_queued),
        "LAUNCHING" => (launched, limits.max_launching),
        // It is being cancelled already; and what has ended is late no more.
        "CANCELLING" | "SUCCESS" | "ERROR" => return None,
        _ => (launched, limits.max_runtime),
    };
    let waited = now - since?;
    (waited > bound).then_some((waited, bound))
}

#[cfg(test)]
mod tests {
    use domain::arn::ExecutionArn;
    use domain::execution::ServiceMessage;
    use domain::records::run::{Counters, Filters, PhaseDurations};

    use super::*;

    #[test]
    fn each_state_has_its_bound() {
        let arn = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d";
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        for (status, launched, minutes, overdue_by) in [
            ("QUEUED", None, 24 * 60, false),
            ("QUEUED", None, 24 * 60 + 1, true),
            ("LAUNCHING", None, 30, false),
            ("LAUNCHING", None, 31, true),
            ("LAUNCHING", Some(1_000), 1_030, false),
            ("LAUNCHING", Some(1_000), 1_031, true),
            ("TRANSFERRING", Some(1_000), 1_000 + 24 * 60, false),
            ("TRANSFERRING", Some(1_000), 1_001 + 24 * 60, true),
            ("VERIFYING", None, 24 * 60 + 1, true),
            ("CANCELLING", None, 99_999, false),
            ("SUCCESS", None, 99_999, false),
            ("ERROR", None, 99_999, false),
        ] {
            let execution = Execution {
                arn: ExecutionArn::parse(arn).unwrap(),
                status: status.to_owned(),
                verify_mode: None,
                filters: Filters::default(),
                started_at: Some(at(0)),
                launched_at: launched.map(at),
                ended_at: None,
                counters: Counters::default(),
                durations: PhaseDurations::default(),
                error: ServiceMessage::default(),
                report: None,
            };
            let found = overdue(&execution, &Limits::default(), at(minutes)).is_some();
            assert_eq!(found, overdue_by, "{status} {launched:?} {minutes}");
        }
    }
}
