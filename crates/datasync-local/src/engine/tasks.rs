//! Work on many items at a time, each in its own task, and blocking work.

use std::future::Future;

use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinError;

use crate::engine::item_error::ItemError;

/// The number of items processed at once, each with one S3 request at a time (large files have
/// several).
pub(crate) const AT_ONCE: usize = 32;

/// A channel as a stream.
pub(crate) fn to_stream<T>(receiver: Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|item| (item, receiver))
    })
}

/// Runs `work` on each item, [`AT_ONCE`] at a time; the results come as they are ready. A result is
/// missing only when its task panicked, which is logged.
pub(crate) fn for_each_unordered<T, F, R>(
    items: impl Stream<Item = T>,
    work: impl Fn(T) -> F,
) -> impl Stream<Item = Option<R>>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    items.map(move |item| tokio::spawn(work(item))).buffer_unordered(AT_ONCE).map(join_result)
}

/// [`for_each_unordered`], with the results in the order of the items.
pub(crate) fn for_each_ordered<T, F, R>(
    items: impl Stream<Item = T>,
    work: impl Fn(T) -> F,
) -> impl Stream<Item = Option<R>>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    items.map(move |item| tokio::spawn(work(item))).buffered(AT_ONCE).map(join_result)
}

fn join_result<R>(joined: Result<R, JoinError>) -> Option<R> {
    joined
        .inspect_err(|error| {
            tracing::error!("an item's task ended with a panic or a cancel: {error}")
        })
        .ok()
}

/// Runs blocking work outside of the async threads.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ItemError> + Send + 'static,
) -> Result<T, ItemError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(ItemError::Broken))
}
