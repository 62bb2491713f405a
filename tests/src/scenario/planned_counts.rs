//! A deploy does as much as its plan says.

use anyhow::{Context, Result, ensure};

use crate::command_line::Finished;

/// Fails unless the numbers planned are those done. The demo shows standard error, with the plan,
/// instead of capturing it.
pub(super) fn require_planned_counts(deployed: &Finished) -> Result<()> {
    if deployed.stderr.is_empty() {
        return Ok(());
    }
    let planned = read_numbers(&deployed.stderr, "Plan: ")?;
    let done = read_numbers(&deployed.stdout, "Deployed: ")?;
    ensure!(planned == done, "{planned:?} planned, {done:?} done: {}", deployed.both_outputs());
    Ok(())
}

/// The numbers to add, to change and to destroy in the line that begins like this.
fn read_numbers(text: &str, beginning: &str) -> Result<[usize; 3]> {
    let line = text.lines().find_map(|line| line.strip_prefix(beginning));
    let line = line.with_context(|| format!("no line begins with `{beginning}`: {text}"))?;
    let parts = line.split(", ").map(|part| part.split(' ').next().unwrap_or_default().parse());
    let numbers: Vec<usize> = parts.filter_map(Result::ok).collect();
    let numbers = numbers.get(..3).and_then(|first| <[usize; 3]>::try_from(first).ok());
    numbers.with_context(|| format!("not three numbers: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_numbers_are_found() {
        let finished = |planned: &str| Finished {
            code: 0,
            stdout: "Deployed: 61 added, 1 changed, 0 destroyed, in 2.5 s.\n".to_owned(),
            stderr: format!("control plane\nPlan: {planned} to destroy.\n"),
        };
        require_planned_counts(&finished("61 to add, 1 to change, 0")).unwrap();
        assert!(require_planned_counts(&finished("59 to add, 1 to change, 0")).is_err());
    }
}
