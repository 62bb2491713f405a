//! `.venv`: MiniStack and `cargo-lambda` from `PyPI`, pinned, made on first use and again when the
//! pins change.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use super::moved_venv;
use crate::output;

const REQUIREMENTS: &str = include_str!("../../local-requirements.txt");
const VENV: &str = ".venv";

/// The program that deploys functions: ours, or the one on the path.
pub(crate) fn cargo_lambda() -> PathBuf {
    let ours = Path::new(VENV).join("bin/cargo-lambda");
    if ours.exists() { ours } else { PathBuf::from("cargo-lambda") }
}

/// The Python that has MiniStack, absolute. The links of its path stay: they tell Python which
/// environment it is of.
pub(super) fn python() -> Result<PathBuf> {
    let venv = Path::new(VENV).canonicalize().with_context(|| format!("looking for `{VENV}`"))?;
    Ok(venv.join("bin/python"))
}

/// Makes `.venv` unless it is there as it should be. Safe to interrupt: the mark that it is whole
/// is written last.
pub(crate) async fn install() -> Result<()> {
    let mark = Path::new(VENV).join("efs-s3-requirements.sha256");
    let digest = hex::encode(Sha256::digest(REQUIREMENTS));
    if fs::read_to_string(&mark).is_ok_and(|there| there == digest) {
        return moved_venv::repair(Path::new(VENV));
    }
    output::progress(format!("installing MiniStack and cargo-lambda into `{VENV}` …"));
    make_venv().await?;
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
    run(pip.arg(&requirements), "installing the requirements; check the network and run it again")
        .await?;
    fs::write(&mark, digest).with_context(|| format!("writing `{}`", mark.display()))
}

async fn make_venv() -> Result<()> {
    let too_old = "import sys; sys.exit(sys.version_info < (3, 11))";
    if Command::new("python3")
        .args(["-c", too_old])
        .status()
        .await
        .is_ok_and(|status| !status.success())
    {
        bail!(
            "`python3` is older than 3.11, which the local cloud needs; put a newer one first on \
                the path"
        );
    }
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear", VENV]);
    let output = match venv.output().await {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "`python3` is not installed; the local cloud needs Python 3.11 or newer, with venv"
            )
        }
        Err(error) => return Err(error).context("starting `python3`"),
    };
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "making `{VENV}` failed: {}; on Debian and Ubuntu `apt-get install python3-venv` brings \
            what is missing",
        last_lines(&[output.stdout, output.stderr].concat())
    )
}

async fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().await.with_context(|| what.to_owned())?;
    if !output.status.success() {
        bail!("{what}: {}", last_lines(&[output.stdout, output.stderr].concat()));
    }
    Ok(())
}

/// The end of what a program printed, on one line.
pub(super) fn last_lines(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(5)..].join(" / ")
}
