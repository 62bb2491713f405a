//! `get`: downloads one version of one file from S3 and compares it with its proof.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, fchown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use domain::posix::{FileKind, FileTime, Posix};
use domain::printable::escape_unprintable;
use domain::records::outputs::Outputs;
use domain::records::proof::ProvenObject;
use posix_files::{TimeNotKept, check_mtime, timestamps_of};
use rustix::fs::{AtFlags, CWD, fstat, futimens, statat, utimensat};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::access::Access;
use crate::cli::{GetArguments, Global};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::object_versions;
use crate::runs::version_origin::{RunRecords, VersionOrigin};
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
    witness: VersionOrigin,
}

pub(super) async fn run(global: &Global, arguments: &GetArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let path = arguments.path.trim_start_matches('/');
    let name = Path::new(path).file_name().filter(|_| !path.ends_with('/'));
    let name = name.ok_or_else(|| anyhow!("`{path}` is a directory"));
    let name =
        name.with_hint("`get` downloads one file; use `efs-s3 restore --prefix` for a directory")?;
    let file = match &arguments.to {
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file.clone(),
        None => PathBuf::from(name),
    };
    if file.symlink_metadata().is_ok() && !arguments.overwrite {
        let there = Err(anyhow!("nothing was downloaded: `{}` already exists", file.display()));
        return there
            .with_hint("give another name with `--to`, or replace the file with `--overwrite`");
    }
    let answer = get_object(&context, &outputs, path, arguments.version.as_deref()).await?;
    let version_id = answer.version_id().unwrap_or("null").to_owned();
    let at = object_versions::to_utc(answer.last_modified()).unwrap_or_default();
    let posix = Posix::from_metadata(|key| {
        answer.metadata().and_then(|all| all.get(key)).map(String::as_str)
    });
    let modified = answer.last_modified().map(|time| FileTime::from_seconds(time.secs()));
    let folder =
        file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let content = DownloadedContent::read(answer, folder).await?;
    let runs = RunRecords::read_all(&context).await?;
    let witness = runs.find_origin(&context, &format!("/{path}"), &version_id, at).await?;
    if let Some(proven) = witness.sha256.as_ref().filter(|proven| **proven != content.sha256) {
        let differs = Err(anyhow!(
            "nothing was downloaded: the SHA-256 is {}, but {proven} was proven",
            content.sha256
        ));
        return differs
            .with_hint("run `efs-s3 audit` to find other altered objects, `efs-s3 versions` for other versions");
    }
    let DownloadedContent { fetched, bytes, sha256 } = content;
    let (posix, refused) = metadata_by_proof(&posix, &version_id, witness.object.as_ref());
    // As DataSync does for objects without a time (User Guide, "Default POSIX metadata").
    let posix = Posix { mtime: posix.mtime.or(modified), ..posix };
    let put = write_file(fetched, &file, &posix, arguments.overwrite);
    let time_not_kept = put
        .with_context(|| format!("writing `{}`", file.display()))?
        .err()
        .map(|why| why.to_string());
    let fetched = FetchedFile { file, version_id, bytes, sha256, refused, time_not_kept, witness };
    output::print_data(global.output, &fetched, fetched_text(&fetched))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) const ACCESS: Access = Access {
    destination: &["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
    ..Access::NONE
};

async fn get_object(
    context: &StackContext,
    outputs: &Outputs,
    path: &str,
    version: Option<&str>,
) -> Result<GetObjectOutput> {
    let (bucket, key) =
        (&outputs.destination_bucket, format!("{}{path}", outputs.destination_prefix));
    let get = context
        .aws
        .s3
        .get_object()
        .bucket(bucket)
        .key(exact_key(&key))
        .set_version_id(version.map(str::to_owned));
    let failure = match get.send().await {
        Ok(answer) => return Ok(answer),
        Err(error) => SdkFailure::from(error),
    };
    let (path, key) = (escape_unprintable(path), escape_unprintable(&key));
    let versions = format!("list the versions with: efs-s3 versions '{path}'");
    let of = version.unwrap_or_default();
    if failure.is(&["NoSuchKey"]) && version.is_none() {
        return Err(anyhow!("`{path}` does not exist in S3, or was deleted")).with_hint(versions);
    }
    // S3 reports an unknown version id as an invalid argument (S3 API reference, GetObject).
    if failure.is(&["NoSuchVersion", "NoSuchKey", "InvalidArgument"]) {
        return Err(anyhow!("`{path}` has no version `{of}`")).with_hint(versions);
    }
    if failure.is(&["MethodNotAllowed"]) {
        return Err(anyhow!("the version `{of}` of `{path}` is a delete marker"))
            .with_hint(versions);
    }
    if failure.is(&["InvalidObjectState"]) {
        let archived = Err(anyhow!("`{path}` is archived: S3 must create a readable copy first"));
        return archived.with_hint(format!(
            "request a copy and try again after some hours: aws s3api restore-object --bucket {bucket} --key '{key}' \
             --restore-request Days=7{}",
            version.map(|id| format!(" --version-id {id}")).unwrap_or_default()
        ));
    }
    Err(failure).with_context(|| format!("downloading s3://{bucket}/{key}")).with_hint(versions)
}

/// The downloaded bytes in a temporary file beside the final one.
struct DownloadedContent {
    fetched: NamedTempFile,
    bytes: u64,
    sha256: String,
}

impl DownloadedContent {
    async fn read(mut answer: GetObjectOutput, folder: &Path) -> Result<Self> {
        let writing = || format!("writing into `{}`", folder.display());
        let mut fetched = NamedTempFile::new_in(folder).with_context(writing)?;
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = answer.body.next().await {
            let chunk = chunk.context("reading the object")?;
            digest.update(&chunk);
            bytes += chunk.len() as u64;
            fetched.write_all(&chunk).with_context(writing)?;
        }
        let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { fetched, bytes, sha256 })
    }
}

