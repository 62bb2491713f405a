//! What an object carries besides its bytes.

use std::collections::HashMap;

use aws_sdk_s3::types::StorageClass;
use domain::posix::FileKind;

use super::item::Item;
use super::job::Run;

/// The user metadata of an item's object, as far as the options keep it.
pub(super) fn metadata(run: &Run, item: &Item) -> HashMap<String, String> {
    run.job.settings.kept(&item.posix).to_metadata().into_iter().collect()
}

/// The storage class; `None` is S3's standard. Small objects stay there, as archives charge for a
/// minimum size.
pub(super) fn storage_class(run: &Run, item: &Item) -> Option<StorageClass> {
    let smallest = match run.job.storage_class.as_str() {
        "STANDARD" => return None,
        "STANDARD_IA" | "ONEZONE_IA" | "GLACIER_INSTANT_RETRIEVAL" => 128 * 1024,
        "GLACIER" | "DEEP_ARCHIVE" => 40 * 1024,
        _ => 0,
    };
    let small = item.kind != FileKind::Regular || item.size < smallest;
    (!small).then(|| StorageClass::from(run.job.storage_class.as_str()))
}
