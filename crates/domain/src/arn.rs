//! The ARNs the pipeline passes around, parsed once and then safe to take apart.
//!
//! Patterns are those of the DataSync API model 2018-11-09 (`TaskArn`, `TaskExecutionArn`,
//! `LocationArn`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// `arn:<partition>:datasync:<region>:<account>:task/task-<17 hex>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskArn(String);

/// `<task arn>/execution/exec-<17 hex>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExecutionArn(String);

impl TaskArn {
    /// # Errors
    /// [`ArnError`] when the text is no DataSync task ARN.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let resource = datasync_resource(text).ok_or_else(|| ArnError::task(text))?;
        if is_id(resource.strip_prefix("task/"), "task-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(ArnError::task(text))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `task-0123456789abcdef0`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The ARN of one execution of this task.
    ///
    /// # Errors
    /// [`ArnError`] when `execution_id` is not `exec-` and 17 hexadecimal digits.
    pub fn execution(&self, execution_id: &str) -> Result<ExecutionArn, ArnError> {
        ExecutionArn::parse(&format!("{}/execution/{execution_id}", self.0))
    }
}

impl ExecutionArn {
    /// # Errors
    /// [`ArnError`] when the text is no DataSync task execution ARN.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let wrong = || ArnError::execution(text);
        let (task, execution) = text.split_once("/execution/").ok_or_else(wrong)?;
        TaskArn::parse(task).map_err(|_| wrong())?;
        if is_id(Some(execution), "exec-") { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `exec-0123456789abcdef0`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// `eu-central-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }

    /// The task this is an execution of: its ARN is the prefix of ours.
    #[must_use]
    pub fn task(&self) -> TaskArn {
        let task = self.0.split("/execution/").next().unwrap_or_default();
        TaskArn(task.to_owned())
    }
}

fn datasync_resource(text: &str) -> Option<&str> {
    let mut parts = text.splitn(6, ':');
    let arn = parts.next()?;
    let partition = parts.next()?;
    let service = parts.next()?;
    let region = parts.next()?;
    let account = parts.next()?;
    let ok = arn == "arn"
        && partition.starts_with("aws")
        && service == "datasync"
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit());
    if ok { parts.next() } else { None }
}

fn is_id(text: Option<&str>, prefix: &str) -> bool {
    text.and_then(|t| t.strip_prefix(prefix)).is_some_and(|hex| {
        hex.len() == 17 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = ArnError;
            fn try_from(text: String) -> Result<Self, ArnError> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(arn: $name) -> Self {
                arn.0
            }
        }
    )*};
}
text_conversions!(TaskArn, ExecutionArn);

/// A text that is not the ARN it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {expected}")]
pub struct ArnError {
    text: String,
    expected: &'static str,
}

impl ArnError {
    fn task(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            expected: "DataSync task ARN (arn:aws:datasync:REGION:ACCOUNT:task/task-…)",
        }
    }

    fn execution(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            expected: "DataSync task execution ARN \
                (arn:aws:datasync:REGION:ACCOUNT:task/task-…/execution/exec-…)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

    #[test]
    fn an_execution_arn_gives_its_task_and_ids() {
        let arn = ExecutionArn::parse(&format!("{TASK}/execution/exec-0fcddf3728817690d")).unwrap();
        assert_eq!(arn.id(), "exec-0fcddf3728817690d");
        assert_eq!(arn.task(), TaskArn::parse(TASK).unwrap());
        assert_eq!(arn.task().id(), "task-0806c70094b09457b");
        assert_eq!(arn.region(), "eu-central-1");
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
}
