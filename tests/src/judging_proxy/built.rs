//! The programs that a run of the tests used: a record of other programs says nothing about these.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use domain::function::FunctionName;

use crate::project;

/// Each program by its path below the project's folder, with its size and the time of its build.
///
/// # Errors
/// When one is not built.
pub(super) fn identify_programs() -> Result<BTreeMap<String, String>> {
    let names = FunctionName::ALL
        .iter()
        .map(|function| function.name())
        .chain(["efs-s3", "datasync-local"]);
    let mut paths = vec![env::current_exe().context("asking where this program lies")?];
    for name in names {
        paths.push(project::find_binary(name)?);
    }
    paths.iter().map(|path| Ok((below_root(path), identify_file(path)?))).collect()
}

fn below_root(path: &Path) -> String {
    let below = path
        .strip_prefix(project::root_folder())
        .map_or_else(|_| path.to_path_buf(), PathBuf::from);
    below.display().to_string()
}

/// `<bytes>-<nanoseconds since 1970>`, as `tests/judge/recording.py` asks for it again.
fn identify_file(path: &Path) -> Result<String> {
    let read = || format!("reading `{}`", path.display());
    let metadata = fs::metadata(path).with_context(read)?;
    let built =
        metadata.modified().with_context(read)?.duration_since(UNIX_EPOCH).with_context(read)?;
    Ok(format!("{}-{}", metadata.len(), built.as_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_built_again_is_another() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let before = identify_file(file.path()).unwrap();
        assert_eq!(identify_file(file.path()).unwrap(), before);
        fs::write(file.path(), "another").unwrap();
        assert_ne!(identify_file(file.path()).unwrap(), before);
        assert!(before.starts_with("0-") && identify_file(Path::new("/no/such/program")).is_err());
    }
}
