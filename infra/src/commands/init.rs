//! `init`: writes a commented `stack.toml`.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use domain::config::{TemplateValues, render_template};

use crate::cli::{Global, InitArguments};
use crate::hint::WithHint;
use crate::ui::output;

pub(super) fn run(global: &Global, arguments: &InitArguments) -> Result<ExitCode> {
    let text =
        render_template(&TemplateValues { stack_name: &arguments.name, region: &arguments.region });
    let path = &global.config;
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
    let next = if global.local { "`efs-s3 --local plan`" } else { "`efs-s3 plan`" };
    output::print_progress(format!("wrote `{}`; next: {next}", path.display()));
    Ok(ExitCode::SUCCESS)
}
