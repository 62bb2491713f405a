//! The directories of a sync with their sizes, from all proofs. Objects are sorted on disk: memory
//! holds the large directories only.

use std::io::{self, Read, Write};

use anyhow::{Context, Result};
use domain::config::StackConfig;
use domain::records::proof::ProvenObject;
use domain::split::{Directory, Size, SizedTree, is_copied};
use external_sort::{Record, Sorter, read_block, write_block};
use serde::{Deserialize, Serialize};

use crate::runs::version_origin::RunRecords;
use crate::sync_view::SyncView;

/// The bytes of objects that are sorted at a time.
const SORTED_AT_A_TIME: usize = 256 << 20;

/// One version of an object. Of several the one with the latest time of modification comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct SizedPath {
    /// Below the prefix; that of a directory ends in `/`.
    path: String,
    mtime: Option<String>,
    bytes: u64,
}

impl Record for SizedPath {
    fn write_to(&self, output: &mut impl Write) -> io::Result<()> {
        write_block(output, &serde_json::to_vec(self)?)
    }

    fn read_from(input: &mut impl Read) -> io::Result<Option<Self>> {
        let block = read_block(input)?;
        Ok(block.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
    }

    fn size_in_memory(&self) -> usize {
        size_of::<Self>() + self.path.len() + self.mtime.as_ref().map_or(0, String::len)
    }
}

/// Proven objects of a sync, in any order.
pub(super) struct ProvenPaths<'a> {
    config: &'a StackConfig,
    sorter: Sorter<SizedPath>,
    /// Every version counts.
    added: Size,
}

/// Reads the tree of a sync. An object of the bucket below the prefix is one of the sync, whichever
/// task wrote it, if the filters admit it: a sync that was split from another one has no proof of
/// what did not change since.
pub(super) async fn read_tree(view: &SyncView) -> Result<Directory> {
    let runs = RunRecords::read_all(&view.context.records).await?;
    let mut paths = ProvenPaths::new(&view.context.config, SORTED_AT_A_TIME);
    let mut failure = None;
    runs.visit_proven(view, |object| {
        failure = paths.add_object(object).err();
        failure.is_none()
    })
    .await?;
    failure.map_or(Ok(()), Err).context("sorting the proven objects on disk")?;
    paths.into_tree().context("sorting the proven objects on disk")
}

impl<'a> ProvenPaths<'a> {
    pub(super) fn new(config: &'a StackConfig, max_bytes: usize) -> Self {
        Self { config, sorter: Sorter::new(max_bytes), added: Size::default() }
    }

    pub(super) fn add_object(&mut self, object: ProvenObject) -> io::Result<()> {
        let prefix = self.config.destination.prefix.as_str();
        let path = object.key.strip_prefix(prefix).filter(|path| !path.is_empty());
        let is_own = |path: &&str| is_copied(&self.config.task, &format!("/{path}"));
        let Some(path) = path.filter(is_own) else { return Ok(()) };
        let (path, mtime, bytes) = (path.to_owned(), object.mtime, object.size);
        self.added += Size { items: 1, bytes };
        self.sorter.add(SizedPath { path, mtime, bytes })
    }

    pub(super) fn into_tree(self) -> io::Result<Directory> {
        let mut tree = SizedTree::of_about(self.added);
        let mut last: Option<SizedPath> = None;
        for next in self.sorter.into_sorted()? {
            let next = next?;
            if let Some(before) = last.replace(next.clone()).filter(|one| one.path != next.path) {
                tree.add_item(&before.path, before.bytes);
            }
        }
        if let Some(item) = last {
            tree.add_item(&item.path, item.bytes);
        }
        Ok(tree.finish())
    }
}
