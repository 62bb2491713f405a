//! Many items at a time, each in a task of its own.

use std::future::Future;

use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::Receiver;

/// S3 calls under way at once.
pub(super) const AT_ONCE: usize = 16;

/// A channel as a stream.
pub(super) fn stream_of<T>(receiver: Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|item| (item, receiver)) })
}

/// Runs `work` on each item, [`AT_ONCE`] at a time; the results come as they are ready. A result is missing only when
/// its task panicked, which is logged.
pub(super) fn each<T, F, R>(items: impl Stream<Item = T>, work: impl Fn(T) -> F) -> impl Stream<Item = Option<R>>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    items
        .map(move |item| tokio::spawn(work(item)))
        .buffer_unordered(AT_ONCE)
        .map(|joined| joined.inspect_err(|error| tracing::error!("an item's task ended by itself: {error}")).ok())
}