/// Takes owner and mode from the proof only, because anyone with write access to the bucket can
/// write any values into the metadata. Without a proof the file belongs to the user and is private.
/// A version id `null` identifies no single version: it can be overwritten.
fn metadata_by_proof(
    stated: &Posix,
    version_id: &str,
    proof: Option<&ProvenObject>,
) -> (Posix, Option<String>) {
    const PRIVATE: u32 = 0o600;
    const TYPE: u32 = 0o170_000;
    let kind = stated.mode.unwrap_or_default() & TYPE;
    if let Some(proof) = proof.filter(|_| version_id != "null") {
        let mode = proof.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let mode = mode.map(|mode| kind | mode).or(Some(kind | PRIVATE));
        return (Posix { mode, uid: proof.uid, gid: proof.gid, ..stated.clone() }, None);
    }
    let asked = [
        stated.permissions().map(|mode| format!("mode {mode:04o}")),
        stated.uid.map(|uid| format!("owner {uid}")),
        stated.gid.map(|gid| format!("group {gid}")),
    ];
    let asked: Vec<String> = asked.into_iter().flatten().collect();
    let posix = Posix { mode: Some(kind | PRIVATE), uid: None, gid: None, ..stated.clone() };
    (posix, (!asked.is_empty()).then(|| asked.join(", ")))
}

/// The result of setting the modification time, which a file system may be unable to store.
type TimeKept = Result<(), TimeNotKept>;

/// Writes the file completely or not at all. Without `overwrite` it never replaces a file that was
/// created meanwhile. The owner is set where the process may do so.
fn write_file(
    fetched: NamedTempFile,
    file: &Path,
    posix: &Posix,
    overwrite: bool,
) -> io::Result<TimeKept> {
    let root = rustix::process::geteuid().is_root();
    let (uid, gid) = (posix.uid.filter(|_| root), posix.gid.filter(|_| root));
    if posix.mode.and_then(FileKind::of_mode) == Some(FileKind::Symlink) {
        // The content of a symlink object is its target.
        let link_target = PathBuf::from(OsString::from_vec(std::fs::read(fetched.path())?));
        if !overwrite {
            symlink(&link_target, file)?;
            return apply_link_metadata(file, posix, uid, gid);
        }
        let beside = fetched.path().with_extension("link");
        symlink(&link_target, &beside)?;
        let kept = apply_link_metadata(&beside, posix, uid, gid)?;
        std::fs::rename(&beside, file)?;
        return Ok(kept);
    }
    // Before the mode: it clears setuid and setgid.
    fchown(fetched.as_file(), uid, gid)?;
    let kept = apply_metadata(fetched.as_file(), posix)?;
    let placed = if overwrite { fetched.persist(file) } else { fetched.persist_noclobber(file) };
    placed.map(|_| kept).map_err(|error| error.error)
}

