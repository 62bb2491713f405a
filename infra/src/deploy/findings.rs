//! The problems and warnings before a deploy, as text.

use bootstrap_stack::PreflightFinding as Finding;
use domain::config::ConfigWarning;

/// Returns a paragraph with problem, reason and next step for each finding, and a line for each
/// warning of stack.toml.
pub(crate) fn findings_text(
    problems: &[Finding],
    warnings: &[Finding],
    of_config: &[ConfigWarning],
) -> String {
    let paragraph = |word: &str, Finding { what, why, next }: &Finding| {
        format!("{word}: {what}\n  Why:  {why}\n  Next: {next}\n")
    };
    let problems = problems.iter().map(|finding| paragraph("Problem", finding));
    let warnings = warnings.iter().map(|finding| paragraph("Warning", finding));
    let of_config = of_config.iter().map(|warning| format!("Warning: {warning}\n"));
    problems.chain(warnings).chain(of_config).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example_finding(what: &str) -> Finding {
        Finding { what: what.into(), why: "because".into(), next: "do that".into() }
    }

    #[test]
    fn problems_come_before_warnings() {
        let of_config = ConfigWarning {
            key: "task.overwrite_mode".into(),
            value: "\"NEVER\"".into(),
            message: "changed files go stale".into(),
        };
        insta::assert_snapshot!(findings_text(&[example_finding("unknown zone")], &[example_finding("overlapping CIDR")], &[of_config]), @r#"
        Problem: unknown zone
          Why:  because
          Next: do that
        Warning: overlapping CIDR
          Why:  because
          Next: do that
        Warning: task.overwrite_mode = "NEVER": changed files go stale
        "#);
        assert_eq!(findings_text(&[], &[], &[]), "");
    }
}
