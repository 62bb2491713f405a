//! `get`: one version of one file, straight from S3, with its mode and modification time.

use std::fs::{File, FileTimes, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow};
use aws_edge::SdkFailure;
use pipeline::posix::Posix;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::advice::Advise;
use crate::cli::{GetArguments, Global};
use crate::place::Place;
use crate::{follow, output};

/// What was fetched.
#[derive(Debug, Serialize)]
struct Fetched {
    file: PathBuf,
    version_id: Option<String>,
    bytes: u64,
    /// Of what was written, lower-case hexadecimal.
    sha256: String,
}

pub(super) async fn run(global: &Global, arguments: &GetArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = super::deployed(&place).await?;
    let path = arguments.path.trim_start_matches('/');
    let name = Path::new(path).file_name().context("reading the path: it names no file")?;
    let file = arguments.to.clone().unwrap_or_else(|| PathBuf::from(name));
    if file.symlink_metadata().is_ok() && !arguments.overwrite {
        let there = Err(anyhow!("nothing was fetched: `{}` is there already", file.display()));
        return there.advise("give another name with `--to`, or replace it with `--overwrite`");
    }
    let key = format!("{}{path}", outputs.destination_prefix);
    let get = place.aws.s3.get_object().bucket(&outputs.destination_bucket).key(&key);
    let answer = get.set_version_id(arguments.version.clone()).send().await.map_err(SdkFailure::from);
    let answer = answer.with_context(|| format!("fetching s3://{}/{key}", outputs.destination_bucket));
    let mut answer = answer.advise(format!("see what there is: efs-s3 versions '{path}'"))?;
    let posix = Posix::from_metadata(|key| answer.metadata.as_ref().and_then(|all| all.get(key)).map(String::as_str));
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut fetched = NamedTempFile::new_in(folder).with_context(|| format!("writing into `{}`", folder.display()))?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    while let Some(chunk) = answer.body.next().await {
        let chunk = chunk.with_context(|| format!("reading s3://{}/{key}", outputs.destination_bucket))?;
        digest.update(&chunk);
        bytes += chunk.len() as u64;
        fetched.write_all(&chunk).with_context(|| format!("writing into `{}`", folder.display()))?;
    }
    dress(fetched.as_file(), &posix).context("setting mode and modification time")?;
    put(fetched, &file, arguments.overwrite)?;
    let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let fetched = Fetched { file, version_id: answer.version_id, bytes, sha256 };
    output::data(global.output, &fetched, text(&fetched))?;
    Ok(ExitCode::SUCCESS)
}

fn dress(file: &File, posix: &Posix) -> std::io::Result<()> {
    if let Some(mode) = posix.permissions() {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    let since = posix.mtime.and_then(|time| u64::try_from(time.nanos()).ok()).map(Duration::from_nanos);
    match since {
        Some(since) => file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + since)),
        None => Ok(()),
    }
}

/// Whole or not at all; without `overwrite` never over a file that came meanwhile.
fn put(fetched: NamedTempFile, file: &Path, overwrite: bool) -> Result<()> {
    let placed = if overwrite { fetched.persist(file) } else { fetched.persist_noclobber(file) };
    placed.map(drop).map_err(|error| error.error).with_context(|| format!("writing `{}`", file.display()))
}

fn text(fetched: &Fetched) -> String {
    let Fetched { file, version_id, bytes, sha256 } = fetched;
    let size = follow::bytes(i64::try_from(*bytes).unwrap_or(i64::MAX));
    let version = version_id.as_deref().unwrap_or("null");
    format!("{}: {size}, version {version}, SHA-256 {sha256}\n", file.display())
}
