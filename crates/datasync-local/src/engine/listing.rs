//! The destination's objects, page by page, ahead of who reads them.

use aws_edge::SdkFailure;
use aws_sdk_s3::Client;
use tokio::sync::mpsc::{self, Receiver};

use super::failure::Stop;

/// Objects held between the pages and their reader.
const AHEAD: usize = 2000;

/// An object of the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
}

/// Lists every object below a prefix, in the order of keys. After an error nothing follows.
pub(super) fn list(client: Client, bucket: String, prefix: String) -> Receiver<Result<Listed, Stop>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        if let Err(stop) = send_all(&client, &bucket, &prefix, &sender).await {
            // A reader that has gone has its own reason to stop.
            let _gone = sender.send(Err(stop)).await;
        }
    });
    receiver
}

async fn send_all(
    client: &Client,
    bucket: &str,
    prefix: &str,
    sender: &mpsc::Sender<Result<Listed, Stop>>,
) -> Result<(), Stop> {
    let mut last = String::new();
    let mut pages = client.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Stop::Listing(SdkFailure::from(error)))?;
        for object in page.contents.unwrap_or_default() {
            let Some(key) = object.key else { continue };
            in_order(&last, &key)?;
            last.clone_from(&key);
            let size = u64::try_from(object.size.unwrap_or_default()).unwrap_or_default();
            if sender.send(Ok(Listed { key, size })).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The comparison takes what is not where it should be for absent; with REMOVE that would delete.
fn in_order(last: &str, key: &str) -> Result<(), Stop> {
    if last < key { Ok(()) } else { Err(Stop::Order { first: last.to_owned(), second: key.to_owned() }) }
}