fn apply_metadata(file: &File, posix: &Posix) -> io::Result<TimeKept> {
    if let Some(mode) = posix.permissions() {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    futimens(file, &timestamps_of(posix))?;
    Ok(check_mtime(posix, &fstat(file)?))
}

fn apply_link_metadata(
    link: &Path,
    posix: &Posix,
    uid: Option<u32>,
    gid: Option<u32>,
) -> io::Result<TimeKept> {
    lchown(link, uid, gid)?;
    utimensat(CWD, link, &timestamps_of(posix), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(check_mtime(posix, &statat(CWD, link, AtFlags::SYMLINK_NOFOLLOW)?))
}

fn fetched_text(fetched: &FetchedFile) -> String {
    let FetchedFile { file, version_id, bytes, sha256, refused, time_not_kept, witness } = fetched;
    let size = format_bytes(i64::try_from(*bytes).unwrap_or(i64::MAX));
    let proof = match (&witness.execution, witness.proven, &witness.sha256) {
        (Some(execution), true, Some(_)) => format!("as proven by {execution}"),
        (Some(execution), true, None) => {
            format!("proven by {execution}, without a digest of the content")
        }
        _ => "this version is not proven".to_owned(),
    };
    let refused = refused.as_ref().map(|asked| {
        format!(
            "  not applied from the object metadata, because no proof lists them: {asked}; the file belongs to you, with mode 0600\n"
        )
    });
    let refused = refused.unwrap_or_default();
    let time = time_not_kept.as_ref().map(|why| format!("  {why}\n")).unwrap_or_default();
    let file = escape_unprintable(&file.display().to_string());
    format!("{file}: {size}, version {version_id}, SHA-256 {sha256}: {proof}\n{refused}{time}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn downloaded_file(folder: &Path, content: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new_in(folder).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_file_gets_its_mode_and_time_and_replaces_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let mtime = FileTime::new(1_600_000_000, 250_000_000);
        let posix = Posix { mode: Some(0o100_640), mtime, ..Posix::default() };
        write_file(downloaded_file(folder.path(), "one"), &file, &posix, false).unwrap().unwrap();
        let at = file.metadata().unwrap();
        assert_eq!(
            (at.mode() & 0o7777, at.mtime(), at.mtime_nsec()),
            (0o640, 1_600_000_000, 250_000_000)
        );
        write_file(downloaded_file(folder.path(), "two"), &file, &posix, false).unwrap_err();
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        write_file(downloaded_file(folder.path(), "two"), &file, &posix, true).unwrap().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
    }

    #[test]
    fn planted_owner_and_mode_are_not_taken() {
        let planted =
            Posix { mode: Some(0o104_755), uid: Some(0), gid: Some(0), ..Posix::default() };
        let proof = |mode: Option<&str>| -> ProvenObject {
            serde_json::from_value(
                serde_json::json!({"path": "/a", "key": "a", "version_id": "v1", "size": 1,
                "mode": mode, "uid": 7, "gid": 8}),
            )
            .unwrap()
        };
        let asked = Some("mode 4755, owner 0, group 0".to_owned());
        for (version_id, proof, expected, refused) in [
            ("v1", None, (Some(0o100_600), None, None), &asked),
            ("null", Some(proof(Some("4755"))), (Some(0o100_600), None, None), &asked),
            ("v1", Some(proof(Some("4750"))), (Some(0o104_750), Some(7), Some(8)), &None),
            ("v1", Some(proof(None)), (Some(0o100_600), Some(7), Some(8)), &None),
        ] {
            let (posix, refused_metadata) = metadata_by_proof(&planted, version_id, proof.as_ref());
            assert_eq!((posix.mode, posix.uid, posix.gid), expected, "{version_id} {proof:?}");
            assert_eq!(&refused_metadata, refused, "{version_id} {proof:?}");
        }
        assert_eq!(
            metadata_by_proof(&Posix::default(), "v1", None).1,
            None,
            "the metadata states nothing"
        );
    }

    /// 1902, a second and a nanosecond before the epoch, and beyond what 64 bits of nanoseconds
    /// hold.
    #[test]
    fn a_file_and_a_link_come_with_any_time_that_the_file_system_holds() {
        let folder = tempfile::tempdir().unwrap();
        let times = [
            (-2_145_916_800, 0),
            (-1, 0),
            (-1, 999_999_999),
            (0, 1),
            (10_413_792_000, 5),
            (i64::MAX, 0),
        ];
        for (number, (seconds, nanos)) in times.into_iter().enumerate() {
            for (mode, overwrite) in
                [(0o100_600, false), (0o100_600, true), (0o120_777, false), (0o120_777, true)]
            {
                let file = folder.path().join(format!("{number} {mode:o}"));
                let posix = Posix {
                    mode: Some(mode),
                    mtime: FileTime::new(seconds, nanos),
                    ..Posix::default()
                };
                let kept =
                    write_file(downloaded_file(folder.path(), "content"), &file, &posix, overwrite)
                        .unwrap();
                let at = file.symlink_metadata().unwrap();
                let is_held = (at.mtime(), at.mtime_nsec()) == (seconds, i64::from(nanos));
                assert_eq!(kept.is_ok(), is_held, "{seconds} {mode:o}: {kept:?}");
                assert!(is_held || seconds == i64::MAX, "{seconds} {mode:o}: {kept:?}");
            }
        }
    }

    #[test]
    fn what_a_link_leads_to_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let (other, link) = (folder.path().join("other"), folder.path().join("link"));
        std::fs::write(&other, "mine").unwrap();
        symlink(&other, &link).unwrap();
        let posix = Posix { mode: Some(0o100_600), ..Posix::default() };
        write_file(downloaded_file(folder.path(), "new"), &link, &posix, false).unwrap_err();
        write_file(downloaded_file(folder.path(), "new"), &link, &posix, true).unwrap().unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"mine");
        assert!(link.symlink_metadata().unwrap().is_file(), "the link itself was replaced");
    }

    #[test]
    fn a_symlink_is_written_as_a_symlink() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("link");
        let posix = Posix { mode: Some(0o120_777), ..Posix::default() };
        for link_target in ["a/one", "b"] {
            write_file(downloaded_file(folder.path(), link_target), &file, &posix, true)
                .unwrap()
                .unwrap();
            assert_eq!(file.read_link().unwrap(), Path::new(link_target));
        }
        write_file(downloaded_file(folder.path(), "c"), &file, &posix, false).unwrap_err();
    }
}
