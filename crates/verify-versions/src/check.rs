//! One check of one execution: the reports joined path by path, each version looked at, all of it tallied.
//!
//! Memory: one part of the report (5 MB), the spill's buffer (8 MB), one part of the list of objects (6 MB), and what is
//! under way; none of it grows with the number of files.

use std::collections::VecDeque;
use std::io;
use std::time::SystemTime;

use aws_edge::SdkFailure;
use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use pipeline::execution::Execution;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use pipeline::records::proof::{Defect, Depth, Finding, Proof};
use pipeline::report::{TransferredRow, object_key};

use crate::checkpoint::Checkpoint;
use crate::decide;
use crate::join::{self, Joined};
use crate::judge::{Evidence, FoundVersion, Proven, judge, version_to_find};
use crate::look::{DENSE, Listing, Looker, among};
use crate::object_parts::ObjectParts;
use crate::report::{Report, Slice};
use crate::tally::Tally;

/// How many paths are listed together.
const WINDOW: usize = 1_000;

/// Where one check looks, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) outputs: &'a Outputs,
    pub(crate) execution: &'a Execution,
    pub(crate) depth: Depth,
    pub(crate) storage_class: Option<&'a str>,
    /// Whether the list of objects is written, and how far it has come: not where an earlier proof stands.
    pub(crate) keeps: bool,
    /// When to stop at the latest.
    pub(crate) until: Option<SystemTime>,
}

/// A path with what the listing shows of it, where it was listed.
struct Wanted {
    joined: Joined,
    key: String,
    listed: Option<Option<FoundVersion>>,
}

type Judged = Result<Proven, Vec<Finding>>;

