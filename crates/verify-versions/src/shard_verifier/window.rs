//! The paths that are compared next, as many as one listing may show.

use std::collections::VecDeque;

use domain::records::proof::Depth;
use domain::report::object_key;
use external_sort::SortedRecords;

use super::ShardVerifier;
use crate::compare::{FoundVersion, is_directory, version_to_find};
use crate::error::ShardError;
use crate::joined_row::{JoinedRow, read_joined};
use crate::previous_proof::PreviousProof;
use crate::row_codec::RowRecord;
use crate::version_lookup::{
    DENSE, MAX_LISTED_KEYS, VersionLookup, VersionsByKey, find_listed_version,
};

/// A path, with the version that a listing shows of it, where it was listed.
pub(super) struct LookupItem {
    pub(super) joined: JoinedRow,
    pub(super) key: String,
    /// Whether a listing shows enough of it.
    is_listable: bool,
    pub(super) listed: Option<Option<FoundVersion>>,
}

pub(super) struct WindowReader<'a> {
    pub(super) verifier: &'a ShardVerifier<'a>,
    pub(super) lookup: &'a VersionLookup,
    pub(super) rows: &'a mut SortedRecords<RowRecord>,
    pub(super) previous: Option<PreviousProof<'a>>,
}

impl WindowReader<'_> {
    /// Reads the next paths behind `after`; none at the end.
    pub(super) async fn read_window(
        &mut self,
        after: &str,
    ) -> Result<VecDeque<LookupItem>, ShardError> {
        let lists = self.verifier.target.depth == Depth::Versions;
        let size = if lists || self.previous.is_some() { MAX_LISTED_KEYS } else { 1 };
        let mut window = VecDeque::with_capacity(size);
        while window.len() < size {
            let Some(joined) = read_joined(self.rows).map_err(ShardError::Sort)? else { break };
            if joined.path.as_str() <= after && !after.is_empty() {
                continue;
            }
            window.push_back(self.lookup_item(joined).await?);
        }
        if window.iter().filter(|item| item.is_listable).count() >= DENSE {
            self.list_versions(&mut window).await?;
        }
        Ok(window)
    }

    async fn lookup_item(&mut self, joined: JoinedRow) -> Result<LookupItem, ShardError> {
        let row = joined.transferred.as_deref();
        let prefix = &self.verifier.outputs.destination_prefix;
        let key = object_key(prefix, &joined.path, row.is_some_and(is_directory));
        let version_id = row.and_then(|row| version_to_find(row, self.verifier.may_be_null));
        let is_listable = match (version_id, &mut self.previous) {
            (None, _) => false,
            (Some(_), _) if self.verifier.target.depth == Depth::Versions => true,
            (Some(version_id), Some(previous)) => {
                previous.has_version(&joined.path, version_id).await?
            }
            (Some(_), None) => false,
        };
        Ok(LookupItem { joined, key, is_listable, listed: None })
    }

    async fn list_versions(&self, window: &mut VecDeque<LookupItem>) -> Result<(), ShardError> {
        let listable = window.iter().filter(|item| item.is_listable);
        let mut keys: Vec<String> = listable.map(|item| item.key.clone()).collect();
        keys.sort_unstable();
        let listing: VersionsByKey =
            self.lookup.list_dense(&keys).await.map_err(ShardError::List)?;
        for item in window.iter_mut().filter(|item| item.is_listable) {
            let row = item.joined.transferred.as_deref();
            let version_id = row.and_then(|row| version_to_find(row, self.verifier.may_be_null));
            item.listed = listing
                .get(&item.key)
                .zip(version_id)
                .map(|(versions, version_id)| find_listed_version(versions, version_id));
        }
        Ok(())
    }
}
