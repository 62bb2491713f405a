//! Lists of the documents in the records bucket, by key or by time.

use aws_sdk_s3::types::EncodingType;
use chrono::{DateTime, Utc};

use super::{RecordsBucket, RecordsError};
use crate::listed_key::listed_key;

/// The time of the write: S3 returns whole seconds, other stores may return fractions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    pub at: DateTime<Utc>,
    pub key: String,
}

impl RecordsBucket {
    /// All keys that begin with `prefix`, in UTF-8 binary order.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, RecordsError> {
        self.list_after(prefix, "").await
    }

    /// Those of them that come after `start_after`.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn list_after(
        &self,
        prefix: &str,
        start_after: &str,
    ) -> Result<Vec<String>, RecordsError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let list = list.encoding_type(EncodingType::Url);
        let list = list.set_start_after((!start_after.is_empty()).then(|| start_after.to_owned()));
        let mut pages = list.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.call_error("listing", prefix, error.into()))?;
            let encoding = page.encoding_type.as_ref();
            let listed =
                page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
            keys.extend(listed.map(|key| listed_key(key, encoding)));
        }
        Ok(keys)
    }

    /// The keys below `prefix` that were written last, the latest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn newest(&self, prefix: &str, limit: usize) -> Result<Vec<String>, RecordsError> {
        Ok(self.by_time(prefix).await?.into_iter().take(limit).map(|written| written.key).collect())
    }

    /// The keys below `prefix` that were written at `moment` or later, the latest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn written_since(
        &self,
        prefix: &str,
        moment: DateTime<Utc>,
    ) -> Result<Vec<String>, RecordsError> {
        let all = self.by_time(prefix).await?.into_iter();
        Ok(all
            .take_while(|written| written.at.timestamp() >= moment.timestamp())
            .map(|written| written.key)
            .collect())
    }

    /// When each key below `prefix` was written, the latest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn by_time(&self, prefix: &str) -> Result<Vec<Written>, RecordsError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = list.encoding_type(EncodingType::Url).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.call_error("listing", prefix, error.into()))?;
            let encoding = page.encoding_type.as_ref();
            let objects = page.contents.unwrap_or_default();
            found.extend(objects.into_iter().filter_map(|object| {
                let modified = object.last_modified?;
                let at = DateTime::from_timestamp(modified.secs(), modified.subsec_nanos())?;
                Some(Written { at, key: listed_key(object.key?, encoding) })
            }));
        }
        found.sort_by(|left, right| right.cmp(left));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_fakes::FakeBucket;

    /// XML can't hold some characters of keys, so S3 encodes them on request.
    #[tokio::test]
    async fn keys_of_any_characters_are_listed_as_they_are() {
        let bucket = FakeBucket::default();
        let keys = ["runs/a b+c%20", "runs/line\nbreak\u{1}", "runs/ü/&<>"];
        keys.iter().for_each(|key| bucket.put(key, "{}"));
        let records = RecordsBucket::new(bucket.client(&[]), "records");
        assert_eq!(records.list("runs/").await.unwrap(), keys);
        let by_time = records.newest("runs/", 9).await.unwrap();
        assert_eq!(by_time.iter().rev().collect::<Vec<_>>(), keys.iter().collect::<Vec<_>>());
    }
}