impl Check<'_> {
    pub(crate) async fn run(&self, now: DateTime<Utc>) -> Result<Proof, CheckError> {
        let report = Report::list(self.records, &self.execution.arn).await?;
        let mut state = self.begin(&report).await?;
        let looker = Looker::new(self.records.client(), &self.outputs.destination_bucket);
        let links = std::mem::take(&mut state.links);
        let mut objects = ObjectParts::after(links, self.execution.arn.id(), self.keeps.then_some(self.records));
        let mut report_parts = Vec::new();
        for slice in state.slice..report.slices() {
            let begins = slice == 0 && state.after.is_empty();
            let read = report.slice(self.records, &self.execution.arn, slice).await?;
            if begins {
                let defects = report.numbering().into_iter().chain(read.defects.iter().cloned());
                defects.for_each(|(defect, detail)| state.tally.find_in_report(defect, detail));
            }
            report_parts.clone_from(&read.parts);
            state.slice = slice;
            self.take(read, &looker, &mut state, &mut objects).await?;
            state.after.clear();
        }
        objects.close().await?;
        let Checkpoint { mut tally, .. } = state;
        decide::complete(&mut tally, self.execution);
        tracing::info!(requests = looker.requests(), transferred = tally.counts.transferred, "looked at all versions");
        let proof = decide::proof(tally, self.execution, &self.outputs.destination_bucket, now);
        Ok(Proof { depth: self.depth, report_parts, object_parts: objects.links, ..proof })
    }

    /// Where an earlier invocation stopped, or the beginning.
    async fn begin(&self, report: &Report) -> Result<Checkpoint, RecordsError> {
        let fresh = Checkpoint { depth: self.depth, parts: report.keys(), ..Checkpoint::default() };
        if !self.keeps {
            return Ok(fresh);
        }
        let found: Option<Checkpoint> = self.records.read(&self.checkpoint()).await?;
        Ok(found.filter(|found| found.is_of(&fresh.parts, self.depth)).unwrap_or(fresh))
    }

    fn checkpoint(&self) -> String {
        keys::checkpoint(self.execution.arn.id())
    }

    async fn take(
        &self,
        mut slice: Slice,
        looker: &Looker,
        state: &mut Checkpoint,
        objects: &mut ObjectParts<'_>,
    ) -> Result<(), CheckError> {
        let mut window = VecDeque::new();
        let mut under_way = FuturesOrdered::new();
        loop {
            while under_way.len() < looker.pace.limit() {
                if window.is_empty() {
                    window = self.window(&mut slice, looker, state).await?;
                }
                let Some(wanted) = window.pop_front() else { break };
                under_way.push_back(self.judged(wanted, looker));
            }
            // In order, so that everything up to `after` is tallied and nothing behind it.
            let Some((joined, judged)) = under_way.next().await.transpose()? else { return Ok(()) };
            note(&joined, &mut state.tally);
            let full = match judged.and_then(|judged| state.tally.take(judged)) {
                Some(proven) => objects.add(&proven.object)?,
                None => false,
            };
            state.after = joined.path;
            let late = self.until.is_some_and(|until| SystemTime::now() >= until);
            if full || late {
                objects.close().await?;
                if self.keeps {
                    let links = objects.links.clone();
                    self.records.write(&self.checkpoint(), &Checkpoint { links, ..state.clone() }).await?;
                }
            }
            if late {
                return Err(CheckError::OutOfTime { looked_at: state.tally.counts.transferred });
            }
        }
    }

    /// The next paths.
    async fn window(
        &self,
        slice: &mut Slice,
        looker: &Looker,
        state: &Checkpoint,
    ) -> Result<VecDeque<Wanted>, CheckError> {
        let size = if self.depth == Depth::Versions { WINDOW } else { 1 };
        let mut window = VecDeque::with_capacity(size);
        while window.len() < size {
            let Some(joined) = join::next(&mut slice.rows).map_err(CheckError::Spill)? else { break };
            if joined.path <= state.after && !state.after.is_empty() {
                continue;
            }
            let directory = joined.transferred.as_deref().is_some_and(is_directory);
            let key = object_key(&self.outputs.destination_prefix, &joined.path, directory);
            window.push_back(Wanted { joined, key, listed: None });
        }
        if self.depth == Depth::Versions && window.len() >= DENSE {
            self.list(&mut window, looker).await?;
        }
        Ok(window)
    }

    async fn list(&self, window: &mut VecDeque<Wanted>, looker: &Looker) -> Result<(), CheckError> {
        let transferred = window.iter().filter(|wanted| wanted.joined.transferred.is_some());
        let mut keys: Vec<String> = transferred.map(|wanted| wanted.key.clone()).collect();
        keys.sort_unstable();
        let listing: Listing = looker.listed(&keys).await.map_err(CheckError::List)?;
        for wanted in window {
            let versions = listing.get(&wanted.key);
            let version_id = wanted.joined.transferred.as_deref().and_then(version_to_find);
            wanted.listed = versions.zip(version_id).map(|(versions, version_id)| among(versions, version_id));
        }
        Ok(())
    }

    async fn judged(&self, wanted: Wanted, looker: &Looker) -> Result<(Joined, Option<Judged>), CheckError> {
        let Wanted { joined, key, listed } = wanted;
        let Some(row) = joined.transferred.as_deref() else { return Ok((joined, None)) };
        let found = match (version_to_find(row), listed) {
            (None, _) => None,
            (Some(_), Some(listed)) => listed,
            (Some(version_id), None) => {
                let found = looker.version(&key, version_id).await;
                found.map_err(|source| CheckError::Head { key: key.clone(), source })?
            }
        };
        let judged = judge(&Evidence {
            row,
            key: &key,
            found: found.as_ref(),
            verification: joined.verified.as_ref().map(|item| &item.verification),
            verifies: decide::verifies(self.execution),
            storage_class: self.storage_class,
        });
        Ok((joined, Some(judged)))
    }
}

/// Tallies what the reports alone show.
fn note(joined: &Joined, tally: &mut Tally) {
    let find = |defect, detail| Finding { path: joined.path.clone(), version_id: None, defect, detail };
    if joined.twice {
        tally.find(find(Defect::Duplicated, "a report has it more than once".to_owned()));
    }
    match (&joined.transferred, &joined.verified) {
        (Some(row), _) => tally.files += u64::from(row.transfer_status.is_success() && !is_directory(row)),
        (None, Some(item)) => {
            // `POINT_IN_TIME_CONSISTENT` verifies what was not transferred too.
            if let Some((defect, detail)) = item.verification.defect() {
                tally.find(find(defect, detail));
            }
            tally.files_not_transferred += u64::from(!item.is_directory);
        }
        (None, None) => {}
    }
}

fn is_directory(row: &TransferredRow) -> bool {
    row.src_metadata.as_ref().is_some_and(|source| source.is_directory())
}

/// Why a check came to no result.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("looking at a version of `{key}`")]
    Head { key: String, source: SdkFailure },
    #[error("listing versions")]
    List(#[source] SdkFailure),
    #[error("keeping the report's rows in temporary files")]
    Spill(#[source] io::Error),
    #[error("writing a proven object as JSON")]
    Line(#[source] serde_json::Error),
    #[error("checking all versions: {looked_at} are looked at, the next invocation goes on from there")]
    OutOfTime { looked_at: u64 },
}
