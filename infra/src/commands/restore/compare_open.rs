//! Compares the files that the report of a restore leaves open: the version in the bucket with the
//! file at the destination, where the file system is mounted on this machine.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws::exact_key::exact_key;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use domain::manifest::{ManifestEntry, ManifestReader};
use domain::posix::{FileKind, FileTime, Posix};
use domain::restore::{DestinationState, OpenQuestion, ReportReconciler};
use futures::{StreamExt, stream};
use posix_files::MountedDirectory;

use super::open_mount::{FileState, OpenMount};
use super::select_versions::SelectedVersions;
use crate::runs::destination_bucket::DestinationBucket;

/// The number of files that are compared concurrently.
const CONCURRENCY: usize = 32;
const NOT_MOUNTED: &str = "it cannot be compared, because the file system is not mounted on this \
    machine (`--mounted <mount point>`)";

/// Compares each path of the manifest that the report leaves open.
pub(super) async fn compare_open_entries(
    bucket: &DestinationBucket,
    chosen: &SelectedVersions,
    here: Option<&MountedDirectory>,
    reconciliation: &mut ReportReconciler,
) -> Result<()> {
    let open = open_entries(chosen, reconciliation)?;
    let mounted = match here {
        None => None,
        Some(directory) => {
            let opened =
                OpenMount::open(directory).with_context(|| format!("opening `{directory}`"))?;
            Some(opened.map(Arc::new))
        }
    };
    let looks = stream::iter(open).map(|(entry, question)| {
        let mounted = mounted.clone();
        async move {
            let look = match mounted {
                None => DestinationState::Unknown(NOT_MOUNTED.to_owned()),
                Some(None) => DestinationState::Absent,
                Some(Some(mounted)) => compare_entry(bucket, &entry, &mounted).await,
            };
            (entry, question, look)
        }
    });
    let mut looks = std::pin::pin!(looks.buffered(CONCURRENCY));
    while let Some((entry, question, look)) = looks.next().await {
        reconciliation.record_destination(&entry.path, question, look);
    }
    Ok(())
}

fn open_entries(
    chosen: &SelectedVersions,
    reconciliation: &ReportReconciler,
) -> Result<Vec<(ManifestEntry, OpenQuestion)>> {
    let mut manifest = chosen.manifest.reopen().context("opening the manifest")?;
    let (mut reader, mut entries, mut open) = (ManifestReader::default(), Vec::new(), Vec::new());
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = manifest.read(&mut piece).context("reading the manifest")?;
        if length == 0 {
            break;
        }
        reader.read_bytes(&piece[..length], &mut entries).context("reading the manifest")?;
        open.extend(entries.drain(..).filter_map(|entry| with_question(entry, reconciliation)));
    }
    reader.finish(&mut entries).context("reading the manifest")?;
    open.extend(entries.into_iter().filter_map(|entry| with_question(entry, reconciliation)));
    Ok(open)
}

/// Returns the entry with its open question; `None` if it has none.
fn with_question(
    entry: ManifestEntry,
    reconciliation: &ReportReconciler,
) -> Option<(ManifestEntry, OpenQuestion)> {
    let question = reconciliation.open_question(&entry.path)?;
    Some((entry, question))
}

async fn compare_entry(
    bucket: &DestinationBucket,
    entry: &ManifestEntry,
    mounted: &Arc<OpenMount>,
) -> DestinationState {
    let there = match read_file_state(mounted, &entry.path).await {
        Ok(Some(there)) => there,
        Ok(None) => return DestinationState::Absent,
        Err(reason) => return DestinationState::Unknown(format!("it cannot be read: {reason}")),
    };
    let head = match read_head(bucket, entry).await {
        Ok(head) => head,
        Err(reason) => {
            return DestinationState::Unknown(format!("its version cannot be read: {reason}"));
        }
    };
    compare_head(&head, &there)
}

fn compare_head(head: &HeadObjectOutput, there: &FileState) -> DestinationState {
    let posix = Posix::from_metadata(|key| {
        head.metadata().and_then(|all| all.get(key)).map(String::as_str)
    });
    let modified = head.last_modified().map(|time| FileTime::from_seconds(time.secs()));
    let size = head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    compare_metadata(&posix, size, modified, there)
}

async fn read_head(
    bucket: &DestinationBucket,
    entry: &ManifestEntry,
) -> Result<HeadObjectOutput, String> {
    let key = bucket.key_of(&entry.path);
    let head = bucket.s3.head_object().bucket(&bucket.name).key(exact_key(&key));
    let head = head.set_expected_bucket_owner(bucket.owner.clone());
    let head = head.set_version_id(entry.version_id.clone()).send().await;
    head.map_err(|error| aws::failure::chain(&aws::SdkFailure::from(error)))
}

/// Reads the state of a file; an error is its reason.
async fn read_file_state(
    mounted: &Arc<OpenMount>,
    path: &str,
) -> Result<Option<FileState>, String> {
    let (mounted, path) = (Arc::clone(mounted), path.to_owned());
    let read = tokio::task::spawn_blocking(move || mounted.file_state(&path)).await;
    match read {
        Ok(Ok(state)) => Ok(state),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Compares kind, size, time, mode and owner, as far as the object states them, as DataSync does.
fn compare_metadata(
    posix: &Posix,
    size: u64,
    modified: Option<FileTime>,
    there: &FileState,
) -> DestinationState {
    let kind = match posix.mode.and_then(FileKind::from_mode) {
        Some(FileKind::Symlink) => FileKind::Symlink,
        _ => FileKind::Regular,
    };
    let stated = Posix { mtime: posix.mtime.or(modified), ..posix.clone() };
    match find_difference(kind, size, stated, there) {
        Some(difference) => DestinationState::Different(difference),
        None => DestinationState::Equal,
    }
}

fn find_difference(kind: FileKind, size: u64, stated: Posix, there: &FileState) -> Option<String> {
    if there.kind != kind {
        return Some(format!("is a {}, not a {}", kind_name(there.kind), kind_name(kind)));
    }
    if there.size != size {
        return Some(format!("has {} bytes, not {size}", there.size));
    }
    if !stated.mtime_kept_by(&there.posix) {
        return Some("has another time".to_owned());
    }
    // A symlink has no mode of its own.
    let stated = if kind == FileKind::Symlink { Posix { mode: None, ..stated } } else { stated };
    let kept = stated.ownership_and_mode_kept_by(&there.posix);
    (!kept).then(|| "has another owner or mode".to_owned())
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Regular => "file",
        FileKind::Directory => "directory",
        FileKind::Symlink => "symlink",
        FileKind::Special => "special file",
    }
}

#[cfg(test)]
mod tests;
