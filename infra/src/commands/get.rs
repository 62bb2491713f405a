//! `get`: downloads one version of one file from S3 and compares it with its proof.

mod download;
mod write_file;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use chrono::{DateTime, Utc};
use domain::posix::{FileTime, Posix};
use domain::printable::escape_unprintable;
use serde::Serialize;

use download::{DownloadedContent, get_object};
use write_file::{metadata_by_proof, write_file};

use crate::access::Access;
use crate::cli::{GetArguments, Global};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::object_versions;
use crate::runs::version_origin::{RunRecords, VersionOrigin};
use crate::sync_view::{SyncView, read_view};
use crate::ui::format::format_bytes;
use crate::ui::output;

/// The downloaded file.
#[derive(Debug, Serialize)]
struct FetchedFile {
    file: PathBuf,
    version_id: String,
    bytes: u64,
    /// The digest of the written file, in lower-case hexadecimal.
    sha256: String,
    /// The owner and mode of the object metadata that no proof lists and that were not applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// The reason why the file system cannot store its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_not_kept: Option<String>,
    #[serde(flatten)]
    origin: VersionOrigin,
}

pub(super) async fn run(global: &Global, arguments: &GetArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let view = read_view(&context, arguments.sync.name.as_deref()).await?;
    let path = arguments.path.trim_start_matches('/');
    let file = destination_file(path, arguments)?;
    let answer = get_object(&view, path, arguments.version.as_deref()).await?;
    let version_id = answer.version_id().unwrap_or("null").to_owned();
    let (at, stated) = (written_at(&answer), stated_metadata(&answer));
    let content = DownloadedContent::read(answer, folder_of(&file)).await?;
    let origin = origin_of(&view, path, &version_id, at).await?;
    require_proven_content(&content, &origin)?;
    let DownloadedContent { fetched, bytes, sha256 } = content;
    let (posix, refused) = metadata_by_proof(&stated, &version_id, origin.object.as_ref());
    let put = write_file(fetched, &file, &posix, arguments.overwrite)
        .with_context(|| format!("writing `{}`", file.display()))?;
    let time_not_kept = put.err().map(|why| why.to_string());
    let fetched = FetchedFile { file, version_id, bytes, sha256, refused, time_not_kept, origin };
    output::print_data(global.output, &fetched, fetched_text(&fetched))?;
    Ok(ExitCode::SUCCESS)
}

fn written_at(answer: &GetObjectOutput) -> DateTime<Utc> {
    object_versions::to_utc(answer.last_modified()).unwrap_or_default()
}

async fn origin_of(
    view: &SyncView,
    path: &str,
    version_id: &str,
    at: DateTime<Utc>,
) -> Result<VersionOrigin> {
    let runs = RunRecords::read_all(&view.context.records).await?;
    runs.find_origin(view, &view.destination_bucket().key_of(path), version_id, at).await
}

/// Returns the metadata of the object, with its own time if it states none, as DataSync does (User
/// Guide, "Default POSIX metadata").
fn stated_metadata(answer: &GetObjectOutput) -> Posix {
    let posix = Posix::from_metadata(|key| {
        answer.metadata().and_then(|all| all.get(key)).map(String::as_str)
    });
    let modified = answer.last_modified().map(|time| FileTime::from_seconds(time.secs()));
    Posix { mtime: posix.mtime.or(modified), ..posix }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) const ACCESS: Access = Access {
    destination: &["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
    ..Access::NONE
};

/// Returns the path of the file to write, which must not exist without `--overwrite`.
fn destination_file(path: &str, arguments: &GetArguments) -> Result<PathBuf> {
    let name = Path::new(path).file_name().filter(|_| !path.ends_with('/'));
    let name = name.ok_or_else(|| anyhow!("`{path}` is a directory"));
    let name =
        name.with_hint("`get` downloads one file; use `efs-s3 restore --prefix` for a directory")?;
    let file = match &arguments.to {
        Some(directory) if directory.is_dir() => directory.join(name),
        Some(file) => file.clone(),
        None => PathBuf::from(name),
    };
    if file.symlink_metadata().is_ok() && !arguments.overwrite {
        let exists = Err(anyhow!("nothing was downloaded: `{}` already exists", file.display()));
        return exists
            .with_hint("give another name with `--to`, or replace the file with `--overwrite`");
    }
    Ok(file)
}

/// Fails if the content differs from the proven one.
fn require_proven_content(content: &DownloadedContent, origin: &VersionOrigin) -> Result<()> {
    let Some(proven) = origin.sha256.as_ref().filter(|proven| **proven != content.sha256) else {
        return Ok(());
    };
    let differs = Err(anyhow!(
        "nothing was downloaded: the SHA-256 is {}, but {proven} was proven",
        content.sha256
    ));
    differs.with_hint(
        "run `efs-s3 audit` to find other altered objects, `efs-s3 versions` for other versions",
    )
}

fn fetched_text(fetched: &FetchedFile) -> String {
    let FetchedFile { file, version_id, bytes, sha256, refused, time_not_kept, origin } = fetched;
    let size = format_bytes(i64::try_from(*bytes).unwrap_or(i64::MAX));
    let proof = proof_clause(origin);
    let refused = refused.as_ref().map(|asked| {
        format!(
            "  not applied from the object metadata, because no proof lists them: {asked}; the \
                file belongs to you, with mode 0600\n"
        )
    });
    let refused = refused.unwrap_or_default();
    let time = time_not_kept.as_ref().map(|why| format!("  {why}\n")).unwrap_or_default();
    let file = escape_unprintable(&file.display().to_string());
    format!("{file}: {size}, version {version_id}, SHA-256 {sha256}: {proof}\n{refused}{time}")
}

fn proof_clause(origin: &VersionOrigin) -> String {
    match (&origin.execution, origin.proven, &origin.sha256) {
        (Some(execution), true, Some(_)) => format!("as proven by {execution}"),
        (Some(execution), true, None) => {
            format!("proven by {execution}, without a digest of the content")
        }
        _ => "this version is not proven".to_owned(),
    }
}

#[cfg(test)]
mod tests;
