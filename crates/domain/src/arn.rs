//! ARNs, taken apart here alone.
//!
//! [`Arn`] has the parts of any ARN; [`TaskArn`] and [`ExecutionArn`] are checked once and then valid.
//! Their patterns are those of the DataSync API model 2018-11-09 (`TaskArn`, `TaskExecutionArn`,
//! `LocationArn`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The parts of an ARN: `arn:<partition>:<service>:<region>:<account>:<resource>` (IAM User Guide,
/// "Identify AWS resources with Amazon Resource Names (ARNs)"). Region and account may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    /// The rest, which may contain colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of a text; `None` when it is not an ARN.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// Whether the account is 12 digits.
    #[must_use]
    pub fn has_account_id(&self) -> bool {
        self.account.len() == 12 && self.account.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// The id or name that an ARN ends with: `eni-…` of `arn:…:network-interface/eni-…`, the function's
/// name of `arn:…:function:<name>`. A text without `/` and `:` is itself the id.
#[must_use]
pub fn resource_id(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// The bucket's name in `arn:<partition>:s3:::<name>`. The ARN of an access point is returned as it
/// is: S3 accepts it in place of a name.
#[must_use]
pub fn bucket_name(arn: &str) -> &str {
    match Arn::parse(arn) {
        Some(Arn { service: "s3", region: "", account: "", resource, .. }) => resource,
        _ => arn,
    }
}

/// The log group's name in `arn:<partition>:logs:<region>:<account>:log-group:<name>`, which may end
/// in `:*`.
#[must_use]
pub fn log_group_name(arn: &str) -> Option<&str> {
    let name = Arn::parse(arn)?.resource.strip_prefix("log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// The ARN of a function without a version or alias: `…:function:<name>` of
/// `…:function:<name>:$LATEST`.
#[must_use]
pub fn unqualified_function_arn(arn: &str) -> &str {
    arn.match_indices(':').nth(6).map_or(arn, |(end, _)| &arn[..end])
}

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
        resource_id(&self.0)
    }

    /// `aws`, `aws-cn`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        Arn::parse(&self.0).map_or("aws", |arn| arn.partition)
    }

    /// `eu-central-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
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
        resource_id(&self.0)
    }

    /// `eu-central-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        region_of(&self.0)
    }

    /// The task this is an execution of: its ARN is the prefix of ours.
    #[must_use]
    pub fn task(&self) -> TaskArn {
        let task = self.0.split("/execution/").next().unwrap_or_default();
        TaskArn(task.to_owned())
    }
}

fn region_of(arn: &str) -> &str {
    Arn::parse(arn).map_or("", |arn| arn.region)
}

fn datasync_resource(text: &str) -> Option<&str> {
    let arn = Arn::parse(text)?;
    let is_task_or_execution = arn.partition.starts_with("aws")
        && arn.service == "datasync"
        && !arn.region.is_empty()
        && arn.has_account_id();
    is_task_or_execution.then_some(arn.resource)
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
}
