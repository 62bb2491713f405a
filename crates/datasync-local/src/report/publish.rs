//! Writing the report objects: first the parts, then the summary, so that a reader of the summary
//! finds all parts.

use std::io;

use aws::SdkFailure;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use domain::arn::bucket_name;
use domain::report::{ReportLocation, SummaryReport};

use super::spool::Spool;
use crate::state::{TaskReportConfig, random_hex17};

/// Writes everything to the configured destination; returns the number of detailed parts.
/// `truncate` leaves the last part without its second half (an injected fault).
///
/// # Errors
/// [`PublishError`] at the first object that could not be written.
pub async fn publish_report(
    client: &Client,
    config: &TaskReportConfig,
    task_id: &str,
    execution_id: &str,
    spool: &Spool,
    summary: &SummaryReport,
    truncate: bool,
) -> Result<usize, PublishError> {
    let destination = &config.destination.as_ref().ok_or(PublishError::NoDestination)?.s3;
    let bucket = bucket_name(&destination.s3_bucket_arn);
    let prefix = destination.subdirectory.clone().unwrap_or_default();
    let (task_id, execution_id) = (task_id.to_owned(), execution_id.to_owned());
    let keys = ReportLocation { prefix, task_id, execution_id };
    let count = put_parts(client, bucket, &keys, spool, truncate).await?;
    let content = serde_json::to_vec(summary).map_err(PublishError::Summary)?;
    put_report(client, bucket, &keys.summary_key(&random_hex17()), content).await?;
    Ok(count)
}

async fn put_parts(
    client: &Client,
    bucket: &str,
    keys: &ReportLocation,
    spool: &Spool,
    truncate: bool,
) -> Result<usize, PublishError> {
    let parts = spool.take_parts().map_err(PublishError::Spool)?;
    let (count, last) = (parts.len(), parts.last().map(|part| (part.kind, part.number)));
    for mut part in parts {
        let key = keys.part_key(part.kind, part.number, &random_hex17());
        let mut content = part.read_content().map_err(PublishError::Spool)?;
        if truncate && Some((part.kind, part.number)) == last {
            content.truncate(content.len() / 2);
        }
        put_report(client, bucket, &key, content).await?;
    }
    Ok(count)
}

async fn put_report(
    client: &Client,
    bucket: &str,
    key: &str,
    content: Vec<u8>,
) -> Result<(), PublishError> {
    let request = client.put_object().bucket(bucket).key(key).content_type("application/json");
    let sent = request.body(ByteStream::from(content)).send().await;
    sent.map(|_| ())
        .map_err(|error| PublishError::Put { key: key.to_owned(), source: SdkFailure::from(error) })
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("the report has no destination")]
    NoDestination,
    #[error("keeping report rows")]
    Spool(#[source] io::Error),
    #[error("writing the summary report")]
    Summary(#[source] serde_json::Error),
    #[error("writing report `{key}`")]
    Put { key: String, source: SdkFailure },
}
