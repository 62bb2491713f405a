//! Warnings about minimum storage durations, which S3 bills after an object is deleted, and about
//! buckets in another region or account.
//!
//! Sources: S3 User Guide, "Understanding and managing Amazon S3 storage classes" (minimum storage
//! duration, minimum billable size); AWS Data Exports User Guide, "Understanding data transfer
//! charges": a transfer between Regions is charged in its source Region; DataSync User Guide,
//! "Tutorial: Transferring data between Amazon S3 buckets across AWS accounts": the bucket's policy
//! must allow DataSync's role.

use crate::config::{ConfigWarning, DestinationConfig, StorageClass};

pub(in crate::config) fn find_warnings(destination: &DestinationConfig) -> Vec<ConfigWarning> {
    let (class, key) = (destination.storage_class, "destination.storage_class");
    let mut found = Vec::new();
    if let Some(days) = shortest_storage(class) {
        let small = smallest_object(class);
        let message = format!(
            "bills each version for at least {days} days, even if the next execution replaces it, \
                and DataSync puts objects of less than {small} KB into STANDARD; write \
                \"STANDARD\" for files that change often or are small"
        );
        found.push(ConfigWarning::new(key, class.as_str(), message));
    }
    found.extend(moved_too_early(destination));
    found.extend(expired_too_early(destination));
    found.extend(warn_of_place(destination));
    found
}

fn warn_of_place(destination: &DestinationConfig) -> Vec<ConfigWarning> {
    let region = destination.region.as_ref().map(|region| {
        let message = "is another region than the stack's: AWS charges the transfer between \
            regions by GB, that of restores too; remove the key unless the copies have to be there";
        ConfigWarning::new("destination.region", region, message)
    });
    let account = destination.account.as_ref().map(|account| {
        let message = "is another account, whose bucket is never changed: its owner has to allow \
            the roles of this stack; `efs-s3 bucket-policy` prints the policy";
        ConfigWarning::new("destination.account", account, message)
    });
    [region, account].into_iter().flatten().collect()
}

fn moved_too_early(destination: &DestinationConfig) -> Option<ConfigWarning> {
    let days = destination.transition.as_ref()?.days;
    let class = destination.storage_class;
    let shortest = shortest_storage(class).filter(|shortest| days < *shortest)?;
    let message = format!(
        "is less than the {shortest} days that {} bills as a minimum; write {shortest} or more",
        class.as_str()
    );
    Some(ConfigWarning::new("destination.transition_days", days, message))
}

/// A version may have been written, moved and replaced long ago, or all of it today: only the time
/// after is certain.
fn expired_too_early(destination: &DestinationConfig) -> Option<ConfigWarning> {
    let days = destination.noncurrent_version_expiration_days?;
    let later = destination.transition.as_ref().map(|transition| transition.storage_class);
    let class = later.unwrap_or(destination.storage_class);
    let shortest = shortest_storage(class).filter(|shortest| days < *shortest)?;
    let message = format!(
        "may expire versions before the {shortest} days that {} bills as a minimum; write \
            {shortest} or more",
        class.as_str()
    );
    Some(ConfigWarning::new("destination.noncurrent_version_expiration_days", days, message))
}

/// In KB; DataSync User Guide, "Storage class considerations with Amazon S3 transfers".
fn smallest_object(class: StorageClass) -> u32 {
    match class {
        StorageClass::Glacier | StorageClass::DeepArchive => 40,
        _ => 128,
    }
}

/// In days.
fn shortest_storage(class: StorageClass) -> Option<i32> {
    match class {
        StorageClass::Standard | StorageClass::IntelligentTiering => None,
        StorageClass::StandardIa | StorageClass::OnezoneIa => Some(30),
        StorageClass::GlacierInstantRetrieval | StorageClass::Glacier => Some(90),
        StorageClass::DeepArchive => Some(180),
    }
}
