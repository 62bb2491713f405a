//! Many items at a time, each in a task of its own.

use std::future::Future;

use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinError;

/// Items under way at once, each with one S3 call at a time (large files have several).
pub(super) const AT_ONCE: usize = 32;

/// A channel as a stream.
pub(super) fn stream_of<T>(receiver: Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|item| (item, receiver))
    })
}

/// Runs `work` on each item, [`AT_ONCE`] at a time; the results come as they are ready. A result is
/// missing only when its task panicked, which is logged.
pub(super) fn each<T, F, R>(
    items: impl Stream<Item = T>,
    work: impl Fn(T) -> F,
) -> impl Stream<Item = Option<R>>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    items.map(move |item| tokio::spawn(work(item))).buffer_unordered(AT_ONCE).map(told)
}

/// [`each`], with the results in the order of the items.
pub(super) fn in_order<T, F, R>(
    items: impl Stream<Item = T>,
    work: impl Fn(T) -> F,
) -> impl Stream<Item = Option<R>>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    items.map(move |item| tokio::spawn(work(item))).buffered(AT_ONCE).map(told)
}

fn told<R>(joined: Result<R, JoinError>) -> Option<R> {
    joined.inspect_err(|error| tracing::error!("an item's task ended by itself: {error}")).ok()
}
