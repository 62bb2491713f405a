//! The name of an execution as a person types it: the ARN, the id, its beginning, or `latest`.
//! Pure.

use anyhow::{Result, anyhow};
use domain::arn::ExecutionArn;

use crate::hint::hinted_error;

const ID_PREFIX: &str = "exec-";
/// The number of hexadecimal digits of an id (DataSync API reference, `TaskExecutionArn`).
const ID_DIGITS: usize = 17;
const LATEST: &str = "latest";

/// A parsed name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExecutionName {
    Arn(ExecutionArn),
    /// A whole id.
    Id(String),
    /// The beginning of an id, with `exec-`.
    Beginning(String),
    /// The running execution that started last, otherwise the one that was recorded last.
    Latest,
}

impl ExecutionName {
    /// Returns `None` for a text that names no execution.
    pub(crate) fn parse(named: &str) -> Option<Self> {
        if named == LATEST {
            return Some(Self::Latest);
        }
        if named.starts_with("arn:") {
            return ExecutionArn::parse(named).ok().map(Self::Arn);
        }
        let digits = named.strip_prefix(ID_PREFIX).unwrap_or(named);
        let is_hexadecimal =
            digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if digits.is_empty() || digits.len() > ID_DIGITS || !is_hexadecimal {
            return None;
        }
        let id = format!("{ID_PREFIX}{digits}");
        Some(if digits.len() == ID_DIGITS { Self::Id(id) } else { Self::Beginning(id) })
    }
}

/// The error about a text that names no execution. `latest` are the ids of the latest ones.
pub(crate) fn no_execution_id(named: &str, latest: &[String]) -> anyhow::Error {
    let digits = ID_DIGITS;
    let error = anyhow!(
        "`{named}` is no execution id ({ID_PREFIX} and {digits} hex digits); {}",
        latest_text(latest)
    );
    hinted_error(
        error,
        "give an id, its beginning or `latest`; `efs-s3 runs` lists the recorded executions",
    )
}

/// The error about an id, or the beginning of one, that no execution has.
pub(crate) fn unknown_execution(id: &str, latest: &[String]) -> anyhow::Error {
    let error = anyhow!(
        "there is no execution {id}, neither recorded nor in DataSync; {}",
        latest_text(latest)
    );
    hinted_error(
        error,
        "`efs-s3 runs` lists the recorded executions, `efs-s3 status` shows the current ones",
    )
}

/// Returns the only id; an error where the beginning has none or several.
pub(crate) fn only_id(beginning: &str, ids: &[String], latest: &[String]) -> Result<String> {
    match ids {
        [] => Err(unknown_execution(&format!("{beginning}…"), latest)),
        [only] => Ok(only.clone()),
        [first, second, ..] => {
            let count = ids.len();
            let error =
                anyhow!("{count} executions begin with {beginning}, such as {first} and {second}");
            Err(hinted_error(error, "give more digits of the id"))
        }
    }
}

fn latest_text(latest: &[String]) -> String {
    if latest.is_empty() {
        return "there are no executions yet".to_owned();
    }
    format!("the latest: {}", latest.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_beginnings_and_arns_are_told_apart() {
        let id = "exec-0fcddf3728817690d";
        let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
        let arn = format!("{task}/execution/{id}");
        let beginning = |text: &str| Some(ExecutionName::Beginning(text.to_owned()));
        for (named, expected) in [
            ("latest", Some(ExecutionName::Latest)),
            (id, Some(ExecutionName::Id(id.to_owned()))),
            ("0fcddf3728817690d", Some(ExecutionName::Id(id.to_owned()))),
            ("exec-0fc", beginning("exec-0fc")),
            ("0fc", beginning("exec-0fc")),
            (arn.as_str(), ExecutionArn::parse(&arn).ok().map(ExecutionName::Arn)),
            (task, None),
            ("nope", None),
            ("exec-", None),
            ("", None),
            ("exec-0FC", None),
            ("exec-0fcddf3728817690d0", None),
        ] {
            assert_eq!(ExecutionName::parse(named), expected, "{named}");
        }
    }

    #[test]
    fn wrong_names_say_what_is_expected_and_the_latest_ids() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let latest = ids(&["exec-3", "exec-2", "exec-1"]);
        let errors = [
            no_execution_id("nope", &latest),
            no_execution_id("nope", &[]),
            only_id("exec-0f", &[], &latest).unwrap_err(),
            only_id("exec-0f", &ids(&["exec-0f1", "exec-0f2", "exec-0f3"]), &latest).unwrap_err(),
        ];
        let texts = errors.map(|error| format!("{error}\n"));
        insta::assert_snapshot!(texts.concat(), @"
        `nope` is no execution id (exec- and 17 hex digits); the latest: exec-3, exec-2, exec-1
        `nope` is no execution id (exec- and 17 hex digits); there are no executions yet
        there is no execution exec-0f…, neither recorded nor in DataSync; the latest: exec-3, exec-2, exec-1
        3 executions begin with exec-0f, such as exec-0f1 and exec-0f2
        ");
        assert_eq!(only_id("exec-0f", &ids(&["exec-0f1"]), &[]).unwrap(), "exec-0f1");
    }
}
