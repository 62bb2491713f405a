//! The time limits of running executions. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::execution::Execution;
use domain::limits::Limits;

/// The time that the execution has taken and the limit of its status, once it exceeded the limit.
pub(super) fn exceeded_limit(
    execution: &Execution,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Option<(TimeDelta, TimeDelta)> {
    let launched = execution.launched_at.or(execution.started_at);
    let (since, limit) = match execution.status.as_str() {
        "QUEUED" | "QUEUEING" => (execution.started_at, limits.max_queued),
        "LAUNCHING" => (launched, limits.max_launching),
        // An execution that is being cancelled or has ended has no limit.
        "CANCELLING" | "SUCCESS" | "ERROR" => return None,
        _ => (launched, limits.max_runtime),
    };
    let waited = now - since?;
    (waited > limit).then_some((waited, limit))
}

#[cfg(test)]
mod tests {
    use domain::arn::ExecutionArn;
    use domain::execution::ServiceMessage;
    use domain::records::run::{Counters, Filters, PhaseDurations};

    use super::*;

    const EXECUTION: &str = "arn:aws:datasync:eu-central-1:111122223333:task/\
         task-0806c70094b09457b/execution/exec-0fcddf3728817690d";

    fn time_at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn execution_in(status: &str, launched_at: Option<DateTime<Utc>>) -> Execution {
        Execution {
            arn: ExecutionArn::parse(EXECUTION).unwrap(),
            status: status.to_owned(),
            verify_mode: None,
            filters: Filters::default(),
            started_at: Some(time_at(0)),
            launched_at,
            ended_at: None,
            counters: Counters::default(),
            durations: PhaseDurations::default(),
            error: ServiceMessage::default(),
            report: None,
        }
    }

    #[test]
    fn each_status_has_its_limit() {
        for (status, launched, minutes, expected) in [
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
            let execution = execution_in(status, launched.map(time_at));
            let found = exceeded_limit(&execution, &Limits::default(), time_at(minutes)).is_some();
            assert_eq!(found, expected, "{status} {launched:?} {minutes}");
        }
    }
}
