//! The bucket's objects, page by page, ahead of who reads them.

use aws_edge::SdkFailure;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;
use tokio::sync::mpsc::{self, Receiver};

use super::failure::Stop;

/// Objects held between the pages and their reader.
const AHEAD: usize = 2000;

/// An object of the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    /// The version a manifest names; `None`: the latest.
    pub(super) version_id: Option<String>,
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
    // Keys may hold characters that XML cannot.
    let request = client.list_objects_v2().bucket(bucket).prefix(prefix).encoding_type(EncodingType::Url);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Stop::Listing(SdkFailure::from(error)))?;
        let encoded = page.encoding_type == Some(EncodingType::Url);
        for object in page.contents.unwrap_or_default() {
            let Some(key) = object.key.map(|key| if encoded { decoded(&key) } else { key }) else { continue };
            in_order(&last, &key)?;
            last.clone_from(&key);
            let size = u64::try_from(object.size.unwrap_or_default()).unwrap_or_default();
            if sender.send(Ok(Listed { key, size, version_id: None })).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A space may come as `+`; a plus never comes as itself.
fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// The comparison takes what is not where it should be for absent; with REMOVE that would delete.
fn in_order(last: &str, key: &str) -> Result<(), Stop> {
    if last < key { Ok(()) } else { Err(Stop::Order { first: last.to_owned(), second: key.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_keys_are_read_in_either_form_of_a_space() {
        for (encoded, key) in [("a+b%20c%2Bd", "a b c+d"), ("%C3%BC/%01", "ü/\u{1}")] {
            assert_eq!(decoded(encoded), key);
        }
    }
}
