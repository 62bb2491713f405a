//! `[destination]`: the bucket, what lies where in it, and what becomes of it in time.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::defaults;
use crate::config::options::StorageClass;
use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationConfig {
    /// An existing bucket, whose settings stay as they are; `None` is one of our own.
    pub bucket: Option<String>,
    /// Empty, or ends in `/` and does not begin with it.
    pub prefix: String,
    pub storage_class: StorageClass,
    /// Of a bucket of our own: what encrypts it, `None` being S3's own keys. Of an existing one:
    /// what DataSync has to use.
    pub kms_key_arn: Option<String>,
    /// Days after which a version that is no longer current expires; `None` keeps all.
    pub noncurrent_version_expiration_days: Option<i32>,
    pub transition: Option<StorageTransition>,
    /// Days after which what was uploaded of an unfinished object is deleted.
    pub abort_multipart_days: i32,
}

/// In `stack.toml`: `transition_days` and `transition_storage_class`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageTransition {
    /// Since the object was written.
    pub days: i32,
    pub storage_class: StorageClass,
}

const OF_A_NEW_BUCKET: [&str; 4] = [
    "noncurrent_version_expiration_days",
    "transition_days",
    "transition_storage_class",
    "abort_multipart_days",
];

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> DestinationConfig {
    let mut read = Reader::section(document, "destination", problems);
    let bucket = read.optional_text("bucket");
    if bucket.is_some() {
        for key in OF_A_NEW_BUCKET {
            let message = "does not go with destination.bucket: the lifecycle of an existing bucket is never \
                           changed; remove this key and set it on the bucket";
            read.exclude(key, message);
        }
    }
    let section = DestinationConfig {
        bucket,
        prefix: read.text("prefix", ""),
        storage_class: read.choice("storage_class", StorageClass::Standard),
        kms_key_arn: read.optional_text("kms_key_arn"),
        noncurrent_version_expiration_days: read.small_number("noncurrent_version_expiration_days"),
        transition: transition(&mut read),
        abort_multipart_days: read.number("abort_multipart_days", defaults::ABORT_MULTIPART_DAYS),
    };
    read.finish();
    section
}

fn transition(read: &mut Reader<'_>) -> Option<StorageTransition> {
    let written = (read.has("transition_days"), read.has("transition_storage_class"));
    let days = read.small_number("transition_days");
    let storage_class = read.optional_choice("transition_storage_class");
    match written {
        (true, false) => {
            read.incomplete(
                "transition_days",
                "needs destination.transition_storage_class: write both or none",
            );
        }
        (false, true) => {
            read.incomplete(
                "transition_storage_class",
                "needs destination.transition_days: write both or none",
            );
        }
        _ => {}
    }
    Some(StorageTransition { days: days?, storage_class: storage_class? })
}
