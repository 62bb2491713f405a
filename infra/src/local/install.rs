//! `.venv`: MiniStack and `cargo-lambda` from `PyPI` in pinned versions, installed at first use and
//! again when the versions change.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::moved_venv;
use crate::ui::output;

const REQUIREMENTS: &str = include_str!("../../local-requirements.txt");
const VENV: &str = ".venv";

/// Returns the path of cargo-lambda, which deploys functions: in `.venv`, or on the path.
pub(crate) fn cargo_lambda() -> PathBuf {
    let ours = Path::new(VENV).join("bin/cargo-lambda");
    if ours.exists() { ours } else { PathBuf::from("cargo-lambda") }
}

/// Returns the absolute path of the Python with MiniStack. Symlinks in it are kept: they tell
/// Python which environment it is in.
pub(super) fn venv_python() -> Result<PathBuf> {
    let venv = Path::new(VENV).canonicalize().with_context(|| format!("looking for `{VENV}`"))?;
    Ok(venv.join("bin/python"))
}

/// The directory of this executable, where cargo also puts the functions and `datasync-local`.
pub(crate) fn program_directory() -> Result<PathBuf> {
    let program = env::current_exe().context("finding the directory of this program")?;
    Ok(program.parent().unwrap_or(Path::new(".")).to_path_buf())
}

/// Installs `.venv` if it is missing or outdated. Safe to interrupt: the marker of a complete
/// installation is written last.
pub(crate) async fn install_requirements() -> Result<()> {
    let mark = Path::new(VENV).join("efs-s3-requirements.sha256");
    let digest = hex::encode(Sha256::digest(REQUIREMENTS));
    if fs::read_to_string(&mark).is_ok_and(|there| there == digest) {
        return moved_venv::repair_venv(Path::new(VENV));
    }
    output::print_progress(format!("installing MiniStack and cargo-lambda into `{VENV}` …"));
    create_venv().await?;
    install_with_pip().await?;
    fs::write(&mark, digest).with_context(|| format!("writing `{}`", mark.display()))
}

async fn install_with_pip() -> Result<()> {
    let requirements = Path::new(VENV).join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS)
        .with_context(|| format!("writing `{}`", requirements.display()))?;
    let mut pip = Command::new(Path::new(VENV).join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--requirement",
    ]);
    run_program(
        pip.arg(&requirements),
        "installing the requirements; check the network and run the command again",
    )
    .await
}

async fn create_venv() -> Result<()> {
    refuse_old_python().await?;
    let output = run_venv().await?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "creating `{VENV}` failed: {}; on Debian and Ubuntu run `apt-get install python3-venv`",
        last_lines(&[output.stdout, output.stderr].concat())
    )
}

async fn run_venv() -> Result<Output> {
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear", VENV]);
    match venv.output().await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "`python3` is not installed; the local cloud needs Python 3.11 or newer, with venv"
            )
        }
        output => output.context("starting `python3`"),
    }
}

async fn refuse_old_python() -> Result<()> {
    let too_old = "import sys; sys.exit(sys.version_info < (3, 11))";
    let asked = Command::new("python3").args(["-c", too_old]).status().await;
    if asked.is_ok_and(|status| !status.success()) {
        bail!(
            "`python3` is older than 3.11, which the local cloud needs; put a newer one first on \
                the path"
        );
    }
    Ok(())
}

async fn run_program(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().await.with_context(|| what.to_owned())?;
    if !output.status.success() {
        bail!("{what}: {}", last_lines(&[output.stdout, output.stderr].concat()));
    }
    Ok(())
}

/// Returns the end of the output of a program, on one line.
pub(super) fn last_lines(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(5)..].join(" / ")
}
