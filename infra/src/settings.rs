//! Reads `stack.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use pipeline::config::{self, StackConfig};

/// The configuration, checked.
pub(crate) fn read(path: &Path) -> Result<StackConfig> {
    let text =
        fs::read_to_string(path).with_context(|| format!("reading `{}`; `efs-s3 init` writes one", path.display()))?;
    config::parse(&text).map_err(|problems| anyhow!("`{}` has {problems}", path.display()))
}
