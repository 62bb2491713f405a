//! Directories read by several threads, ahead of the walk that goes through them one by one: on a
//! network file system each is a round trip.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;

use super::tree::{Name, Tree};

const READERS: usize = 8;
/// Names that may lie ready; a directory that has more of them is read when the walk comes to it.
const MOST_READY: usize = 50_000;

/// The readers, as long as this value lives.
#[derive(Debug)]
pub(super) struct Folders<'a> {
    asked: Sender<Asked>,
    ready: &'a AtomicUsize,
}

/// A directory on its way.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    names: Receiver<io::Result<Vec<Name>>>,
    ready: &'a AtomicUsize,
}

#[derive(Debug)]
struct Asked {
    path: PathBuf,
    answer: SyncSender<io::Result<Vec<Name>>>,
}

/// Runs `work` with readers of the tree's directories.
pub(super) fn with_readers<R>(tree: &Tree, work: impl FnOnce(&Folders<'_>) -> R) -> R {
    let ready = AtomicUsize::new(0);
    let (asked, waiting) = mpsc::channel();
    let waiting = Mutex::new(waiting);
    std::thread::scope(|scope| {
        (0..READERS).for_each(|_| read_all(scope, tree, &waiting, &ready));
        // The readers end when nobody can ask them any more.
        work(&Folders { asked, ready: &ready })
    })
}

fn read_all<'scope>(
    scope: &'scope Scope<'scope, '_>,
    tree: &'scope Tree,
    waiting: &'scope Mutex<Receiver<Asked>>,
    ready: &'scope AtomicUsize,
) {
    scope.spawn(move || {
        loop {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Asked { path, answer }) = next else { return };
            let names = tree.names(&path);
            ready.fetch_add(names.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
            // A walk that has ended wants no answer.
            let _unwanted = answer.send(names);
        }
    });
}

impl<'a> Folders<'a> {
    /// Has the directory read.
    pub(super) fn ask(&self, path: PathBuf) -> Pending<'a> {
        let (answer, names) = mpsc::sync_channel(1);
        // Should no reader be left, `names` says so.
        let _unread = self.asked.send(Asked { path, answer });
        Pending { names, ready: self.ready }
    }

    /// Whether more may be read than is wanted at once.
    pub(super) fn may_read_ahead(&self) -> bool {
        self.ready.load(Ordering::Relaxed) < MOST_READY
    }
}

impl Pending<'_> {
    /// Its names, in the order their keys have in S3.
    pub(super) fn names(self) -> io::Result<Vec<Name>> {
        let names = self
            .names
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the directory's reader has ended")));
        self.ready.fetch_sub(names.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
        names
    }
}
