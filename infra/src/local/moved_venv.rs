//! Repairs a moved virtual environment: its programs contain the old path of their Python.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Changes the first line of each program in `<venv>/bin` to the Python beside it
/// (`#!<venv>/bin/python`, as pip writes it).
pub(super) fn repair_venv(venv: &Path) -> Result<()> {
    let bin = venv.join("bin");
    let context = || format!("reading the programs in `{}`", bin.display());
    let here = bin.canonicalize().with_context(context)?.display().to_string();
    for entry in fs::read_dir(&bin).with_context(context)? {
        let path = entry.with_context(context)?.path();
        // pip writes only text programs.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some(text) = with_python_at(&here, &text) else { continue };
        write_over(&path, &text).with_context(|| format!("repairing `{}`", path.display()))?;
    }
    Ok(())
}

/// Returns the program with a corrected first line; `None` where it is correct, or does not name a
/// virtual environment.
fn with_python_at(bin: &str, program: &str) -> Option<String> {
    let (first, rest) = program.split_once('\n')?;
    let (folder, python) = first.strip_prefix("#!")?.rsplit_once('/')?;
    let is_of_a_venv =
        folder.starts_with('/') && folder.ends_with("/.venv/bin") && python.starts_with("python");
    (is_of_a_venv && folder != bin).then(|| format!("#!{bin}/{python}\n{rest}"))
}

/// Replaces the file completely or not at all, and keeps its mode.
fn write_over(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::set_permissions(&new, fs::metadata(path)?.permissions())?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_programs_of_a_moved_venv_change() {
        for (program, expected) in [
            ("#!/old/.venv/bin/python\nimport re\n", Some("#!/new/.venv/bin/python\nimport re\n")),
            ("#!/old/.venv/bin/python3.11\n", Some("#!/new/.venv/bin/python3.11\n")),
            ("#!/new/.venv/bin/python\nimport re\n", None),
            ("#!/bin/sh\nexec /old/.venv/bin/python\n", None),
            ("#!/usr/bin/python3\n", None),
            ("no program\n", None),
            ("", None),
        ] {
            assert_eq!(with_python_at("/new/.venv/bin", program).as_deref(), expected, "{program}");
        }
    }

    #[test]
    fn a_repaired_program_stays_executable() {
        let root = tempfile::tempdir().unwrap();
        let venv = root.path().join(".venv");
        fs::create_dir_all(venv.join("bin")).unwrap();
        let program = venv.join("bin/aws");
        fs::write(&program, "#!/old/.venv/bin/python\n").unwrap();
        fs::write(venv.join("bin/cargo-lambda"), [0x7f, b'E', 0xff, 0]).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        repair_venv(&venv).unwrap();
        let expected = format!("#!{}/bin/python\n", venv.canonicalize().unwrap().display());
        assert_eq!(fs::read_to_string(&program).unwrap(), expected);
        assert_eq!(fs::metadata(&program).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_dir(venv.join("bin")).unwrap().count(), 2, "nothing stays behind");
    }
}
