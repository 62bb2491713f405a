//! Looking at one slice of an execution: the reports joined path by path, each version looked at,
//! all of it tallied.
//!
//! Memory: two parts of the report (10 MB), the spill's buffer (8 MB), one part of the list of
//! objects (6 MB), and what is under way; none of it grows with the number of files.

use std::collections::VecDeque;
use std::io;
use std::time::SystemTime;

use aws::SdkFailure;
use s3_fast_path::head::FastHeadClient;
use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::execution::Execution;
use domain::records::outputs::Outputs;
use domain::records::proof::{Defect, Depth, Finding, Proof};
use domain::report::object_key;
use futures::StreamExt;
use futures::stream::{self, FuturesOrdered};

use crate::aim::Aim;
use crate::decide;
use crate::join::{self, Joined};
use crate::judge::{Evidence, FoundVersion, Proven, is_directory, judge, version_to_find};
use crate::look::{DENSE, Listing, Looker, among};
use crate::object_parts::ObjectParts;
use crate::proven_before::ProvenBefore;
use crate::report::Report;
use crate::scratch::{Looked, PartsRead, Scratch, Sorted};
use crate::spill::{self, Spill};
use crate::tally::Tally;
use crate::verification::VerifiedCount;

/// How many paths are listed together: a page shows 1,000 versions, and of its last key perhaps not
/// all.
const WINDOW: usize = 999;
/// How many objects of sorted rows are under way.
const AHEAD: usize = 2;

/// Where one check looks, and how.
#[derive(Debug)]
pub(crate) struct Check<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) heads: Option<&'a FastHeadClient>,
    pub(crate) outputs: &'a Outputs,
    pub(crate) execution: &'a Execution,
    pub(crate) aim: &'a Aim,
    pub(crate) report: &'a Report,
    pub(crate) storage_class: Option<&'a str>,
    /// The first proof, where this is not it.
    pub(crate) before: Option<&'a Proof>,
    /// Whether the execution began before the versioning of the bucket held everywhere.
    pub(crate) may_be_null: bool,
    /// When to stop at the latest.
    pub(crate) until: Option<SystemTime>,
}

/// A path with what the listing shows of it, where it was listed.
struct Wanted {
    joined: Joined,
    key: String,
    /// Whether a listing tells enough of it.
    listable: bool,
    listed: Option<Option<FoundVersion>>,
}

/// The rows of a slice, and what was read for them.
struct Rows {
    sorted: spill::Sorted,
    read: PartsRead,
    /// Of the whole report.
    verified: VerifiedCount,
}

/// What each path of a slice is looked at with.
struct Looking<'a> {
    looker: &'a Looker,
    /// Whether the Verified report has all that DataSync verified.
    report_is_whole: bool,
}

type Judged = Result<Proven, Vec<Finding>>;

