//! The two sides of one key.

use tokio::sync::mpsc::Sender;

use crate::engine::failure::Stop;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::scan::listed_object::ListedObject;

/// Pairs that go from one stage to the next together.
pub(crate) const BATCH: usize = 128;

/// The state of one key on each side.
#[derive(Debug)]
pub(crate) enum Pair {
    OnlyFile {
        item: FileItem,
        key: String,
    },
    Both {
        item: FileItem,
        object: ListedObject,
    },
    OnlyObject(ListedObject),
    /// A directory without an object of its own, above objects.
    Implied(FileItem),
    Unreadable {
        path: String,
        reason: ItemError,
    },
}

/// Sends pairs in batches.
pub(crate) struct PairSender {
    sender: Sender<Vec<Result<Pair, Stop>>>,
    batch: Vec<Result<Pair, Stop>>,
}

impl PairSender {
    pub(crate) fn new(sender: Sender<Vec<Result<Pair, Stop>>>) -> Self {
        Self { sender, batch: Vec::new() }
    }

    /// Sends a pair; `false` when the receiver is gone, which has its own reason to stop.
    pub(crate) async fn send_pair(&mut self, pair: Pair) -> bool {
        self.batch.push(Ok(pair));
        self.batch.len() < BATCH || self.send_batch().await
    }

    /// Sends the rest, and the error that ended the scan.
    pub(crate) async fn finish(mut self, ended: Result<(), Stop>) {
        if let Err(stop) = ended {
            self.batch.push(Err(stop));
        }
        self.send_batch().await;
    }

    async fn send_batch(&mut self) -> bool {
        self.sender.send(std::mem::take(&mut self.batch)).await.is_ok()
    }
}
