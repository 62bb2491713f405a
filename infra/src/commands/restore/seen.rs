//! A look at what the report of a restore leaves open: the version in the bucket, and what is at
//! the destination, where the file system is mounted here.

use std::io::Read;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws::exact_key::exact_key;
use domain::manifest::{ManifestEntry, ManifestReader};
use domain::posix::{FileKind, FileTime, Posix};
use domain::records::outputs::Outputs;
use domain::restore::{DestinationState, OpenQuestion, ReportReconciler};
use futures::{StreamExt, stream};
use posix_files::MountedDirectory;

use super::choose::Chosen;
use super::mounted::{File, Mounted};
use crate::place::Place;

/// How many files are looked at at a time.
const AT_A_TIME: usize = 32;
const NOT_MOUNTED: &str =
    "nobody can look, as the file system is not mounted here (`--mounted <mount point>`)";

/// Looks at each path of the manifest that the report leaves open.
pub(super) async fn look_at_open(
    place: &Place,
    outputs: &Outputs,
    chosen: &Chosen,
    here: Option<&MountedDirectory>,
    settlement: &mut ReportReconciler,
) -> Result<()> {
    let open = open(chosen, settlement)?;
    let mounted = match here {
        None => None,
        Some(directory) => {
            let opened =
                Mounted::open(directory).with_context(|| format!("looking at `{directory}`"))?;
            Some(opened.map(Arc::new))
        }
    };
    let looks = stream::iter(open).map(|(entry, question)| {
        let mounted = mounted.clone();
        async move {
            let look = match mounted {
                None => DestinationState::Unknown(NOT_MOUNTED.to_owned()),
                Some(None) => DestinationState::Absent,
                Some(Some(mounted)) => look(place, outputs, &entry, &mounted).await,
            };
            (entry, question, look)
        }
    });
    let mut looks = std::pin::pin!(looks.buffered(AT_A_TIME));
    while let Some((entry, question, look)) = looks.next().await {
        settlement.record_destination(&entry.path, question, look);
    }
    Ok(())
}

fn open(
    chosen: &Chosen,
    settlement: &ReportReconciler,
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
        let asked = entries.drain(..);
        open.extend(asked.filter_map(|entry| {
            settlement.open_question(&entry.path).map(|question| (entry, question))
        }));
    }
    reader.finish(&mut entries).context("reading the manifest")?;
    open.extend(entries.into_iter().filter_map(|entry| {
        let question = settlement.open_question(&entry.path)?;
        Some((entry, question))
    }));
    Ok(open)
}

async fn look(
    place: &Place,
    outputs: &Outputs,
    entry: &ManifestEntry,
    mounted: &Arc<Mounted>,
) -> DestinationState {
    let there = {
        let (mounted, path) = (Arc::clone(mounted), entry.path.clone());
        tokio::task::spawn_blocking(move || mounted.file(&path)).await
    };
    let there = match there {
        Ok(Ok(Some(there))) => there,
        Ok(Ok(None)) => return DestinationState::Absent,
        Ok(Err(error)) => {
            return DestinationState::Unknown(format!("it can't be looked at: {error}"));
        }
        Err(error) => return DestinationState::Unknown(format!("it can't be looked at: {error}")),
    };
    let key = format!("{}{}", outputs.destination_prefix, entry.path);
    let head = place.aws.s3.head_object().bucket(&outputs.destination_bucket).key(exact_key(&key));
    let head = match head
        .set_version_id(entry.version_id.clone())
        .send()
        .await
        .map_err(aws::SdkFailure::from)
    {
        Ok(head) => head,
        Err(failure) => {
            return DestinationState::Unknown(format!(
                "its version can't be looked at: {}",
                aws::failure::chain(&failure)
            ));
        }
    };
    let posix = Posix::from_metadata(|key| {
        head.metadata().and_then(|all| all.get(key)).map(String::as_str)
    });
    let modified = head.last_modified().map(|time| FileTime::from_seconds(time.secs()));
    let size = head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    compare(&posix, size, modified, &there)
}

/// As DataSync compares: kind, size, time, mode and owner, as far as the object states them.
fn compare(posix: &Posix, size: u64, modified: Option<FileTime>, there: &File) -> DestinationState {
    let kind = match posix.mode.and_then(FileKind::from_mode) {
        Some(FileKind::Symlink) => FileKind::Symlink,
        _ => FileKind::Regular,
    };
    if there.kind != kind {
        return DestinationState::Different(format!(
            "is a {}, not a {}",
            word(there.kind),
            word(kind)
        ));
    }
    if there.size != size {
        return DestinationState::Different(format!("has {} bytes, not {size}", there.size));
    }
    let stated = Posix { mtime: posix.mtime.or(modified), ..posix.clone() };
    if !stated.mtime_kept_by(&there.posix) {
        return DestinationState::Different("has another time".to_owned());
    }
    // A symlink has no mode of its own.
    let stated = if kind == FileKind::Symlink { Posix { mode: None, ..stated } } else { stated };
    if !stated.ownership_and_mode_kept_by(&there.posix) {
        return DestinationState::Different("has another owner or mode".to_owned());
    }
    DestinationState::Equal
}

fn word(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Regular => "file",
        FileKind::Directory => "directory",
        FileKind::Symlink => "symlink",
        FileKind::Special => "special file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_compared_as_datasync_does() {
        let time = |second| Some(FileTime::from_seconds(second));
        let posix = |mode, second| Posix {
            mode: Some(mode),
            uid: Some(1),
            gid: Some(2),
            mtime: time(second),
            atime: None,
        };
        let there = |mode, size, second| {
            let kind = FileKind::from_mode(mode).unwrap();
            File { kind, size, posix: posix(mode, second) }
        };
        let (file, link) = (posix(0o100_640, 5), posix(0o120_777, 5));
        for (object, there, expected) in [
            (&file, there(0o100_640, 3, 5), ""),
            (&link, there(0o120_777, 3, 5), ""),
            (&Posix::default(), there(0o100_644, 3, 9), ""),
            (&Posix::default(), there(0o100_644, 3, 5), "has another time"),
            (&file, there(0o120_777, 3, 5), "is a symlink, not a file"),
            (&file, there(0o040_755, 0, 5), "is a directory, not a file"),
            (&link, there(0o100_640, 3, 5), "is a file, not a symlink"),
            (&file, there(0o100_640, 4, 5), "has 4 bytes, not 3"),
            (&file, there(0o100_640, 3, 6), "has another time"),
            (&file, there(0o104_640, 3, 5), "has another owner or mode"),
        ] {
            let found = match compare(object, 3, time(9), &there) {
                DestinationState::Equal => String::new(),
                DestinationState::Different(how) => how,
                other => format!("{other:?}"),
            };
            assert_eq!(found, expected, "{object:?} {there:?}");
        }
    }
}
