//! The event in EventBridge's form (from a real capture: `version` 0, whole seconds, the
//! execution's ARN as the first resource, nothing but `State` in the detail).

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::state::{AccountRegion, ExecutionStatus};

/// The change of an execution or a task to a new state.
#[derive(Clone, Debug)]
pub struct StateChange {
    pub account_region: AccountRegion,
    /// The ARN of the execution or the task.
    pub arn: String,
    pub subject: EventSubject,
    /// The value of `State`.
    pub state: &'static str,
    /// Whether no other change follows.
    pub is_last: bool,
    pub time: DateTime<Utc>,
}

/// The kind of resource that changes. The JSON of a task's event is inferred from that of an
/// execution: no capture is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSubject {
    Execution,
    Task,
}

impl StateChange {
    #[must_use]
    pub fn of_execution(account_region: AccountRegion, arn: &str, status: ExecutionStatus) -> Self {
        let (arn, is_last) = (arn.to_owned(), status.is_terminal());
        Self {
            account_region,
            arn,
            subject: EventSubject::Execution,
            state: status.as_str(),
            is_last,
            time: Utc::now(),
        }
    }

    /// The change of a task; `state` is as in `DescribeTask`.
    #[must_use]
    pub fn of_task(account_region: AccountRegion, arn: &str, state: &'static str) -> Self {
        Self {
            account_region,
            arn: arn.to_owned(),
            subject: EventSubject::Task,
            state,
            is_last: false,
            time: Utc::now(),
        }
    }

    /// The event, with this id.
    #[must_use]
    pub fn envelope(&self, id: &str) -> Value {
        let subject = match self.subject {
            EventSubject::Execution => "Task Execution",
            EventSubject::Task => "Task",
        };
        json!({
            "version": "0",
            "id": id,
            "detail-type": format!("DataSync {subject} State Change"),
            "source": "aws.datasync",
            "account": self.account_region.account,
            "time": self.time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": self.account_region.region,
            "resources": [self.arn],
            "detail": { "State": self.state },
        })
    }
}

/// A random UUID (version 4).
pub(super) fn random_uuid() -> String {
    let bits = rand::random::<u128>() & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_that_of_the_real_capture() {
        let account_region =
            AccountRegion { account: "533267260386".into(), region: "eu-central-1".into() };
        let arn = "arn:aws:datasync:eu-central-1:533267260386:task/task-0806c70094b09457b\
            /execution/exec-0fcddf3728817690d";
        let time = DateTime::from_timestamp(1_726_738_593, 987_654_321).unwrap();
        let change = StateChange {
            time,
            ..StateChange::of_execution(account_region, arn, ExecutionStatus::Success)
        };
        let capture: Value = serde_json::from_str(
            r#"{"version":"0","id":"f7c1ece4-518a-761b-edef-aef6c305b69a",
            "detail-type":"DataSync Task Execution State Change","source":"aws.datasync",
            "account":"533267260386","time":"2024-09-19T09:36:33Z","region":"eu-central-1",
            "resources":["arn:aws:datasync:eu-central-1:533267260386:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d"],
            "detail":{"State":"SUCCESS"}}"#,
        )
        .unwrap();
        assert_eq!(change.envelope("f7c1ece4-518a-761b-edef-aef6c305b69a"), capture);
    }

    #[test]
    fn ids_are_random_uuids() {
        let id = random_uuid();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
        assert_ne!(id, random_uuid());
    }
}
