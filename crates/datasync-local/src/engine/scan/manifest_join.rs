//! Both sides of the items that a manifest lists.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use aws::SdkFailure;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use domain::manifest::{ManifestEntry, ManifestReader};
use domain::report::object_key;
use futures::StreamExt;
use tokio::sync::mpsc::{self, Sender};

use crate::engine::context::EngineContext;
use crate::engine::execution_input::ManifestObject;
use crate::engine::failure::Stop;
use crate::engine::item::FileItem;
use crate::engine::item_error::{ItemError, is_absent};
use crate::engine::object_head::ObjectHead;
use crate::engine::scan::listed_object::ListedObject;
use crate::engine::scan::pair::{Pair, PairSender};
use crate::engine::tasks::{for_each_ordered, run_blocking, to_stream};

/// Entries held between the manifest and the look-ups.
const AHEAD: usize = 100;

/// Reads both sides of every entry, in the manifest's order.
pub(crate) async fn send_manifest_pairs(
    context: &Arc<EngineContext>,
    manifest: &ManifestObject,
    pairs: &mut PairSender,
) -> Result<(), Stop> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let reader = tokio::spawn(read_manifest(manifest.clone(), sender));
    let read = |entry| read_entry(Arc::clone(context), entry);
    let mut results = std::pin::pin!(for_each_ordered(to_stream(receiver), read));
    while let Some(result) = results.next().await {
        let pair = result.ok_or_else(|| Stop::Broken("reading a manifest's entries".to_owned()))?;
        if !pairs.send_pair(pair).await {
            return Ok(());
        }
    }
    reader.await.unwrap_or_else(|_| Err(Stop::Broken("reading the manifest".to_owned())))
}

async fn request_manifest(manifest: &ManifestObject) -> Result<GetObjectOutput, Stop> {
    let request = manifest.client.get_object().bucket(&manifest.bucket).key(&manifest.key);
    let sent = request.set_version_id(manifest.version_id.clone()).send().await;
    sent.map_err(|error| Stop::Manifest {
        key: manifest.key.clone(),
        source: SdkFailure::from(error),
    })
}

async fn read_manifest(manifest: ManifestObject, out: Sender<ManifestEntry>) -> Result<(), Stop> {
    let mut got = request_manifest(&manifest).await?;
    let invalid = |problem: String| Stop::ManifestText { key: manifest.key.clone(), problem };
    let (mut reader, mut entries, mut known) =
        (ManifestReader::default(), Vec::new(), HashSet::new());
    while let Some(chunk) = got.body.next().await {
        let bytes =
            chunk.map_err(|error| invalid(format!("it could not be read to its end: {error}")))?;
        reader.read_bytes(&bytes, &mut entries).map_err(|error| invalid(error.to_string()))?;
        if !send_entries(&mut entries, &mut known, &out).await.map_err(invalid)? {
            return Ok(());
        }
    }
    reader.finish(&mut entries).map_err(|error| invalid(error.to_string()))?;
    send_entries(&mut entries, &mut known, &out).await.map_err(invalid).map(|_| ())
}

/// Sends entries; `false` when the receiver is gone. A path may be listed only once: of two writers
/// of one path either could win. 64 bits of each path are kept.
async fn send_entries(
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

async fn read_entry(context: Arc<EngineContext>, entry: ManifestEntry) -> Pair {
    let path = format!("/{}", entry.path.trim_start_matches('/'));
    match read_both_sides(&context, &path, entry.version_id).await {
        Ok(pair) => pair,
        Err(reason) => Pair::Unreadable { path, reason },
    }
}

async fn read_both_sides(
    context: &Arc<EngineContext>,
    path: &str,
    version_id: Option<String>,
) -> Result<Pair, ItemError> {
    if path.ends_with('/') {
        return Err(ItemError::ManifestDirectory);
    }
    if version_id.is_some() && !context.settings.is_restore() {
        return Err(ItemError::ManifestVersion);
    }
    let key = object_key(context.s3.prefix(), path, false);
    let object = ListedObject { key, version_id, ..ListedObject::default() };
    // A path that no file can have would be read at another place.
    context.s3.checked_path(&object)?;
    let head = context.s3.find_object(&object.key, object.version_id.as_deref()).await?;
    let item = read_listed_file(context, path).await?;
    pair_of(context.settings.is_restore(), item, head, object)
}

async fn read_listed_file(
    context: &Arc<EngineContext>,
    path: &str,
) -> Result<Option<FileItem>, ItemError> {
    let (owner, owned_path) = (Arc::clone(context), path.to_owned());
    run_blocking(move || match owner.tree.read_item(&owned_path) {
        Ok(item) => Ok(Some(item)),
        // At a destination the write then reports the item in the way.
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) if owner.settings.is_restore() => {
            Err(ItemError::ReadDestination(error.to_string()))
        }
        Err(error) => Err(ItemError::open_failed(&error)),
    })
    .await
}

fn pair_of(
    is_restore: bool,
    item: Option<FileItem>,
    head: Option<ObjectHead>,
    object: ListedObject,
) -> Result<Pair, ItemError> {
    match (item, head) {
        (None, None) => Err(ItemError::NotAtSource),
        (Some(_), None) if is_restore => Err(ItemError::NotAtSource),
        (None, Some(_)) if !is_restore => Err(ItemError::NotAtSource),
        (Some(item), _) if item.is_directory() && !is_restore => Err(ItemError::ManifestDirectory),
        (Some(item), None) => Ok(Pair::OnlyFile { item, key: object.key }),
        (None, Some(head)) => Ok(Pair::OnlyObject(with_head(object, head))),
        (Some(item), Some(head)) => Ok(Pair::Both { item, object: with_head(object, head) }),
    }
}

fn with_head(object: ListedObject, head: ObjectHead) -> ListedObject {
    ListedObject { size: head.size, known_head: Some(head), ..object }
}
