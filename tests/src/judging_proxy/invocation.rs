//! The command that a process of the command line runs, with its configuration: they decide which
//! policy of `efs-s3 iam-policy` has to allow its calls.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// Arguments of every command that have a value (`infra/src/cli.rs`, `Global`).
const WITH_VALUE: [&str; 4] = ["--config", "--local-dir", "--local-account", "--output"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Invocation {
    /// `deploy`, `status`.
    command: String,
    /// The text of `stack.toml` at the time.
    config: String,
}

impl Invocation {
    /// `None` when the process has ended meanwhile, or has no configuration.
    pub(super) fn of_process(process: &Path) -> Option<Self> {
        let line = fs::read_to_string(process.join("cmdline")).ok()?;
        let arguments: Vec<&str> = line.trim_end_matches('\0').split('\0').skip(1).collect();
        let path = process.join("cwd").join(config_in(&arguments));
        Some(Self {
            command: command_in(&arguments)?.to_owned(),
            config: fs::read_to_string(path).ok()?,
        })
    }
}

fn config_in<'a>(arguments: &[&'a str]) -> &'a str {
    let place = arguments.iter().position(|argument| *argument == "--config");
    place.and_then(|place| arguments.get(place + 1).copied()).unwrap_or("stack.toml")
}

/// The first argument that is neither an option nor the value of one.
fn command_in<'a>(arguments: &[&'a str]) -> Option<&'a str> {
    let mut arguments = arguments.iter().copied();
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument) {
            arguments.next();
        } else if !argument.starts_with('-') {
            return Some(argument);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_behind_the_values_of_options() {
        let shared = ["--local-dir", "deploy", "--local", "--config", "/a/stack.toml"];
        let arguments = [shared.as_slice(), &["status", "--output", "json"]].concat();
        assert_eq!(
            (command_in(&arguments), config_in(&arguments)),
            (Some("status"), "/a/stack.toml")
        );
        assert_eq!((command_in(&["--local"]), config_in(&["plan"])), (None, "stack.toml"));
    }

    #[test]
    fn a_process_without_a_configuration_has_no_invocation() {
        assert_eq!(Invocation::of_process(Path::new("/proc/self")), None);
        assert_eq!(Invocation::of_process(Path::new("/proc/0")), None);
    }
}
