//! The paths of the project's folder and of the binaries built from it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The project's root folder.
#[must_use]
pub fn root_folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// A binary of this workspace, beside the running one.
///
/// # Errors
/// When it has not been built.
pub fn find_binary(name: &str) -> Result<PathBuf> {
    let here = env::current_exe().context("asking where this program lies")?;
    let folder = here
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps"))
        .context("this program lies in no folder")?;
    let path = folder.join(name);
    ensure!(path.exists(), "`{}` is not built; run `make build`", path.display());
    Ok(path)
}
