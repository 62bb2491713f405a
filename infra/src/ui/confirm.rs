//! Confirmation by the name of the stack, given as an argument or typed.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, anyhow};

use crate::hint::WithHint;
use crate::ui::output;

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
    fn only_the_right_name_confirms() {
        assert!(confirm_name(Some("backup"), "backup", "", "--yes").is_ok());
        let refused = confirm_name(Some("other"), "backup", "", "--yes").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`other` is not the stack's name `backup`; nothing was destroyed"
        );
    }
}
