//! Writes a downloaded file with the metadata that its proof allows.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, fchown, lchown, symlink};
use std::path::{Path, PathBuf};

use domain::posix::{FileKind, Posix};
use domain::records::proof::ProvenObject;
use posix_files::{TimeNotKept, check_mtime, timestamps_of};
use rustix::fs::{AtFlags, CWD, fstat, futimens, statat, utimensat};
use tempfile::NamedTempFile;

/// Takes owner and mode from the proof only, because anyone with write access to the bucket can
/// write any values into the metadata. Without a proof the file belongs to the user and is private.
/// A version id `null` identifies no single version: it can be overwritten.
pub(super) fn metadata_by_proof(
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
    let posix = Posix { mode: Some(kind | PRIVATE), uid: None, gid: None, ..stated.clone() };
    (posix, asked_metadata(stated))
}

/// Returns the mode and the owner that the metadata states; `None` if it states neither.
fn asked_metadata(stated: &Posix) -> Option<String> {
    let asked = [
        stated.permissions().map(|mode| format!("mode {mode:04o}")),
        stated.uid.map(|uid| format!("owner {uid}")),
        stated.gid.map(|gid| format!("group {gid}")),
    ];
    let asked: Vec<String> = asked.into_iter().flatten().collect();
    (!asked.is_empty()).then(|| asked.join(", "))
}

/// The result of setting the modification time, which a file system may be unable to store.
pub(super) type TimeKept = Result<(), TimeNotKept>;

/// Writes the file completely or not at all. Without `overwrite` it never replaces a file that was
/// created meanwhile. The owner is set where the process may do so.
pub(super) fn write_file(
    fetched: NamedTempFile,
    file: &Path,
    posix: &Posix,
    overwrite: bool,
) -> io::Result<TimeKept> {
    let root = rustix::process::geteuid().is_root();
    let (uid, gid) = (posix.uid.filter(|_| root), posix.gid.filter(|_| root));
    if posix.mode.and_then(FileKind::from_mode) == Some(FileKind::Symlink) {
        let applied = |link: &Path| apply_link_metadata(link, posix, uid, gid);
        return write_link(fetched.path(), file, overwrite, applied);
    }
    // Before the mode: it clears setuid and setgid.
    fchown(fetched.as_file(), uid, gid)?;
    let kept = apply_metadata(fetched.as_file(), posix)?;
    let placed = if overwrite { fetched.persist(file) } else { fetched.persist_noclobber(file) };
    placed.map(|_| kept).map_err(|error| error.error)
}

/// Creates a symlink; the content of its object is its target.
fn write_link(
    fetched: &Path,
    file: &Path,
    overwrite: bool,
    apply_metadata: impl FnOnce(&Path) -> io::Result<TimeKept>,
) -> io::Result<TimeKept> {
    let link_target = PathBuf::from(OsString::from_vec(std::fs::read(fetched)?));
    if !overwrite {
        symlink(&link_target, file)?;
        return apply_metadata(file);
    }
    let beside = fetched.with_extension("link");
    symlink(&link_target, &beside)?;
    let kept = apply_metadata(&beside)?;
    std::fs::rename(&beside, file)?;
    Ok(kept)
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
