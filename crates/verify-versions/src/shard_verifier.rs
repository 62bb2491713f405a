//! The verification of one shard of an execution: the reports joined path by path, each version
//! compared with S3, all results summed up.
//!
//! Memory: two parts of the report (10 MB), the sorter's buffer (8 MB), one part of the list of
//! objects (6 MB), and the requests under way; none of it grows with the number of files.

#[cfg(test)]
mod item_defect_tests;
#[cfg(test)]
mod report_defect_tests;
mod results;
mod rows;
mod window;

use std::collections::VecDeque;
use std::time::SystemTime;

use aws::records_bucket::RecordsBucket;
use domain::execution::Execution;
use domain::records::outputs::Outputs;
use domain::records::proof::Proof;
use external_sort::SortedRecords;
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use results::add_result;
use s3_fast_path::head::FastHeadClient;
use window::{LookupItem, WindowReader};

use crate::compare::{ComparisonResult, Evidence, FoundVersion, compare_item, version_to_find};
use crate::decide;
use crate::error::ShardError;
use crate::joined_row::JoinedRow;
use crate::previous_proof::PreviousProof;
use crate::proof_parts::ProofPartWriter;
use crate::proof_target::ProofTarget;
use crate::report::TransferReport;
use crate::row_codec::RowRecord;
use crate::scratch::{PartsRead, ScratchKeys, ShardProgress};
use crate::version_lookup::VersionLookup;

/// The inputs of a verification, which are the same for each of its shards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShardVerifier<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) fast_heads: Option<&'a FastHeadClient>,
    pub(crate) outputs: &'a Outputs,
    pub(crate) execution: &'a Execution,
    pub(crate) target: &'a ProofTarget,
    pub(crate) report: &'a TransferReport,
    pub(crate) storage_class: Option<&'a str>,
    /// The first proof, where another one is made.
    pub(crate) first_proof: Option<&'a Proof>,
    /// Whether the execution began before the versioning of the bucket held everywhere.
    pub(crate) may_be_null: bool,
    /// The time to stop at the latest.
    pub(crate) until: Option<SystemTime>,
}

/// The means by which the paths of a shard are compared.
struct ShardLookup<'a> {
    versions: &'a VersionLookup,
    /// Whether the Verified report has all that DataSync verified.
    report_is_whole: bool,
}

impl ShardVerifier<'_> {
    pub(crate) fn scratch_keys(&self) -> ScratchKeys {
        ScratchKeys(self.target.scratch_prefix(&self.report.keys(), self.report.shard_count()))
    }

    /// Verifies a whole shard, from where an earlier invocation stopped.
    pub(crate) async fn verify_shard(
        &self,
        shard: u64,
    ) -> Result<(PartsRead, ShardProgress), ShardError> {
        let keys = self.scratch_keys();
        let rows::ShardInput { mut sorted, read, verified } = self.read_rows(&keys, shard).await?;
        let report_is_whole = verified.is_whole(&self.execution.counters);
        let (mut progress, mut objects) = self.resume_shard(&keys, shard).await?;
        let versions = VersionLookup::new(self.records.client(), &self.outputs.into())
            .with_fast_heads(self.fast_heads)
            .await;
        let lookup = ShardLookup { versions: &versions, report_is_whole };
        self.compare_rows(shard, &mut sorted, &lookup, &mut progress, &mut objects).await?;
        objects.close_part().await?;
        let (requests, counts) = (versions.request_count(), progress.summary.counts);
        tracing::info!(shard, requests, transferred = counts.transferred, "verified a shard");
        Ok((read, ShardProgress { links: objects.links, ..progress }))
    }

    async fn compare_rows(
        &self,
        shard: u64,
        rows: &mut SortedRecords<RowRecord>,
        lookup: &ShardLookup<'_>,
        progress: &mut ShardProgress,
        objects: &mut ProofPartWriter<'_>,
    ) -> Result<(), ShardError> {
        let previous = self.first_proof.map(|proof| PreviousProof::new(self.records, proof, shard));
        let mut windows = WindowReader { verifier: self, lookup: lookup.versions, rows, previous };
        let mut window = VecDeque::new();
        let mut under_way = FuturesOrdered::new();
        loop {
            while under_way.len() < lookup.versions.concurrency.limit() {
                if window.is_empty() {
                    window = windows.read_window(&progress.after).await?;
                }
                let Some(item) = window.pop_front() else { break };
                under_way.push_back(self.compare_with_s3(item, lookup));
            }
            // In order, so that everything up to `after` is summed up and nothing behind it.
            let Some(compared) = under_way.next().await else { return Ok(()) };
            let (joined, result) = compared?;
            let is_full = add_result(&joined, result, &mut progress.summary, objects)?;
            progress.after = joined.path;
            self.checkpoint_if_due(shard, is_full, progress, objects).await?;
        }
    }

    /// Writes a checkpoint when a part of the list is full or time has run out; then it is an
    /// error.
    async fn checkpoint_if_due(
        &self,
        shard: u64,
        is_full: bool,
        progress: &ShardProgress,
        objects: &mut ProofPartWriter<'_>,
    ) -> Result<(), ShardError> {
        let is_late = self.until.is_some_and(|until| SystemTime::now() >= until);
        if is_full || is_late {
            self.write_checkpoint(shard, progress, objects).await?;
        }
        if is_late {
            let verified = progress.summary.counts.transferred;
            return Err(ShardError::OutOfTime { verified });
        }
        Ok(())
    }

    async fn write_checkpoint(
        &self,
        shard: u64,
        progress: &ShardProgress,
        objects: &mut ProofPartWriter<'_>,
    ) -> Result<(), ShardError> {
        objects.close_part().await?;
        let checkpoint = ShardProgress { links: objects.links.clone(), ..progress.clone() };
        let key = self.scratch_keys().checkpoint_key(shard);
        Ok(self.records.write(&key, &checkpoint).await?)
    }

    async fn compare_with_s3(
        &self,
        item: LookupItem,
        lookup: &ShardLookup<'_>,
    ) -> Result<(JoinedRow, Option<ComparisonResult>), ShardError> {
        let LookupItem { joined, key, listed, .. } = item;
        let Some(row) = joined.transferred.as_deref() else { return Ok((joined, None)) };
        let found = match (version_to_find(row, self.may_be_null), listed) {
            (None, _) => None,
            (Some(_), Some(listed)) => listed,
            (Some(version_id), None) => head_version(lookup.versions, &key, version_id).await?,
        };
        let result = compare_item(&Evidence {
            row,
            key: &key,
            found: found.as_ref(),
            verification: joined.verified.as_ref().map(|item| &item.verification),
            verifies: decide::compares_content(self.execution),
            report_is_whole: lookup.report_is_whole,
            storage_class: self.storage_class,
            may_be_null: self.may_be_null,
        });
        Ok((joined, Some(result)))
    }
}

async fn head_version(
    versions: &VersionLookup,
    key: &str,
    version_id: &str,
) -> Result<Option<FoundVersion>, ShardError> {
    let found = versions.find_version(key, version_id).await;
    found.map_err(|source| ShardError::Head { key: key.to_owned(), source })
}
