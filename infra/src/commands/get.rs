//! `get`: one version of one file, straight from S3, as it was; held against its proof.

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
use crate::advice::Advise;
use crate::cli::{GetArguments, Global};
use crate::place::Place;
use crate::witness::{Runs, Witness};
use crate::{follow, object_versions, output};

/// What was fetched.
#[derive(Debug, Serialize)]
struct Fetched {
    file: PathBuf,
    version_id: String,
    bytes: u64,
    /// Of what was written, lower-case hexadecimal.
    sha256: String,
    /// The owner and mode that its metadata asks for, and that no proof knows: they were not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// Set where the file system can't hold its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_not_kept: Option<String>,
    #[serde(flatten)]
    witness: Witness,
}

pub(super) async fn run(global: &Global, arguments: &GetArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = super::deployed(&place).await?;
    let path = arguments.path.trim_start_matches('/');
    let name = Path::new(path).file_name().filter(|_| !path.ends_with('/'));
    let name = name.ok_or_else(|| anyhow!("`{path}` is the path of a directory"));
    let name =
        name.advise("`get` fetches one file; `efs-s3 restore --prefix` brings back a directory")?;
    let file = match &arguments.to {
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file.clone(),
        None => PathBuf::from(name),
    };
    if file.symlink_metadata().is_ok() && !arguments.overwrite {
        let there = Err(anyhow!("nothing was fetched: `{}` is there already", file.display()));
        return there.advise("give another name with `--to`, or replace it with `--overwrite`");
    }
    let answer = ask(&place, &outputs, path, arguments.version.as_deref()).await?;
    let version_id = answer.version_id().unwrap_or("null").to_owned();
    let at = object_versions::utc(answer.last_modified()).unwrap_or_default();
    let posix = Posix::from_metadata(|key| {
        answer.metadata().and_then(|all| all.get(key)).map(String::as_str)
    });
    let modified = answer.last_modified().map(|time| FileTime::from_seconds(time.secs()));
    let folder =
        file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let content = Content::read(answer, folder).await?;
    let runs = Runs::read(&place).await?;
    let witness = runs.witness(&place, &format!("/{path}"), &version_id, at).await?;
    if let Some(proven) = witness.sha256.as_ref().filter(|proven| **proven != content.sha256) {
        let differs = Err(anyhow!(
            "nothing was fetched: SHA-256 {} is not {proven}, which was proven",
            content.sha256
        ));
        return differs
            .advise("`efs-s3 audit` looks for more of that; other versions: `efs-s3 versions`");
    }
    let Content { fetched, bytes, sha256 } = content;
    let (posix, refused) = by_proof(&posix, &version_id, witness.object.as_ref());
    // As DataSync does with what states none (User Guide, "Default POSIX metadata").
    let posix = Posix { mtime: posix.mtime.or(modified), ..posix };
    let put = put(fetched, &file, &posix, arguments.overwrite);
    let time_not_kept = put
        .with_context(|| format!("writing `{}`", file.display()))?
        .err()
        .map(|why| why.to_string());
    let fetched = Fetched { file, version_id, bytes, sha256, refused, time_not_kept, witness };
    output::data(global.output, &fetched, text(&fetched))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) const ACCESS: Access = Access {
    destination: &["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
    ..Access::NONE
};

async fn ask(
    place: &Place,
    outputs: &Outputs,
    path: &str,
    version: Option<&str>,
) -> Result<GetObjectOutput> {
    let (bucket, key) =
        (&outputs.destination_bucket, format!("{}{path}", outputs.destination_prefix));
    let get = place
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
    let versions = format!("see what there is: efs-s3 versions '{path}'");
    let of = version.unwrap_or_default();
    if failure.is(&["NoSuchKey"]) && version.is_none() {
        return Err(anyhow!("there is no file `{path}` in S3, or no longer")).advise(versions);
    }
    // A version id that S3 never gave out is an invalid argument (S3 API reference, GetObject).
    if failure.is(&["NoSuchVersion", "NoSuchKey", "InvalidArgument"]) {
        return Err(anyhow!("`{path}` has no version `{of}`")).advise(versions);
    }
    if failure.is(&["MethodNotAllowed"]) {
        return Err(anyhow!("`{of}` is no version of `{path}` but the mark of its deletion"))
            .advise(versions);
    }
    if failure.is(&["InvalidObjectState"]) {
        let archived =
            Err(anyhow!("`{path}` lies in an archive: S3 has to make a readable copy first"));
        return archived.advise(format!(
            "ask for one, and come back in hours: aws s3api restore-object --bucket {bucket} --key '{key}' \
             --restore-request Days=7{}",
            version.map(|id| format!(" --version-id {id}")).unwrap_or_default()
        ));
    }
    Err(failure).with_context(|| format!("fetching s3://{bucket}/{key}")).advise(versions)
}

/// The bytes, in a file beside the one that they will be.
struct Content {
    fetched: NamedTempFile,
    bytes: u64,
    sha256: String,
}

impl Content {
    async fn read(mut answer: GetObjectOutput, folder: &Path) -> Result<Self> {
        let writing = || format!("writing into `{}`", folder.display());
        let mut fetched = NamedTempFile::new_in(folder).with_context(writing)?;
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = answer.body.next().await {
            let chunk = chunk.context("reading the object to its end")?;
            digest.update(&chunk);
            bytes += chunk.len() as u64;
            fetched.write_all(&chunk).with_context(writing)?;
        }
        let sha256 = hex::encode(digest.finalize());
        Ok(Self { fetched, bytes, sha256 })
    }
}

/// Owner and mode by the proof alone: whoever may write to the bucket may write any into the
/// metadata. Without a proof the file is ours and nobody else's. `null` names no one version: it
/// can be written over.
fn by_proof(
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

/// What a file system that can't hold the modification time made of it.
type Kept = Result<(), TimeNotKept>;

/// Whole or not at all; without `overwrite` never over a file that came meanwhile. The owner is set
/// where we may.
fn put(fetched: NamedTempFile, file: &Path, posix: &Posix, overwrite: bool) -> io::Result<Kept> {
    let root = rustix::process::geteuid().is_root();
    let (uid, gid) = (posix.uid.filter(|_| root), posix.gid.filter(|_| root));
    if posix.mode.and_then(FileKind::from_mode) == Some(FileKind::Symlink) {
        // The content of a link's object is where it leads.
        let leads_to = PathBuf::from(OsString::from_vec(std::fs::read(fetched.path())?));
        if !overwrite {
            symlink(&leads_to, file)?;
            return dress_link(file, posix, uid, gid);
        }
        let beside = fetched.path().with_extension("link");
        symlink(&leads_to, &beside)?;
        let kept = dress_link(&beside, posix, uid, gid)?;
        std::fs::rename(&beside, file)?;
        return Ok(kept);
    }
    // Before the mode: it clears setuid and setgid.
    fchown(fetched.as_file(), uid, gid)?;
    let kept = dress(fetched.as_file(), posix)?;
    let placed = if overwrite { fetched.persist(file) } else { fetched.persist_noclobber(file) };
    placed.map(|_| kept).map_err(|error| error.error)
}

fn dress(file: &File, posix: &Posix) -> io::Result<Kept> {
    if let Some(mode) = posix.permissions() {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    futimens(file, &timestamps_of(posix))?;
    Ok(check_mtime(posix, &fstat(file)?))
}

fn dress_link(link: &Path, posix: &Posix, uid: Option<u32>, gid: Option<u32>) -> io::Result<Kept> {
    lchown(link, uid, gid)?;
    utimensat(CWD, link, &timestamps_of(posix), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(check_mtime(posix, &statat(CWD, link, AtFlags::SYMLINK_NOFOLLOW)?))
}

fn text(fetched: &Fetched) -> String {
    let Fetched { file, version_id, bytes, sha256, refused, time_not_kept, witness } = fetched;
    let size = follow::bytes(i64::try_from(*bytes).unwrap_or(i64::MAX));
    let proof = match (&witness.execution, witness.proven, &witness.sha256) {
        (Some(execution), true, Some(_)) => format!("as {execution} proved it"),
        (Some(execution), true, None) => {
            format!("a version proven by {execution}, without a digest of its content")
        }
        _ => "there is no proof of this version".to_owned(),
    };
    let refused = refused.as_ref().map(|asked| {
        format!(
            "  not taken from its metadata, as no proof knows them: {asked}; the file is \
            yours, with mode 0600\n"
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

    fn fetched(folder: &Path, content: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new_in(folder).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_file_comes_with_its_mode_and_time_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let mtime = FileTime::new(1_600_000_000, 250_000_000);
        let posix = Posix { mode: Some(0o100_640), mtime, ..Posix::default() };
        put(fetched(folder.path(), "one"), &file, &posix, false).unwrap().unwrap();
        let at = file.metadata().unwrap();
        assert_eq!(
            (at.mode() & 0o7777, at.mtime(), at.mtime_nsec()),
            (0o640, 1_600_000_000, 250_000_000)
        );
        put(fetched(folder.path(), "two"), &file, &posix, false).unwrap_err();
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        put(fetched(folder.path(), "two"), &file, &posix, true).unwrap().unwrap();
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
        let told = Some("mode 4755, owner 0, group 0".to_owned());
        for (version_id, proof, expected, refused) in [
            ("v1", None, (Some(0o100_600), None, None), &told),
            ("null", Some(proof(Some("4755"))), (Some(0o100_600), None, None), &told),
            ("v1", Some(proof(Some("4750"))), (Some(0o104_750), Some(7), Some(8)), &None),
            ("v1", Some(proof(None)), (Some(0o100_600), Some(7), Some(8)), &None),
        ] {
            let (posix, said) = by_proof(&planted, version_id, proof.as_ref());
            assert_eq!((posix.mode, posix.uid, posix.gid), expected, "{version_id} {proof:?}");
            assert_eq!(&said, refused, "{version_id} {proof:?}");
        }
        assert_eq!(by_proof(&Posix::default(), "v1", None).1, None, "nothing was asked for");
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
                    put(fetched(folder.path(), "content"), &file, &posix, overwrite).unwrap();
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
        put(fetched(folder.path(), "new"), &link, &posix, false).unwrap_err();
        put(fetched(folder.path(), "new"), &link, &posix, true).unwrap().unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"mine");
        assert!(link.symlink_metadata().unwrap().is_file(), "the link itself was replaced");
    }

    #[test]
    fn a_link_comes_as_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("link");
        let posix = Posix { mode: Some(0o120_777), ..Posix::default() };
        for leads_to in ["a/one", "b"] {
            put(fetched(folder.path(), leads_to), &file, &posix, true).unwrap().unwrap();
            assert_eq!(file.read_link().unwrap(), Path::new(leads_to));
        }
        put(fetched(folder.path(), "c"), &file, &posix, false).unwrap_err();
    }
}
