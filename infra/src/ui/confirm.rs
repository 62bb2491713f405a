//! Confirmation: of a plan by `y`, of a deletion by the name of the stack.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, anyhow};

use crate::hint::WithHint;
use crate::ui::output;

/// Whether a person is asked before a plan is applied.
pub(crate) fn needs_question(yes: bool, is_empty: bool, is_terminal: bool) -> bool {
    is_terminal && !yes && !is_empty
}

/// Whether somebody can answer: standard input is a terminal.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// Asks before a plan is applied. Anything but `y` or `yes` refuses.
pub(crate) fn confirm_changes() -> Result<()> {
    output::print_progress("Apply these changes? [y/N]");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("reading the confirmation")?;
    if is_yes(&line) {
        return Ok(());
    }
    let refused = Err(anyhow!("not confirmed; nothing was changed"));
    refused.with_hint("run the command again and answer `y`, or add `--yes`")
}

fn is_yes(line: &str) -> bool {
    ["y", "yes"].contains(&line.trim().to_ascii_lowercase().as_str())
}

pub(crate) fn confirm_name(
    given: Option<&str>,
    name: &str,
    question: &str,
    flag: &str,
) -> Result<()> {
    let typed = match given {
        Some(given) => given.to_owned(),
        None if io::stdin().is_terminal() => ask_name(name, question)?,
        None => {
            let unasked = Err(anyhow!("destroying `{name}` requires a confirmation"));
            return unasked
                .with_hint(format!("run the command in a terminal, or add `{flag} {name}`"));
        }
    };
    require_name(&typed, name)
}

/// Asks a question on a terminal, which `yes` confirms; elsewhere `flag` is required.
pub(crate) fn confirm_yes(question: &str, action: &str, flag: &str) -> Result<()> {
    if !io::stdin().is_terminal() {
        let unasked = Err(anyhow!("{question} Nothing was done: {action} requires a confirmation"));
        return unasked.with_hint(format!("run the command in a terminal, or add `{flag}`"));
    }
    match ask_line(&format!("{question} Type `yes` to continue:"))?.as_str() {
        "yes" => Ok(()),
        _ => Err(anyhow!("nothing was done")).with_hint("run the command again and type `yes`"),
    }
}

fn ask_name(name: &str, question: &str) -> Result<String> {
    ask_line(&format!("{question} Type the stack's name, `{name}`, to continue:"))
}

fn ask_line(question: &str) -> Result<String> {
    output::print_progress(question);
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("reading the confirmation")?;
    Ok(line.trim().to_owned())
}

fn require_name(typed: &str, name: &str) -> Result<()> {
    if typed == name {
        return Ok(());
    }
    let refused = Err(anyhow!("`{typed}` is not the stack's name `{name}`; nothing was destroyed"));
    refused.with_hint("run the command again and type the name of the stack")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_needs_changes_a_terminal_and_no_yes() {
        for (yes, is_empty, is_terminal, asks) in [
            (false, false, true, true),
            (true, false, true, false),
            (false, true, true, false),
            (false, false, false, false),
        ] {
            assert_eq!(needs_question(yes, is_empty, is_terminal), asks);
        }
    }

    #[test]
    fn only_yes_confirms() {
        assert!(["y\n", "Yes\n", " y "].iter().all(|line| is_yes(line)));
        assert!(!["", "\n", "n\n", "yep\n", "ye s"].iter().any(|line| is_yes(line)));
    }

    #[test]
    fn only_the_right_name_confirms() {
        assert!(confirm_name(Some("backup"), "backup", "", "--yes").is_ok());
        let refused = confirm_name(Some("other"), "backup", "", "--yes").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`other` is not the stack's name `backup`; nothing was destroyed"
        );
    }
}
