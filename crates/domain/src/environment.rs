//! The environment variables of the functions: the command line sets them, the functions read them.

use crate::names::Names;

/// The records bucket, from which a function reads everything else.
pub const RECORDS_BUCKET: &str = "EFS_S3_RECORDS_BUCKET";
/// The SNS topic that alerts go to.
pub const ALERTS_TOPIC_ARN: &str = "EFS_S3_ALERTS_TOPIC_ARN";
/// The name of the stack.
pub const STACK_NAME: &str = "EFS_S3_STACK_NAME";
/// The account the stack lives in, 12 digits. A function can't learn it from its credentials
/// without a call.
pub const ACCOUNT: &str = "EFS_S3_ACCOUNT";

/// The environment of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub stack_name: String,
    pub account: String,
    pub records_bucket: String,
    pub alerts_topic_arn: String,
}

impl Environment {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// [`MissingVariable`] names the first variable that is unset or empty.
    pub fn from_env() -> Result<Self, MissingVariable> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads the environment from any source of variables.
    ///
    /// # Errors
    /// [`MissingVariable`] names the first variable that is unset or empty.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        let required = |name: &'static str| {
            lookup(name).filter(|value| !value.is_empty()).ok_or(MissingVariable(name))
        };
        Ok(Self {
            stack_name: required(STACK_NAME)?,
            account: required(ACCOUNT)?,
            records_bucket: required(RECORDS_BUCKET)?,
            alerts_topic_arn: required(ALERTS_TOPIC_ARN)?,
        })
    }

    /// The names of the stack in a region.
    #[must_use]
    pub fn names_in(&self, region: &str) -> Names {
        Names::new(&self.stack_name, &self.account, region)
    }

    /// The same, as the variables the deployer sets on a function.
    #[must_use]
    pub fn to_variables(&self) -> Vec<(&'static str, String)> {
        vec![
            (STACK_NAME, self.stack_name.clone()),
            (ACCOUNT, self.account.clone()),
            (RECORDS_BUCKET, self.records_bucket.clone()),
            (ALERTS_TOPIC_ARN, self.alerts_topic_arn.clone()),
        ]
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable `{0}` is unset or empty; `efs-s3 deploy` sets it on each function")]
pub struct MissingVariable(pub &'static str);

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment {
            stack_name: "backup".into(),
            account: "111122223333".into(),
            records_bucket: "records".into(),
            alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
        }
    }

    #[test]
    fn what_the_deployer_writes_the_function_reads() {
        let variables = environment().to_variables();
        let read = Environment::from_lookup(|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone())
        });
        assert_eq!(read, Ok(environment()));
    }

    #[test]
    fn an_unset_or_empty_variable_is_named() {
        for missing in [STACK_NAME, ACCOUNT, RECORDS_BUCKET, ALERTS_TOPIC_ARN] {
            for value in [None, Some(String::new())] {
                let read = Environment::from_lookup(|name| {
                    if name == missing { value.clone() } else { Some("x".into()) }
                });
                assert_eq!(read, Err(MissingVariable(missing)));
            }
        }
    }
}
