//! The listing's pages with what the ledger knows of each object, in a thread of its own, so that
//! the next page is asked for meanwhile.
//!
//! Rule: the end of the listing is said by its last page, never by silence, which would make every
//! object behind it absent.

use std::sync::Arc;

use tokio::sync::mpsc::{self, Receiver, Sender};

use super::failure::Stop;
use super::job::Run;
use super::listing::{Listed, fetch};

/// Pages held between two stages, beside those that are being worked on.
const AHEAD: usize = 2;

/// Objects that lie together in the bucket.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    pub(super) is_last: bool,
}

/// Lists every object below the prefix, in the order of keys. After an error nothing follows.
pub(super) fn list(run: &Arc<Run>) -> Receiver<Result<Page, Stop>> {
    let (fetched, pages) = mpsc::channel(AHEAD);
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(fetch(Arc::clone(run), fetched));
    let run = Arc::clone(run);
    tokio::task::spawn_blocking(move || annotate(&run, pages, &sender));
    receiver
}

fn annotate(run: &Run, mut pages: Receiver<Result<Page, Stop>>, out: &Sender<Result<Page, Stop>>) {
    let mut entries = run.ledger.entries();
    let stale = |key: &str| run.ledger.forget(key);
    while let Some(mut page) = pages.blocking_recv() {
        if let Ok(page) = &mut page {
            for object in &mut page.objects {
                object.known = entries.at(object, stale);
            }
            if page.is_last {
                entries.rest(stale);
            }
        }
        // A reader that has gone has its own reason to stop.
        if out.blocking_send(page).is_err() {
            return;
        }
    }
}
