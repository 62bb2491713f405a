//! The listing's pages, completed from the metadata cache in a thread of its own, so that the next
//! page is requested meanwhile.
//!
//! Rule: the last page says that it is the last. A listing that ends without one is an error: the
//! missing objects would count as absent.

use std::sync::Arc;

use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::engine::context::EngineContext;
use crate::engine::failure::Stop;
use crate::engine::metadata_cache::MetadataCache;
use crate::engine::scan::listed_object::ListedPage;
use crate::engine::scan::listing::send_pages;

/// Pages held between two stages, beside those that are being processed.
const AHEAD: usize = 2;

/// Lists every object below the prefix, in the order of keys. Nothing follows an error.
pub(crate) fn list_with_cache(context: &Arc<EngineContext>) -> Receiver<Result<ListedPage, Stop>> {
    let (listed, pages) = mpsc::channel(AHEAD);
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(send_pages(Arc::clone(context), listed));
    let owner = Arc::clone(context);
    tokio::task::spawn_blocking(move || complete_pages(&owner.cache, pages, &sender));
    receiver
}

fn complete_pages(
    cache: &MetadataCache,
    mut pages: Receiver<Result<ListedPage, Stop>>,
    out: &Sender<Result<ListedPage, Stop>>,
) {
    let mut entries = cache.open_entries();
    let evict = |key: &str| cache.evict(key);
    while let Some(mut received) = pages.blocking_recv() {
        if let Ok(page) = &mut received {
            page.objects.iter_mut().for_each(|o| o.known_head = entries.find_head(o, evict));
            if page.is_last {
                entries.visit_rest(evict);
            }
        }
        // A receiver that is gone has its own reason to stop.
        if out.blocking_send(received).is_err() {
            return;
        }
    }
}
