//! `init`: a commented `stack.toml` to begin with.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use domain::config::{TemplateValues, render_template};

use crate::advice::Advise;
use crate::cli::{Global, InitArguments};
use crate::output;

pub(super) fn run(global: &Global, arguments: &InitArguments) -> Result<ExitCode> {
    let text =
        render_template(&TemplateValues { stack_name: &arguments.name, region: &arguments.region });
    let path = &global.config;
    let context = || format!("writing `{}`", path.display());
    if arguments.force {
        fs::write(path, text).with_context(context)?;
    } else {
        match File::create_new(path) {
            Ok(mut file) => file.write_all(text.as_bytes()).with_context(context)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let there = Err(anyhow!("`{}` is there already", path.display()));
                return there.advise("edit it, or replace it with `--force`");
            }
            Err(error) => return Err(error).with_context(context),
        }
    }
    let next = if global.local { "`efs-s3 --local plan`" } else { "`efs-s3 plan`" };
    output::progress(format!("wrote `{}`; next: {next}", path.display()));
    Ok(ExitCode::SUCCESS)
}
