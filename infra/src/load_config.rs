//! Reads `stack.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use domain::config::{self, StackConfig};

use crate::hint::WithHint;

/// The configuration, checked.
pub(crate) fn load_config(path: &Path) -> Result<StackConfig> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("reading `{}`; `efs-s3 init` writes one", path.display()));
    let text = text.with_hint("write one with `efs-s3 init`, or name yours with `--config`")?;
    let config =
        config::parse(&text).map_err(|problems| anyhow!("`{}` has {problems}", path.display()));
    config.with_hint(format!("correct `{}`, then look with `efs-s3 plan`", path.display()))
}
