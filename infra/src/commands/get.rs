//! `get`: downloads one version of one file from S3 and compares it with its proof.

mod download;
mod print_content;
mod requested_version;
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
use print_content::PrintedContent;
pub(super) use print_content::print_content;
pub(super) use requested_version::RequestedVersion;
use requested_version::require_file_path;
use write_file::{metadata_by_proof, write_file};

use crate::access::Access;
use crate::bucket_view::BucketView;
use crate::cli::{GetArguments, Global};
use crate::hint::{WithHint, hinted_error};
use crate::runs::object_versions;
use crate::runs::version_origin::VersionOrigin;
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
    /// Absent where no proofs are read.
    #[serde(flatten)]
    origin: Option<VersionOrigin>,
}

pub(super) async fn run(global: &Global, arguments: &GetArguments) -> Result<ExitCode> {
    let path = arguments.path.trim_start_matches('/');
    let requested =
        RequestedVersion::from_arguments(arguments.version.as_deref(), arguments.at.as_deref())?;
    if arguments.to.as_deref() == Some(Path::new("-")) {
        let view = BucketView::open_bucket(global, &arguments.bucket).await?;
        let printed = print_content(&view, path, &requested).await?;
        output::print_progress(printed_text(path, &printed));
        return Ok(ExitCode::SUCCESS);
    }
    let file = destination_file(path, arguments)?;
    let view = BucketView::open_bucket(global, &arguments.bucket).await?;
    let id = requested.find_id(&view, path).await?;
    let fetched = fetch_file(&view, path, id.as_deref(), file, arguments.overwrite).await?;
    output::print_data(global.output, &fetched, fetched_text(&fetched))?;
    Ok(ExitCode::SUCCESS)
}

async fn fetch_file(
    view: &BucketView,
    path: &str,
    id: Option<&str>,
    file: PathBuf,
    overwrite: bool,
) -> Result<FetchedFile> {
    let answer = get_object(view, path, id).await?;
    let ((version_id, at), stated) = (version_of(&answer), stated_metadata(&answer));
    let content = DownloadedContent::read(answer, folder_of(&file)).await?;
    let origin = view.find_origin(&view.bucket.key_of(path), &version_id, at).await?;
    require_proven_content(&content, origin.as_ref())?;
    let DownloadedContent { fetched, bytes, sha256 } = content;
    let proof = origin.as_ref().and_then(|origin| origin.object.as_ref());
    let (posix, refused) = metadata_by_proof(&stated, &version_id, proof);
    let put = write_file(fetched, &file, &posix, overwrite)
        .with_context(|| format!("writing `{}`", file.display()))?;
    let time_not_kept = put.err().map(|why| why.to_string());
    Ok(FetchedFile { file, version_id, bytes, sha256, refused, time_not_kept, origin })
}

/// Returns the id of a downloaded version and the time at which it was written.
fn version_of(answer: &GetObjectOutput) -> (String, DateTime<Utc>) {
    let id = answer.version_id().unwrap_or("null").to_owned();
    (id, object_versions::to_utc(answer.last_modified()).unwrap_or_default())
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
    require_file_path(path)?;
    let name = Path::new(path).file_name();
    let name = name.ok_or_else(|| anyhow!("`{path}` names no file"))?;
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
fn require_proven_content(
    content: &DownloadedContent,
    origin: Option<&VersionOrigin>,
) -> Result<()> {
    let Some(differs) = differing_digest(&content.sha256, origin) else { return Ok(()) };
    let hint =
        "run `efs-s3 audit` to find other altered objects, `efs-s3 versions` for other versions";
    Err(hinted_error(differs.context("nothing was downloaded"), hint))
}

/// Returns an error if the digest differs from the proven one.
fn differing_digest(sha256: &str, origin: Option<&VersionOrigin>) -> Option<anyhow::Error> {
    let proven = origin?.sha256.as_ref().filter(|proven| *proven != sha256)?;
    Some(anyhow!("the SHA-256 is {sha256}, but {proven} was proven"))
}

fn printed_text(path: &str, printed: &PrintedContent) -> String {
    let PrintedContent { version_id, bytes, sha256, origin } = printed;
    content_text(&escape_unprintable(path), version_id, *bytes, sha256, origin.as_ref())
}

fn content_text(
    name: &str,
    version_id: &str,
    bytes: u64,
    sha256: &str,
    origin: Option<&VersionOrigin>,
) -> String {
    let size = format_bytes(i64::try_from(bytes).unwrap_or(i64::MAX));
    let proof = proof_clause(origin);
    format!("{name}: {size}, version {version_id}, SHA-256 {sha256}: {proof}")
}

fn fetched_text(fetched: &FetchedFile) -> String {
    let FetchedFile { file, version_id, bytes, sha256, refused, time_not_kept, origin } = fetched;
    let refused = refused.as_ref().map(|asked| {
        format!(
            "  not applied from the object metadata, because no proof lists them: {asked}; the \
                file belongs to you, with mode 0600\n"
        )
    });
    let refused = refused.unwrap_or_default();
    let time = time_not_kept.as_ref().map(|why| format!("  {why}\n")).unwrap_or_default();
    let file = escape_unprintable(&file.display().to_string());
    let content = content_text(&file, version_id, *bytes, sha256, origin.as_ref());
    format!("{content}\n{refused}{time}")
}

fn proof_clause(origin: Option<&VersionOrigin>) -> String {
    let Some(origin) = origin else {
        return "`--bucket` reads no proofs, so it was compared with none".to_owned();
    };
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
