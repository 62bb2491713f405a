//! Every kind of listing of S3, encoded and not, page by page.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use aws::exact_key::exact_key;
use aws::listed_key::listed_key;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{EncodingType, Object};
use e2e::deployment::Deployment;

use super::FETCHED;

fn require_same_keys(
    kind: &str,
    expected: &BTreeSet<String>,
    listed: &BTreeSet<String>,
) -> Result<()> {
    let other: Vec<_> = expected.symmetric_difference(listed).take(3).collect();
    ensure!(other.is_empty(), "{kind} has other keys: {other:?}");
    Ok(())
}

/// Requires the same keys in each kind of listing. Returns the number of kinds.
pub(super) async fn require_every_listing(
    deployment: &Deployment,
    keys: &BTreeSet<String>,
) -> Result<usize> {
    let (s3, outputs) = (&deployment.s3, deployment.read_outputs().await?);
    let bucket = outputs.destination_bucket.as_str();
    let mut kinds = 0;
    for encoding in [Some(EncodingType::Url), None] {
        let require_same = |kind: &str, listed: BTreeSet<String>| {
            require_same_keys(&format!("{kind}, encoding {encoding:?},"), keys, &listed)
        };
        require_same("ListObjectsV2", list_objects_v2(s3, bucket, encoding.as_ref()).await?)?;
        require_same("ListObjects", list_objects(s3, bucket, encoding.as_ref()).await?)?;
        require_same("ListObjectVersions", list_versions(s3, bucket, encoding.as_ref()).await?)?;
        unfinished_uploads(s3, bucket, encoding.clone()).await?;
        kinds += 4;
    }
    Ok(kinds)
}

async fn list_objects_v2(
    s3: &Client,
    bucket: &str,
    encoding: Option<&EncodingType>,
) -> Result<BTreeSet<String>> {
    let mut listed = BTreeSet::new();
    let request = s3.list_objects_v2().bucket(bucket).set_encoding_type(encoding.cloned());
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page?;
        listed.extend(decoded_keys(page.contents, page.encoding_type.as_ref()));
    }
    Ok(listed)
}

async fn list_objects(
    s3: &Client,
    bucket: &str,
    encoding: Option<&EncodingType>,
) -> Result<BTreeSet<String>> {
    let (mut listed, mut marker) = (BTreeSet::new(), None);
    loop {
        let request = s3.list_objects().bucket(bucket).set_encoding_type(encoding.cloned());
        let page = request.set_marker(marker).send().await?;
        listed.extend(decoded_keys(page.contents, page.encoding_type.as_ref()));
        // Without a delimiter the last key is the marker of the next page (S3 API reference,
        // `ListObjects`).
        marker = listed.last().cloned();
        if page.is_truncated != Some(true) {
            return Ok(listed);
        }
    }
}

fn decoded_keys(
    objects: Option<Vec<Object>>,
    encoding: Option<&EncodingType>,
) -> impl Iterator<Item = String> {
    let keys = objects.unwrap_or_default().into_iter().filter_map(|object| object.key);
    keys.map(move |key| listed_key(key, encoding))
}

async fn list_versions(
    s3: &Client,
    bucket: &str,
    encoding: Option<&EncodingType>,
) -> Result<BTreeSet<String>> {
    let (mut listed, mut next) = (BTreeSet::new(), (None, None));
    loop {
        let request = s3.list_object_versions().bucket(bucket).max_keys(700);
        let request = request.set_encoding_type(encoding.cloned());
        let page = request.set_key_marker(next.0).set_version_id_marker(next.1).send().await?;
        let encoded = page.encoding_type.clone();
        let keys = page.versions.unwrap_or_default().into_iter().filter_map(|version| version.key);
        listed.extend(keys.map(|key| listed_key(key, encoded.as_ref())));
        if page.is_truncated != Some(true) {
            return Ok(listed);
        }
        let marker = page.next_key_marker.map(|key| listed_key(key, encoded.as_ref()));
        next = (marker, page.next_version_id_marker);
    }
}

/// Returns each key with the id of its upload.
async fn begin_uploads(s3: &Client, bucket: &str) -> Result<BTreeSet<(String, String)>> {
    let mut begun = BTreeSet::new();
    for key in FETCHED {
        let upload = s3.create_multipart_upload().bucket(bucket).key(exact_key(key)).send().await?;
        begun.insert((key.to_owned(), upload.upload_id.context("an upload without an id")?));
    }
    Ok(begun)
}

/// Begins uploads of a few keys, finds them listed, and ends them.
async fn unfinished_uploads(
    s3: &Client,
    bucket: &str,
    encoding: Option<EncodingType>,
) -> Result<()> {
    let begun = begin_uploads(s3, bucket).await?;
    let page =
        s3.list_multipart_uploads().bucket(bucket).set_encoding_type(encoding).send().await?;
    let encoded = page.encoding_type.clone();
    let uploads = page.uploads.unwrap_or_default().into_iter();
    let listed: BTreeSet<_> = uploads
        .filter_map(|one| Some((listed_key(one.key?, encoded.as_ref()), one.upload_id?)))
        .collect();
    ensure!(listed == begun, "other uploads are listed: {listed:?}");
    for (key, id) in begun {
        let abort = s3.abort_multipart_upload().bucket(bucket).key(exact_key(&key));
        abort.upload_id(id).send().await?;
    }
    Ok(())
}
