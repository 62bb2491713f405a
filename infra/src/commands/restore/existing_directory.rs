//! Finds whether the target directory belongs to the source. Tasks leave out a directory that a
//! restore makes, and must go on copying one that existed before.

use std::fs;

use anyhow::Result;

use super::destination::RestoreDestination;
use crate::runs::object_versions::VersionPages;
use crate::sync_view::SyncView;

/// Whether executions copied the directory before, or it has entries on this machine that no
/// restore made.
pub(super) async fn belongs_to_source(
    view: &SyncView,
    target: &RestoreDestination,
) -> Result<bool> {
    if target.directory.is_empty() {
        return Ok(true);
    }
    let pattern = format!("/{}", target.directory.trim_end_matches('/'));
    if view.outputs.restore_excludes.contains(&pattern) {
        return Ok(false);
    }
    let has_entries = target.here.as_ref().is_some_and(|here| {
        fs::read_dir(here.path()).is_ok_and(|mut entries| entries.next().is_some())
    });
    Ok(has_entries || has_versions(view, &target.directory).await?)
}

async fn has_versions(view: &SyncView, directory: &str) -> Result<bool> {
    let bucket = view.destination_bucket();
    let prefix = bucket.key_of(directory);
    let page = VersionPages::below_prefix(&bucket, &prefix).next_page().await?;
    Ok(page.is_some_and(|versions| !versions.is_empty()))
}
