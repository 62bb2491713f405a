//! The two sides brought together: a merge of the walk and the listing, both in the order of keys,
//! so that neither is ever held as a whole. With a manifest, only what it names.

use std::cmp::Ordering;
use std::sync::Arc;
use std::vec;

use domain::report::object_key;
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::annotate::{Page, list};
use super::failure::{ItemError, Stop};
use super::fan_out::stream_of;
use super::item::Item;
use super::job::{Job, Run};
use super::listing::Listed;
use super::manifest_pairs;
use super::read_ahead::with_readers;
use super::walk::{Found, Walk, look_at_each};

/// Items held between two stages.
const AHEAD: usize = 1024;
/// Items that go from one stage to the next together.
const BATCH: usize = 128;
/// Names looked at by one thread at a time.
const LOOKS: usize = 128;
const LOOKING_THREADS: usize = 8;

/// What one key has on each side.
#[derive(Debug)]
pub(super) enum Pair {
    OnlyFile {
        item: Item,
        key: String,
    },
    Both {
        item: Item,
        object: Listed,
    },
    OnlyObject(Listed),
    /// A directory without an object of its own, above objects.
    Implied(Item),
    Unreadable {
        path: String,
        reason: ItemError,
    },
}

/// Starts reading both sides. After an error nothing follows.
pub(super) fn pairs(run: &Arc<Run>) -> impl Stream<Item = Result<Pair, Stop>> + use<> {
    let (sender, receiver) = mpsc::channel(AHEAD / BATCH);
    let mut out = Out { sender, batch: Vec::new() };
    let run = Arc::clone(run);
    tokio::spawn(async move {
        let sent = match &run.job.manifest {
            Some(manifest) => manifest_pairs::send_all(&run, manifest, &mut out).await,
            None => merge_all(&run, &mut out).await,
        };
        if let Err(stop) = sent {
            out.batch.push(Err(stop));
        }
        out.flush().await;
    });
    stream_of(receiver).flat_map(stream::iter)
}

/// Where pairs go, many at a time.
pub(super) struct Out {
    sender: Sender<Vec<Result<Pair, Stop>>>,
    batch: Vec<Result<Pair, Stop>>,
}

impl Out {
    /// `false` when nobody listens any more; a reader that has gone has its own reason to stop.
    pub(super) async fn send(&mut self, pair: Pair) -> bool {
        self.batch.push(Ok(pair));
        self.batch.len() < BATCH || self.flush().await
    }

    async fn flush(&mut self) -> bool {
        self.sender.send(std::mem::take(&mut self.batch)).await.is_ok()
    }
}

async fn merge_all(run: &Arc<Run>, out: &mut Out) -> Result<(), Stop> {
    let objects = Objects {
        job: &run.job,
        listed: list(run),
        page: Vec::new().into_iter(),
        is_last: false,
        next: None,
        out,
    };
    merge(&run.job, std::pin::pin!(found(run)), objects).await
}

/// The tree's items in the order of their keys, looked at by several threads.
fn found(run: &Arc<Run>) -> impl Stream<Item = Result<Found, Stop>> {
    let (sender, receiver) = mpsc::channel(LOOKING_THREADS);
    let walker = Arc::clone(run);
    tokio::task::spawn_blocking(move || walk(&walker, &sender));
    let run = Arc::clone(run);
    let looked = stream_of(receiver).map(move |batch: Result<Vec<_>, Stop>| {
        let run = Arc::clone(&run);
        async move {
            let batch = batch?;
            let looked = tokio::task::spawn_blocking(move || look_at_each(&run.tree, batch)).await;
            looked.map_err(|_| Stop::Broken("looking at files".to_owned()))
        }
    });
    looked.buffered(LOOKING_THREADS).flat_map(|batch| {
        let (items, error) = match batch {
            Ok(items) => (items, None),
            Err(stop) => (Vec::new(), Some(Err(stop))),
        };
        stream::iter(items.into_iter().map(Ok).chain(error))
    })
}

fn walk(run: &Run, sender: &Sender<Result<Vec<super::walk::Seen>, Stop>>) {
    let job = &run.job;
    with_readers(&run.tree, |folders| {
        let mut walk = match Walk::new(folders, &job.prefix, &job.filters) {
            Ok(walk) => walk,
            Err(source) => {
                let stop = Stop::Mount { path: job.root.path(), source };
                return drop(sender.blocking_send(Err(stop)));
            }
        };
        loop {
            let batch: Vec<_> = walk.by_ref().take(LOOKS).collect();
            if batch.is_empty()
                || run.live.is_cancelled()
                || sender.blocking_send(Ok(batch)).is_err()
            {
                return;
            }
        }
    });
}

async fn merge(
    job: &Job,
    mut found: impl Stream<Item = Result<Found, Stop>> + Unpin,
    mut objects: Objects<'_>,
) -> Result<(), Stop> {
    while let Some(next) = found.next().await {
        let pair = match next? {
            Found::Unreadable { path, reason } => Pair::Unreadable { path, reason },
            Found::Item(item) => {
                let key = key_of(job, &item);
                match objects.at(&key).await? {
                    Some(object) => Pair::Both { item, object },
                    None if item.is_directory() && objects.next_is_below(&key) => {
                        Pair::Implied(item)
                    }
                    None => Pair::OnlyFile { item, key },
                }
            }
        };
        if !objects.out.send(pair).await {
            return Ok(());
        }
    }
    objects.rest().await
}

/// The listing, and what was read from it too far.
struct Objects<'a> {
    job: &'a Job,
    listed: Receiver<Result<Page, Stop>>,
    page: vec::IntoIter<Listed>,
    is_last: bool,
    next: Option<Listed>,
    out: &'a mut Out,
}

impl Objects<'_> {
    /// The object with this key, if there is one. Those before it have no item in the tree, and are
    /// passed on.
    async fn at(&mut self, key: &str) -> Result<Option<Listed>, Stop> {
        while let Some(object) = self.take().await? {
            match object.key.as_str().cmp(key) {
                Ordering::Less => self.pass_on(object).await,
                Ordering::Equal => return Ok(Some(object)),
                Ordering::Greater => {
                    self.next = Some(object);
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    fn next_is_below(&self, folder: &str) -> bool {
        self.next.as_ref().is_some_and(|object| object.key.starts_with(folder))
    }

    async fn rest(&mut self) -> Result<(), Stop> {
        while let Some(object) = self.take().await? {
            self.pass_on(object).await;
        }
        Ok(())
    }

    async fn take(&mut self) -> Result<Option<Listed>, Stop> {
        loop {
            if let Some(object) = self.next.take().or_else(|| self.page.next()) {
                return Ok(Some(object));
            }
            if self.is_last {
                return Ok(None);
            }
            let page = self.listed.recv().await.transpose()?;
            let page = page.ok_or_else(|| Stop::Broken("listing".to_owned()))?;
            (self.page, self.is_last) = (page.objects.into_iter(), page.is_last);
        }
    }

    /// What the filters leave out is nobody's, nor is the object of the prefix itself.
    async fn pass_on(&mut self, object: Listed) {
        let path = self.job.path_of(&object.key);
        if path.len() > 1 && self.job.filters.admit(&path) {
            // A reader that has gone is noticed with the next item.
            let _gone = self.out.send(Pair::OnlyObject(object)).await;
        }
    }
}

pub(super) fn key_of(job: &Job, item: &Item) -> String {
    object_key(&job.prefix, &item.path, item.is_directory())
}
