//! The two sides brought together: a merge of the walk and the listing, both in the order of keys, so that neither is
//! ever held as a whole.

use std::cmp::Ordering;
use std::sync::Arc;

use pipeline::posix::FileKind;
use pipeline::report::object_key;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::failure::{ItemError, Stop};
use super::job::{Job, Run};
use super::listing::{Listed, list};
use super::walk::{Found, SourceItem, Walk};

/// Items held between two stages.
const AHEAD: usize = 1000;

/// What one key has on each side.
#[derive(Debug)]
pub(super) enum Pair {
    OnlySource { item: SourceItem, key: String },
    Both { item: SourceItem, object: Listed },
    OnlyDestination(Listed),
    Special(SourceItem),
    Unreadable { path: String, reason: ItemError },
}

/// Starts walking and listing. After an error nothing follows.
pub(super) fn pairs(run: &Arc<Run>) -> Receiver<Result<Pair, Stop>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let found = walk(Arc::clone(run));
    let job = &run.job;
    let listed = list(job.s3.clone(), job.bucket.clone(), job.prefix.clone());
    let run = Arc::clone(run);
    tokio::spawn(async move {
        if let Err(stop) = merge(&run.job, found, listed, &sender).await {
            // A reader that has gone has its own reason to stop.
            let _gone = sender.send(Err(stop)).await;
        }
    });
    receiver
}

fn walk(run: Arc<Run>) -> Receiver<Result<Found, Stop>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let job = &run.job;
        let failed = |source| Stop::Source { path: job.source.clone(), source };
        match Walk::new(&job.source, &job.prefix, &job.filters).map_err(failed) {
            Ok(walk) => {
                for found in walk {
                    if run.live.is_cancelled() || sender.blocking_send(Ok(found)).is_err() {
                        return;
                    }
                }
            }
            Err(stop) => drop(sender.blocking_send(Err(stop))),
        }
    });
    receiver
}

async fn merge(
    job: &Job,
    mut found: Receiver<Result<Found, Stop>>,
    listed: Receiver<Result<Listed, Stop>>,
    out: &Sender<Result<Pair, Stop>>,
) -> Result<(), Stop> {
    let mut destination = Destination { listed, next: None, out };
    while let Some(next) = found.recv().await {
        let pair = match next? {
            Found::Unreadable { path, reason } => Pair::Unreadable { path, reason },
            Found::Special(item) => {
                destination.at(&key_of(job, &item)).await?;
                Pair::Special(item)
            }
            Found::Item(item) => {
                let key = key_of(job, &item);
                match destination.at(&key).await? {
                    Some(object) => Pair::Both { item, object },
                    None => Pair::OnlySource { item, key },
                }
            }
        };
        if out.send(Ok(pair)).await.is_err() {
            return Ok(());
        }
    }
    destination.rest().await
}

/// The listing, and what was read from it too far.
struct Destination<'a> {
    listed: Receiver<Result<Listed, Stop>>,
    next: Option<Listed>,
    out: &'a Sender<Result<Pair, Stop>>,
}

impl Destination<'_> {
    /// The object with this key, if there is one. Those before it have no item in the source, and are passed on.
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

    async fn rest(&mut self) -> Result<(), Stop> {
        while let Some(object) = self.take().await? {
            self.pass_on(object).await;
        }
        Ok(())
    }

    async fn take(&mut self) -> Result<Option<Listed>, Stop> {
        match self.next.take() {
            Some(object) => Ok(Some(object)),
            None => self.listed.recv().await.transpose(),
        }
    }

    async fn pass_on(&self, object: Listed) {
        // A reader that has gone is noticed with the next item.
        let _gone = self.out.send(Ok(Pair::OnlyDestination(object))).await;
    }
}

fn key_of(job: &Job, item: &SourceItem) -> String {
    object_key(&job.prefix, &item.path, item.kind == FileKind::Directory)
}
