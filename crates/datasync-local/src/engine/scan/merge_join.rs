//! Both sides joined: a merge of the walk and the listing, both in the order of keys, so that
//! neither is held as a whole. With a manifest, only the items that it lists.

use std::cmp::Ordering;
use std::sync::Arc;
use std::vec;

use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::item::FileItem;
use crate::engine::scan::cached_listing::list_with_cache;
use crate::engine::scan::listed_object::{ListedObject, ListedPage};
use crate::engine::scan::manifest_join::send_manifest_pairs;
use crate::engine::scan::pair::{BATCH, Pair, PairSender};
use crate::engine::scan::read_ahead::with_readers;
use crate::engine::scan::walk::{ScannedItem, TreeWalk, WalkedName, scan_names};
use crate::engine::tasks::to_stream;

/// Pairs held between two stages.
const AHEAD: usize = 1024;
/// Names whose items one thread reads at a time.
const NAMES_AT_ONCE: usize = 128;
const SCANNING_THREADS: usize = 8;

/// Starts to read both sides, and streams their pairs. The stream ends with the first error.
pub(crate) fn stream_pairs(
    context: &Arc<EngineContext>,
) -> impl Stream<Item = Result<Pair, Stop>> + use<> {
    let (sender, receiver) = mpsc::channel(AHEAD / BATCH);
    let mut pairs = PairSender::new(sender);
    let context = Arc::clone(context);
    tokio::spawn(async move {
        let ended = match &context.manifest {
            Some(manifest) => send_manifest_pairs(&context, manifest, &mut pairs).await,
            None => send_all_pairs(&context, &mut pairs).await,
        };
        pairs.finish(ended).await;
    });
    to_stream(receiver).flat_map(stream::iter)
}

async fn send_all_pairs(context: &Arc<EngineContext>, pairs: &mut PairSender) -> Result<(), Stop> {
    let objects = ListedObjects {
        context,
        pages: list_with_cache(context),
        page: Vec::new().into_iter(),
        is_last: false,
        next: None,
        pairs,
    };
    merge(context, std::pin::pin!(scan_tree(context)), objects).await
}

/// Streams the tree's items in the order of their keys; several threads read them.
fn scan_tree(context: &Arc<EngineContext>) -> impl Stream<Item = Result<ScannedItem, Stop>> {
    let (sender, receiver) = mpsc::channel(SCANNING_THREADS);
    let walker = Arc::clone(context);
    tokio::task::spawn_blocking(move || walk_tree(&walker, &sender));
    let owner = Arc::clone(context);
    let scanned = to_stream(receiver).map(move |names: Result<Vec<_>, Stop>| {
        let scanner = Arc::clone(&owner);
        async move { scan_batch(scanner, names?).await }
    });
    scanned.buffered(SCANNING_THREADS).flat_map(|batch| {
        let (items, error) = match batch {
            Ok(items) => (items, None),
            Err(stop) => (Vec::new(), Some(Err(stop))),
        };
        stream::iter(items.into_iter().map(Ok).chain(error))
    })
}

async fn scan_batch(
    context: Arc<EngineContext>,
    batch: Vec<WalkedName>,
) -> Result<Vec<ScannedItem>, Stop> {
    let items = tokio::task::spawn_blocking(move || scan_names(&context.tree, batch)).await;
    items.map_err(|_| Stop::Broken("reading the file system".to_owned()))
}

fn walk_tree(context: &EngineContext, sender: &Sender<Result<Vec<WalkedName>, Stop>>) {
    with_readers(&context.tree, |readers| {
        let mut walk = match TreeWalk::new(readers, context.s3.prefix(), &context.filters) {
            Ok(walk) => walk,
            Err(source) => {
                return drop(sender.blocking_send(Err(context.mount_failure(source))));
            }
        };
        loop {
            let names: Vec<_> = walk.by_ref().take(NAMES_AT_ONCE).collect();
            if names.is_empty()
                || context.is_cancelled()
                || sender.blocking_send(Ok(names)).is_err()
            {
                return;
            }
        }
    });
}

async fn merge(
    context: &EngineContext,
    mut items: impl Stream<Item = Result<ScannedItem, Stop>> + Unpin,
    mut objects: ListedObjects<'_>,
) -> Result<(), Stop> {
    while let Some(next) = items.next().await {
        let pair = match next? {
            ScannedItem::Unreadable { path, reason } => Pair::Unreadable { path, reason },
            ScannedItem::Item(item) => objects.find_pair(context.s3.key_of(&item), item).await?,
        };
        if !objects.pairs.send_pair(pair).await {
            return Ok(());
        }
    }
    objects.send_rest().await
}

/// The listing as the merge reads it.
struct ListedObjects<'a> {
    context: &'a EngineContext,
    pages: Receiver<Result<ListedPage, Stop>>,
    page: vec::IntoIter<ListedObject>,
    is_last: bool,
    /// An object behind the last requested key.
    next: Option<ListedObject>,
    pairs: &'a mut PairSender,
}

impl ListedObjects<'_> {
    async fn find_pair(&mut self, key: String, item: FileItem) -> Result<Pair, Stop> {
        Ok(match self.find_object(&key).await? {
            Some(object) => Pair::Both { item, object },
            None if item.is_directory() && self.next_is_below(&key) => Pair::Implied(item),
            None => Pair::OnlyFile { item, key },
        })
    }

    /// Finds the object with this key. The objects before it have no item in the tree, and are sent
    /// as pairs.
    async fn find_object(&mut self, key: &str) -> Result<Option<ListedObject>, Stop> {
        while let Some(object) = self.next_object().await? {
            match object.key.as_str().cmp(key) {
                Ordering::Less => self.send_only_object(object).await,
                Ordering::Equal => return Ok(Some(object)),
                Ordering::Greater => {
                    self.next = Some(object);
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    fn next_is_below(&self, directory_key: &str) -> bool {
        self.next.as_ref().is_some_and(|object| object.key.starts_with(directory_key))
    }

    async fn send_rest(&mut self) -> Result<(), Stop> {
        while let Some(object) = self.next_object().await? {
            self.send_only_object(object).await;
        }
        Ok(())
    }

    async fn next_object(&mut self) -> Result<Option<ListedObject>, Stop> {
        loop {
            if let Some(object) = self.next.take().or_else(|| self.page.next()) {
                return Ok(Some(object));
            }
            if self.is_last {
                return Ok(None);
            }
            let received = self.pages.recv().await.transpose()?;
            let page = received.ok_or_else(|| Stop::Broken("listing".to_owned()))?;
            (self.page, self.is_last) = (page.objects.into_iter(), page.is_last);
        }
    }

    /// Sends an object without an item, unless the filters exclude it or it is the object of the
    /// prefix itself.
    async fn send_only_object(&mut self, object: ListedObject) {
        let path = self.context.s3.path_of(&object.key);
        if path.len() > 1 && self.context.filters.admits(&path) {
            // A receiver that is gone is noticed with the next item.
            let _gone = self.pairs.send_pair(Pair::OnlyObject(object)).await;
        }
    }
}
