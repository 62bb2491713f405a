//! Lists the current objects of the destination bucket, page by page.

use anyhow::{Context, Result};
use aws::SdkFailure;
use aws::object_listing::ObjectPage;
use aws_sdk_s3::types::EncodingType;

use crate::access::Access;
use crate::runs::destination_bucket::DestinationBucket;

pub(crate) const ACCESS: Access = Access { destination: &["s3:ListBucket"], ..Access::NONE };

/// A listing in progress.
pub(crate) struct ObjectPages {
    bucket: DestinationBucket,
    /// The prefix of the keys, with that of the sync.
    prefix: String,
    delimiter: Option<&'static str>,
    /// The token of the next page, which the first one has none of; `None` after the last page.
    next: Option<Option<String>>,
}

impl ObjectPages {
    /// `one_level` replaces what lies below a directory by that directory.
    pub(crate) fn below_prefix(bucket: &DestinationBucket, prefix: &str, one_level: bool) -> Self {
        Self {
            bucket: bucket.clone(),
            prefix: prefix.to_owned(),
            delimiter: one_level.then_some("/"),
            next: Some(None),
        }
    }

    /// Returns the next page; `None` after the last one.
    pub(crate) async fn next_page(&mut self) -> Result<Option<ObjectPage>> {
        let Some(token) = self.next.take() else { return Ok(None) };
        let bucket = &self.bucket;
        let list = bucket.s3.list_objects_v2().bucket(&bucket.name).prefix(&self.prefix);
        let list = list.set_expected_bucket_owner(bucket.owner.clone());
        let list = list.set_delimiter(self.delimiter.map(str::to_owned));
        let list = list.encoding_type(EncodingType::Url).set_continuation_token(token);
        let answer = list.send().await.map_err(SdkFailure::from);
        let answer =
            answer.with_context(|| format!("listing `s3://{}/{}`", bucket.name, self.prefix))?;
        let page = ObjectPage::from(answer);
        self.next = page.next.clone().map(Some);
        Ok(Some(page))
    }
}
