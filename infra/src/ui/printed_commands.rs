//! The commands in printed texts: each is given the global options of this invocation, so that it
//! acts on the same stack when it is pasted.

use std::borrow::Cow;
use std::sync::OnceLock;

use clap::CommandFactory;

use crate::cli::{CliArguments, Global};

const PROGRAM: &str = "efs-s3 ";
const LOCAL: &str = "--local ";
/// The options that a command about the local cloud itself has.
const OF_LOCAL: [&str; 2] = ["--config", "--local-dir"];

static IN_FORCE: OnceLock<PrintedCommands> = OnceLock::new();

/// Takes the options of this invocation for all texts that follow.
pub(crate) fn use_options(global: &Global) {
    IN_FORCE.get_or_init(|| PrintedCommands::new(global));
}

/// Returns the text with the options in force in each command of ours.
pub(super) fn complete_commands(text: &str) -> Cow<'_, str> {
    IN_FORCE.get().map_or(Cow::Borrowed(text), |printed| printed.complete(text))
}

/// The names of the commands, and the options that each is given.
#[derive(Debug)]
struct PrintedCommands {
    names: Vec<String>,
    options: Vec<(&'static str, Option<String>)>,
}

impl PrintedCommands {
    fn new(global: &Global) -> Self {
        let command = CliArguments::command();
        let names = command.get_subcommands().map(|command| command.get_name().to_owned());
        Self { names: names.collect(), options: global.in_force() }
    }

    fn complete<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.options.is_empty() || !text.contains(PROGRAM) {
            return Cow::Borrowed(text);
        }
        let mut parts = text.split(PROGRAM);
        let first = parts.next().unwrap_or_default().to_owned();
        let completed = parts.fold(first, |text, rest| {
            // Some commands are about the local cloud whatever the options are.
            let (is_local, rest) = match rest.strip_prefix(LOCAL) {
                Some(rest) => (true, rest),
                None => (false, rest),
            };
            let local = if is_local { LOCAL } else { "" };
            text + PROGRAM + local + &self.options_of(self.find_name(rest), is_local) + rest
        });
        Cow::Owned(completed)
    }

    /// The command with which the rest begins. `efs-s3 deploy by anna` is the owner of a lock.
    fn find_name(&self, rest: &str) -> Option<&str> {
        let end = rest.find(|one: char| one != '-' && !one.is_ascii_lowercase());
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let is_owner = after.starts_with(" by ");
        self.names.iter().map(String::as_str).find(|known| *known == name && !is_owner)
    }

    /// Returns the options of a command; `is_local` if its text has `--local` already.
    fn options_of(&self, name: Option<&str>, is_local: bool) -> String {
        let Some(name) = name else { return String::new() };
        let takes = |option: &str| match name {
            "local" => OF_LOCAL.contains(&option),
            _ => !(is_local && option == LOCAL.trim_end()),
        };
        let taken = self.options.iter().filter(|(option, _)| takes(option));
        taken.map(|(option, value)| option_text(option, value.as_deref())).collect()
    }
}

fn option_text(option: &str, value: Option<&str>) -> String {
    let value = value.map(|value| format!("{} ", shell_word(value))).unwrap_or_default();
    format!("{option} {value}")
}

/// Returns a text as one word of a shell, with quotation marks where it needs them. A NUL, which no
/// shell can hold, is left out.
pub(crate) fn shell_word(text: &str) -> String {
    let without_nul = text.replace('\0', "");
    let quoted = shlex::try_quote(&without_nul).map(Cow::into_owned);
    quoted.unwrap_or(without_nul)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn complete(arguments: &[&str], text: &str) -> String {
        let typed = ["efs-s3", "status"].iter().chain(arguments);
        let cli = CliArguments::try_parse_from(typed).unwrap();
        PrintedCommands::new(&cli.global).complete(text).into_owned()
    }

    #[test]
    fn each_printed_command_has_the_options_in_force() {
        let text = "run `efs-s3 deploy`, then\nnext: efs-s3 sync --wait";
        assert_eq!(complete(&[], text), text);
        assert_eq!(
            complete(&["--local"], text),
            "run `efs-s3 --local deploy`, then\nnext: efs-s3 --local sync --wait"
        );
        assert_eq!(
            complete(&["--config", "my stack.toml", "--profile", "ops"], "`efs-s3 runs`"),
            "`efs-s3 --config 'my stack.toml' --profile ops runs`"
        );
        assert_eq!(
            complete(&["--local", "--local-account", "111122223333"], "`efs-s3 get a`"),
            "`efs-s3 --local --local-account 111122223333 get a`"
        );
    }

    #[test]
    fn the_local_cloud_is_meant_without_local() {
        let arguments = ["--local", "--local-dir", "/tmp/x", "--local-account", "111122223333"];
        assert_eq!(
            complete(&arguments, "start it with `efs-s3 local up`"),
            "start it with `efs-s3 --local-dir /tmp/x local up`"
        );
    }

    #[test]
    fn a_command_with_local_in_its_text_gets_the_other_options() {
        let text = "`efs-s3 --local audit` finds them";
        let directory = ["--local-dir", "/tmp/x"];
        assert_eq!(
            complete(&directory, text),
            "`efs-s3 --local --local-dir /tmp/x audit` finds them"
        );
        assert_eq!(complete(&["--local"], text), text);
    }

    #[test]
    fn a_value_is_one_word_of_a_shell() {
        for (text, word) in [("a/b", "a/b"), ("a b", "'a b'"), ("a\0b", "ab")] {
            assert_eq!(shell_word(text), word);
        }
        assert_eq!(shlex::split(&shell_word("it's $HOME")), Some(vec!["it's $HOME".to_owned()]));
    }

    #[test]
    fn what_is_no_command_stays() {
        for text in [
            "held by efs-s3 deploy by anna on laptop",
            "which efs-s3 never changes",
            "`efs-s3 --local deploy`",
            "efs-s3 ",
        ] {
            assert_eq!(complete(&["--local"], text), text);
        }
    }
}
