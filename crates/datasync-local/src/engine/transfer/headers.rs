//! The metadata and storage class of an object.

use std::collections::HashMap;

use aws_sdk_s3::types::StorageClass;
use domain::posix::FileKind;

use crate::engine::item::FileItem;
use crate::engine::settings::CopySettings;

/// The user metadata of an item's object, as far as the options keep it.
pub(crate) fn user_metadata(settings: &CopySettings, item: &FileItem) -> HashMap<String, String> {
    settings.kept_metadata(&item.posix).to_metadata().into_iter().collect()
}

/// The storage class; `None` is S3's standard. Small objects stay there, as archives charge for a
/// minimum size.
pub(crate) fn storage_class(settings: &CopySettings, item: &FileItem) -> Option<StorageClass> {
    let smallest = match settings.storage_class.as_str() {
        "STANDARD" => return None,
        "STANDARD_IA" | "ONEZONE_IA" | "GLACIER_INSTANT_RETRIEVAL" => 128 * 1024,
        "GLACIER" | "DEEP_ARCHIVE" => 40 * 1024,
        _ => 0,
    };
    let is_small = item.kind != FileKind::Regular || item.size < smallest;
    (!is_small).then(|| StorageClass::from(settings.storage_class.as_str()))
}
