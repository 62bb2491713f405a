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

/// Refuses credentials of another account than `stack.account`.
pub(crate) fn require_account(path: &Path, config: &StackConfig, found: &str) -> Result<()> {
    // Only the line of the key is taken from it: without it the message has no line.
    let text = fs::read_to_string(path).unwrap_or_default();
    let allowed = config::refuse_other_account(config, &text, found);
    let allowed = allowed.map_err(|problem| anyhow!("`{}`, {problem}", path.display()));
    allowed.with_hint(format!(
        "use credentials of that account (`AWS_PROFILE`), or correct stack.account in `{}`",
        path.display()
    ))
}
