//! The destination bucket of a sync, in its own region and account.

use aws_sdk_s3::Client;

/// A destination bucket, and the client to reach it with.
#[derive(Clone, Debug)]
pub(crate) struct DestinationBucket {
    /// The client of the bucket's region.
    pub s3: Client,
    pub name: String,
    /// The prefix of the sync: empty, or ends in `/`.
    pub prefix: String,
    /// The other account that owns the bucket; absent where it is that of the stack. S3 refuses a
    /// request whose expected owner does not own the bucket (S3 User Guide, "Verifying bucket
    /// ownership with bucket owner condition").
    pub owner: Option<String>,
}

impl DestinationBucket {
    /// The key of a path relative to the source directory.
    pub(crate) fn key_of(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}
