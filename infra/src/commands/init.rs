//! `init`: writes a commented `stack.toml`.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use domain::config::{self, ConfigProblem, TemplateValues, render_template};

use crate::cli::{Global, InitArguments};
use crate::hint::WithHint;
use crate::ui::output;

pub(super) fn run(global: &Global, arguments: &InitArguments) -> Result<ExitCode> {
    let text =
        render_template(&TemplateValues { stack_name: &arguments.name, region: &arguments.region });
    let path = &global.config;
    require_valid(&text)?;
    let written = if arguments.force {
        fs::write(path, text)
    } else {
        File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()))
    };
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = Err(anyhow!("`{}` already exists", path.display()));
            return there.with_hint("edit the file, or replace it with `--force`");
        }
        written => written.with_context(|| format!("writing `{}`", path.display()))?,
    }
    output::print_progress(format!("wrote `{}`; next: `efs-s3 plan`", path.display()));
    Ok(ExitCode::SUCCESS)
}

/// Fails if the template with these values is no configuration.
fn require_valid(text: &str) -> Result<()> {
    match config::parse(text) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let problems =
                problems.0.into_iter().map(|problem| ConfigProblem { line: None, ..problem });
            let problems: Vec<_> = problems.map(|problem| problem.to_string()).collect();
            Err(anyhow!("nothing was written: {}", problems.join("; ")))
                .with_hint("correct `--name` or `--region`")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hint::hint_for;

    #[test]
    fn a_name_that_is_refused_later_is_refused_here() {
        for (name, region, is_valid) in [
            ("backup", "eu-central-1", true),
            ("Bad Name!", "eu-central-1", false),
            ("a\"b", "eu-central-1", false),
            ("a\nb", "eu-central-1", false),
            ("backup", "Frankfurt", false),
        ] {
            let text = render_template(&TemplateValues { stack_name: name, region });
            assert_eq!(require_valid(&text).is_ok(), is_valid, "{name} {region}");
        }
        let text =
            render_template(&TemplateValues { stack_name: "Bad Name!", region: "eu-central-1" });
        let refused = require_valid(&text).unwrap_err();
        insta::assert_snapshot!(format!("{refused}\nnext: {}", hint_for(&refused, "")), @r#"
        nothing was written: stack.name = "Bad Name!": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
        next: correct `--name` or `--region`
        "#);
    }
}