impl Check<'_> {
    pub(crate) fn scratch(&self) -> Scratch {
        Scratch(self.aim.scratch(&self.report.keys(), self.report.slices()))
    }

    /// Looks at a whole slice, from where an earlier invocation stopped.
    pub(crate) async fn look(&self, slice: u64) -> Result<(PartsRead, Looked), CheckError> {
        let scratch = self.scratch();
        let Rows { mut sorted, read, verified } = self.rows(&scratch, slice).await?;
        let report_is_whole = verified.is_whole(&self.execution.counters);
        let mut state: Looked =
            self.records.read(&scratch.checkpoint(slice)).await?.unwrap_or_default();
        let links = std::mem::take(&mut state.links);
        let mut objects = ObjectParts::after(links, self.records, self.execution.arn.id(), slice);
        let looker = Looker::new(self.records.client(), &self.outputs.destination_bucket)
            .directly(self.heads)
            .await;
        let looking = Looking { looker: &looker, report_is_whole };
        self.take(slice, &mut sorted, &looking, &mut state, &mut objects).await?;
        objects.close().await?;
        tracing::info!(
            slice,
            requests = looker.requests(),
            transferred = state.tally.counts.transferred,
            "looked"
        );
        Ok((read, Looked { links: objects.links, ..state }))
    }

    /// The rows of a slice: from the report itself where it is the only one.
    async fn rows(&self, scratch: &Scratch, slice: u64) -> Result<Rows, CheckError> {
        let mut spill = Spill::default();
        let mut verified = VerifiedCount::default();
        let read = if self.report.slices() == 1 {
            let mut parts = self.report.reader(self.records, 0);
            while let Some(rows) = parts.next().await? {
                rows.into_iter()
                    .try_for_each(|record| spill.add(record))
                    .map_err(CheckError::Spill)?;
            }
            verified.add(parts.read.verified);
            parts.read
        } else {
            for sorter in 0..self.report.slices() {
                verified.add(self.sorted_rows(scratch, slice, sorter, &mut spill).await?);
            }
            PartsRead::default()
        };
        Ok(Rows { sorted: spill.sorted().map_err(CheckError::Spill)?, read, verified })
    }

    /// Adds the slice's rows of what one sorter read; how many verified ones that sorter read of
    /// all slices.
    async fn sorted_rows(
        &self,
        scratch: &Scratch,
        slice: u64,
        sorter: u64,
        spill: &mut Spill,
    ) -> Result<VerifiedCount, CheckError> {
        let unsorted = || CheckError::RowsLost { slice, sorter };
        let sorted: Sorted =
            self.records.read(&scratch.job("sort", sorter)).await?.ok_or_else(unsorted)?;
        let expected = usize::try_from(slice)
            .ok()
            .and_then(|slice| sorted.slices.get(slice))
            .ok_or_else(unsorted)?;
        let keys = (0..expected.chunks).map(|chunk| scratch.rows(slice, sorter, chunk));
        let reads = keys.map(|key| async move { self.records.read_bytes(&key).await });
        let mut chunks = stream::iter(reads).buffered(AHEAD);
        let mut rows = 0;
        while let Some(bytes) = chunks.next().await.transpose()? {
            let bytes = bytes.ok_or_else(unsorted)?;
            let mut rest = bytes.as_slice();
            while let Some(record) = spill::read(&mut rest).map_err(CheckError::Spill)? {
                spill.add(record).map_err(CheckError::Spill)?;
                rows += 1;
            }
        }
        if rows == expected.rows { Ok(sorted.read.verified) } else { Err(unsorted()) }
    }

    async fn take(
        &self,
        slice: u64,
        rows: &mut spill::Sorted,
        looking: &Looking<'_>,
        state: &mut Looked,
        objects: &mut ObjectParts<'_>,
    ) -> Result<(), CheckError> {
        let looker = looking.looker;
        let mut before = self.before.map(|proof| ProvenBefore::of(self.records, proof, slice));
        let mut window = VecDeque::new();
        let mut under_way = FuturesOrdered::new();
        loop {
            while under_way.len() < looker.pace.limit() {
                if window.is_empty() {
                    window = self.window(rows, looker, &state.after, before.as_mut()).await?;
                }
                let Some(wanted) = window.pop_front() else { break };
                under_way.push_back(self.judged(wanted, looking));
            }
            // In order, so that everything up to `after` is tallied and nothing behind it.
            let Some((joined, judged)) = under_way.next().await.transpose()? else { return Ok(()) };
            note(&joined, &mut state.tally);
            let proven = judged.and_then(|judged| state.tally.take(judged));
            let full = match proven.and_then(|proven| proven.object) {
                Some(object) => objects.add(&object)?,
                None => false,
            };
            state.after = joined.path;
            let late = self.until.is_some_and(|until| SystemTime::now() >= until);
            if full || late {
                objects.close().await?;
                let checkpoint = Looked { links: objects.links.clone(), ..state.clone() };
                self.records.write(&self.scratch().checkpoint(slice), &checkpoint).await?;
            }
            if late {
                return Err(CheckError::OutOfTime { looked_at: state.tally.counts.transferred });
            }
        }
    }

    /// The next paths.
    async fn window(
        &self,
        rows: &mut spill::Sorted,
        looker: &Looker,
        after: &str,
        mut before: Option<&mut ProvenBefore<'_>>,
    ) -> Result<VecDeque<Wanted>, CheckError> {
        let lists = self.aim.depth == Depth::Versions;
        let size = if lists || before.is_some() { WINDOW } else { 1 };
        let mut window = VecDeque::with_capacity(size);
        while window.len() < size {
            let Some(joined) = join::next(rows).map_err(CheckError::Spill)? else { break };
            if joined.path.as_str() <= after && !after.is_empty() {
                continue;
            }
            let row = joined.transferred.as_deref();
            let key = object_key(
                &self.outputs.destination_prefix,
                &joined.path,
                row.is_some_and(is_directory),
            );
            let listable =
                match (row.and_then(|row| version_to_find(row, self.may_be_null)), &mut before) {
                    (None, _) => false,
                    (Some(_), _) if lists => true,
                    (Some(version_id), Some(before)) => {
                        before.has(&joined.path, version_id).await?
                    }
                    (Some(_), None) => false,
                };
            window.push_back(Wanted { joined, key, listable, listed: None });
        }
        if window.iter().filter(|wanted| wanted.listable).count() >= DENSE {
            self.list(&mut window, looker).await?;
        }
        Ok(window)
    }

    async fn list(&self, window: &mut VecDeque<Wanted>, looker: &Looker) -> Result<(), CheckError> {
        let listable = window.iter().filter(|wanted| wanted.listable);
        let mut keys: Vec<String> = listable.map(|wanted| wanted.key.clone()).collect();
        keys.sort_unstable();
        let listing: Listing = looker.listed(&keys).await.map_err(CheckError::List)?;
        for wanted in window.iter_mut().filter(|wanted| wanted.listable) {
            let versions = listing.get(&wanted.key);
            let row = wanted.joined.transferred.as_deref();
            let version_id = row.and_then(|row| version_to_find(row, self.may_be_null));
            wanted.listed =
                versions.zip(version_id).map(|(versions, version_id)| among(versions, version_id));
        }
        Ok(())
    }

    async fn judged(
        &self,
        wanted: Wanted,
        looking: &Looking<'_>,
    ) -> Result<(Joined, Option<Judged>), CheckError> {
        let Wanted { joined, key, listed, .. } = wanted;
        let Some(row) = joined.transferred.as_deref() else { return Ok((joined, None)) };
        let found = match (version_to_find(row, self.may_be_null), listed) {
            (None, _) => None,
            (Some(_), Some(listed)) => listed,
            (Some(version_id), None) => {
                let found = looking.looker.version(&key, version_id).await;
                found.map_err(|source| CheckError::Head { key: key.clone(), source })?
            }
        };
        let judged = judge(&Evidence {
            row,
            key: &key,
            found: found.as_ref(),
            verification: joined.verified.as_ref().map(|item| &item.verification),
            verifies: decide::verifies(self.execution),
            report_is_whole: looking.report_is_whole,
            storage_class: self.storage_class,
            may_be_null: self.may_be_null,
        });
        Ok((joined, Some(judged)))
    }
}

/// Tallies what the reports alone show.
fn note(joined: &Joined, tally: &mut Tally) {
    let find =
        |defect, detail| Finding { path: joined.path.clone(), version_id: None, defect, detail };
    if joined.twice {
        tally.find(find(Defect::Duplicated, "a report has it more than once".to_owned()));
    }
    match (&joined.transferred, &joined.verified) {
        (Some(row), _) => {
            tally.files += u64::from(row.transfer_status.is_success() && !is_directory(row))
        }
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
    #[error(
        "looking at slice {slice}: the rows that sorter {sorter} wrote of it are not all there"
    )]
    RowsLost { slice: u64, sorter: u64 },
    #[error(
        "looking at all versions: {looked_at} are looked at, the next invocation goes on from there"
    )]
    OutOfTime { looked_at: u64 },
}
