//! Directories read by several threads, ahead of the walk that goes through them one by one: on a
//! network file system each read is a round trip.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;

use crate::engine::tree::{DirectoryEntry, DirectoryTree};

const READERS: usize = 8;
/// The limit on names read ahead; above it a directory is read when the walk comes to it.
const MOST_READY: usize = 50_000;

/// The reading threads; they end when this value is dropped.
#[derive(Debug)]
pub(crate) struct DirectoryReaders<'a> {
    requests: Sender<ReadRequest>,
    ready: &'a AtomicUsize,
}

/// A directory that was requested from a reader.
#[derive(Debug)]
pub(crate) struct PendingDirectory<'a> {
    names: Receiver<io::Result<Vec<DirectoryEntry>>>,
    ready: &'a AtomicUsize,
}

#[derive(Debug)]
struct ReadRequest {
    path: PathBuf,
    answer: SyncSender<io::Result<Vec<DirectoryEntry>>>,
}

/// Runs `work` with readers of the tree's directories.
pub(crate) fn with_readers<R>(
    tree: &DirectoryTree,
    work: impl FnOnce(&DirectoryReaders<'_>) -> R,
) -> R {
    let ready = AtomicUsize::new(0);
    let (requests, receiver) = mpsc::channel();
    let waiting = Mutex::new(receiver);
    std::thread::scope(|scope| {
        (0..READERS).for_each(|_| spawn_reader(scope, tree, &waiting, &ready));
        // The readers end when the sender of requests is dropped.
        work(&DirectoryReaders { requests, ready: &ready })
    })
}

fn spawn_reader<'scope>(
    scope: &'scope Scope<'scope, '_>,
    tree: &'scope DirectoryTree,
    waiting: &'scope Mutex<Receiver<ReadRequest>>,
    ready: &'scope AtomicUsize,
) {
    scope.spawn(move || {
        loop {
            let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(ReadRequest { path, answer }) = next else { return };
            let names = tree.list_names(&path);
            ready.fetch_add(names.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
            // A walk that has ended receives no answer.
            let _unwanted = answer.send(names);
        }
    });
}

impl<'a> DirectoryReaders<'a> {
    /// Asks a reader for the directory.
    pub(crate) fn request_directory(&self, path: PathBuf) -> PendingDirectory<'a> {
        let (answer, names) = mpsc::sync_channel(1);
        // Without readers, receiving the names fails.
        let _unread = self.requests.send(ReadRequest { path, answer });
        PendingDirectory { names, ready: self.ready }
    }

    /// Whether directories may be read ahead.
    pub(crate) fn may_read_ahead(&self) -> bool {
        self.ready.load(Ordering::Relaxed) < MOST_READY
    }
}

impl PendingDirectory<'_> {
    /// Waits for the directory's names, in the order of their keys in S3.
    pub(crate) fn wait_for_names(self) -> io::Result<Vec<DirectoryEntry>> {
        let names = self
            .names
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the reader of the directory ended")));
        self.ready.fetch_sub(names.as_ref().map_or(0, Vec::len), Ordering::Relaxed);
        names
    }
}
