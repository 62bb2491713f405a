//! Both sides of what a manifest names, and of nothing else.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use aws::SdkFailure;
use domain::manifest::{ManifestEntry, ManifestReader};
use domain::report::object_key;
use futures::StreamExt;
use tokio::sync::mpsc::{self, Sender};

use super::failure::{ItemError, Stop, is_absent};
use super::fan_out::{in_order, stream_of};
use super::job::{ManifestPlace, Run};
use super::listing::Listed;
use super::object;
use super::pairs::{Out, Pair};
use super::source::blocking;

/// Lines held between the manifest and the look-ups.
const AHEAD: usize = 100;

/// Looks up every line, in the manifest's order.
pub(super) async fn send_all(
    run: &Arc<Run>,
    manifest: &ManifestPlace,
    out: &mut Out,
) -> Result<(), Stop> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let reader = tokio::spawn(read(Arc::clone(run), manifest.clone(), sender));
    let mut looked =
        std::pin::pin!(in_order(stream_of(receiver), |entry| look_up(Arc::clone(run), entry)));
    while let Some(pair) = looked.next().await {
        let pair = pair.ok_or_else(|| Stop::Broken("looking up the manifest".to_owned()))?;
        if !out.send(pair).await {
            return Ok(());
        }
    }
    reader.await.unwrap_or_else(|_| Err(Stop::Broken("reading the manifest".to_owned())))
}

async fn read(
    run: Arc<Run>,
    manifest: ManifestPlace,
    out: Sender<ManifestEntry>,
) -> Result<(), Stop> {
    let request = run.job.s3.get_object().bucket(&manifest.bucket).key(&manifest.key);
    let got =
        request.set_version_id(manifest.version_id.clone()).send().await.map_err(SdkFailure::from);
    let mut got = got.map_err(|source| Stop::Manifest { key: manifest.key.clone(), source })?;
    let invalid = |problem: String| Stop::ManifestText { key: manifest.key.clone(), problem };
    let (mut reader, mut entries, mut known) =
        (ManifestReader::default(), Vec::new(), HashSet::new());
    while let Some(chunk) = got.body.next().await {
        let chunk =
            chunk.map_err(|error| invalid(format!("it could not be read to its end: {error}")))?;
        reader.read_bytes(&chunk, &mut entries).map_err(|error| invalid(error.to_string()))?;
        if !pass_on(&mut entries, &mut known, &out).await.map_err(invalid)? {
            return Ok(());
        }
    }
    reader.finish(&mut entries).map_err(|error| invalid(error.to_string()))?;
    pass_on(&mut entries, &mut known, &out).await.map_err(invalid).map(|_| ())
}

/// `false` when nobody listens any more. A path may stand only once, as two writers of one place
/// would make it chance which wins; 64 bits of each are kept.
async fn pass_on(
    entries: &mut Vec<ManifestEntry>,
    known: &mut HashSet<u64>,
    out: &Sender<ManifestEntry>,
) -> Result<bool, String> {
    for entry in entries.drain(..) {
        let mut hasher = DefaultHasher::new();
        entry.path.trim_start_matches('/').hash(&mut hasher);
        if !known.insert(hasher.finish()) {
            return Err(format!("`{}` is listed twice", entry.path));
        }
        if out.send(entry).await.is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn look_up(run: Arc<Run>, entry: ManifestEntry) -> Pair {
    let path = format!("/{}", entry.path.trim_start_matches('/'));
    match both(&run, &path, entry.version_id).await {
        Ok(pair) => pair,
        Err(reason) => Pair::Unreadable { path, reason },
    }
}

async fn both(run: &Arc<Run>, path: &str, version_id: Option<String>) -> Result<Pair, ItemError> {
    if path.ends_with('/') {
        return Err(ItemError::ManifestDirectory);
    }
    if version_id.is_some() && !run.job.restores() {
        return Err(ItemError::ManifestVersion);
    }
    let key = object_key(&run.job.prefix, path, false);
    let listed = Listed { key: key.clone(), version_id: version_id.clone(), ..Listed::default() };
    // A path that no file can have would be looked for at another place.
    object::checked_path(run, &listed)?;
    let found = object::find(run, &key, version_id.as_deref()).await?;
    let (tree, place) = (Arc::clone(run), path.to_owned());
    let restores = run.job.restores();
    let item = blocking(move || match tree.tree.look(&place) {
        Ok(item) => Ok(Some(item)),
        // At a destination the write then tells what is in the way.
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) if restores => Err(ItemError::ReadDestination(error.to_string())),
        Err(error) => Err(ItemError::open(&error)),
    })
    .await?;
    match (item, found) {
        (None, None) => Err(ItemError::NotAtSource),
        (Some(_), None) if run.job.restores() => Err(ItemError::NotAtSource),
        (None, Some(_)) if !run.job.restores() => Err(ItemError::NotAtSource),
        (Some(item), _) if item.is_directory() && !run.job.restores() => {
            Err(ItemError::ManifestDirectory)
        }
        (Some(item), None) => Ok(Pair::OnlyFile { item, key }),
        (None, Some(found)) => {
            Ok(Pair::OnlyObject(Listed { size: found.size, known: Some(found), ..listed }))
        }
        (Some(item), Some(found)) => Ok(Pair::Both {
            item,
            object: Listed { size: found.size, known: Some(found), ..listed },
        }),
    }
}
