//! What lies in the records bucket: by key, or by time.

use chrono::{DateTime, Utc};

use super::{RecordsBucket, RecordsError};

/// When an object was written: S3 tells whole seconds, others may tell more.
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
    pub async fn list_after(&self, prefix: &str, start_after: &str) -> Result<Vec<String>, RecordsError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let list = list.set_start_after((!start_after.is_empty()).then(|| start_after.to_owned()));
        let mut pages = list.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("listing", prefix, error.into()))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
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
    pub async fn written_since(&self, prefix: &str, moment: DateTime<Utc>) -> Result<Vec<String>, RecordsError> {
        let all = self.by_time(prefix).await?.into_iter();
        Ok(all.take_while(|written| written.at.timestamp() >= moment.timestamp()).map(|written| written.key).collect())
    }

    /// When each key below `prefix` was written, the latest first.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn by_time(&self, prefix: &str) -> Result<Vec<Written>, RecordsError> {
        let mut pages = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("listing", prefix, error.into()))?;
            let objects = page.contents.unwrap_or_default();
            found.extend(objects.into_iter().filter_map(|object| {
                let modified = object.last_modified?;
                let at = DateTime::from_timestamp(modified.secs(), modified.subsec_nanos())?;
                Some(Written { at, key: object.key? })
            }));
        }
        found.sort_by(|left, right| right.cmp(left));
        Ok(found)
    }
}
