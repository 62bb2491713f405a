//! The versions of the destination bucket, page by page.

use anyhow::{Context, Result};
use aws_edge::SdkFailure;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::DateTime as SdkDateTime;
use chrono::{DateTime, Utc};
use pipeline::restore::{Listed, in_order};

/// A listing under way.
pub(crate) struct Pages {
    client: Client,
    bucket: String,
    prefix: String,
    next: Option<(Option<String>, Option<String>)>,
}

/// A page, with the storage class of each line beside it.
pub(crate) type Page = Vec<Listed>;

impl Pages {
    pub(crate) fn of(client: &Client, bucket: &str, prefix: &str) -> Self {
        let next = Some((None, None));
        Self { client: client.clone(), bucket: bucket.to_owned(), prefix: prefix.to_owned(), next }
    }

    /// `None` after the last one.
    pub(crate) async fn next(&mut self) -> Result<Option<Page>> {
        Ok(self.next_answer().await?.map(|answer| in_order(lines(answer))))
    }

    pub(crate) async fn next_answer(&mut self) -> Result<Option<ListObjectVersionsOutput>> {
        let Some((key, version)) = self.next.take() else { return Ok(None) };
        let list = self.client.list_object_versions().bucket(&self.bucket).prefix(&self.prefix);
        let list = list.set_key_marker(key).set_version_id_marker(version);
        let answer = list.send().await.map_err(SdkFailure::from);
        let answer =
            answer.with_context(|| format!("listing the versions of `s3://{}/{}`", self.bucket, self.prefix))?;
        if answer.is_truncated() == Some(true) && answer.next_key_marker().is_some() {
            self.next = Some((answer.next_key_marker.clone(), answer.next_version_id_marker.clone()));
        }
        Ok(Some(answer))
    }
}

/// Versions and delete markers, in no order.
fn lines(answer: ListObjectVersionsOutput) -> Vec<Listed> {
    let versions = answer.versions.unwrap_or_default().into_iter().filter_map(|one| {
        Some(Listed {
            key: one.key?,
            version_id: one.version_id.unwrap_or_else(|| "null".to_owned()),
            last_modified: utc(one.last_modified.as_ref())?,
            size: one.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            latest: one.is_latest == Some(true),
            deleted: false,
        })
    });
    let markers = answer.delete_markers.unwrap_or_default().into_iter().filter_map(|one| {
        Some(Listed {
            key: one.key?,
            version_id: one.version_id.unwrap_or_else(|| "null".to_owned()),
            last_modified: utc(one.last_modified.as_ref())?,
            size: 0,
            latest: one.is_latest == Some(true),
            deleted: true,
        })
    });
    versions.chain(markers).collect()
}

fn utc(at: Option<&SdkDateTime>) -> Option<DateTime<Utc>> {
    at.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()))
}
