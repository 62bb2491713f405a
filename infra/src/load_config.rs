//! Loads `stack.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use domain::config::{self, StackConfig};

use crate::hint::WithHint;

/// Loads and checks the configuration.
pub(crate) fn load_config(path: &Path) -> Result<StackConfig> {
    let text = fs::read_to_string(path).with_context(|| format!("reading `{}`", path.display()));
    let text = text.with_hint("create one with `efs-s3 init`, or give its path with `--config`")?;
    let config =
        config::parse(&text).map_err(|problems| anyhow!("`{}` has {problems}", path.display()));
    config.with_hint(format!("correct `{}`, then run `efs-s3 plan`", path.display()))
}
