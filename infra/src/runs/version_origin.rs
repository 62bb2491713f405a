//! The origin of an object version: the execution whose proof lists it, or during which it was
//! written.

use anyhow::{Context, Result};
use aws::records_bucket::RecordsBucket;
use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys;
use domain::records::proof::{Proof, ProvenObject};
use domain::records::run::RunRecord;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::sync_view::SyncView;

/// The number of records that are read concurrently.
const CONCURRENCY: usize = 16;
/// The number of parts of a proof that are read concurrently, some 6 MB each.
const PART_CONCURRENCY: usize = 8;
/// S3 stores the time of a version in whole seconds.
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// The origin of one version, as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct VersionOrigin {
    /// `exec-…`: the execution that wrote the version, if that is proven; otherwise an execution
    /// that ran at its time. Absent where none ran.
    pub execution: Option<String>,
    pub proven: bool,
    /// The proven digest in lower-case hexadecimal; absent where the task verifies nothing.
    pub sha256: Option<String>,
    /// The object in the proof.
    #[serde(skip)]
    pub object: Option<ProvenObject>,
}

/// All run records.
pub(crate) struct RunRecords(Vec<RunRecord>);

impl RunRecords {
    pub(crate) async fn read_all(records: &RecordsBucket) -> Result<Self> {
        let found = records.list(keys::RUNS_PREFIX).await?;
        let read =
            stream::iter(found).map(|key| async move { records.read::<RunRecord>(&key).await });
        let read: Vec<_> = read.buffered(CONCURRENCY).try_collect().await?;
        Ok(Self(read.into_iter().flatten().collect()))
    }

    /// Finds the origin of a version of a sync's bucket. A sync that was renamed has versions in
    /// its bucket that are proven by executions of the former name.
    pub(crate) async fn find_origin(
        &self,
        view: &SyncView,
        key: &str,
        version_id: &str,
        at: DateTime<Utc>,
    ) -> Result<VersionOrigin> {
        let mut during: Vec<&RunRecord> =
            self.0.iter().filter(|run| was_running(run, at)).collect();
        during.sort_by_key(|run| run.sync != *view.name());
        for run in &during {
            if let Some(object) = find_proven(view, run.execution.id(), key, version_id).await? {
                let execution = Some(run.execution.id().to_owned());
                let sha256 = object.sha256.clone();
                return Ok(VersionOrigin { execution, proven: true, sha256, object: Some(object) });
            }
        }
        let own = during.first().filter(|run| run.sync == *view.name());
        let execution = own.map(|run| run.execution.id().to_owned());
        Ok(VersionOrigin { execution, ..VersionOrigin::default() })
    }

    /// Calls `visit` for every object version of every proof about the sync's bucket until it
    /// returns `false`.
    pub(crate) async fn visit_proven(
        &self,
        view: &SyncView,
        mut visit: impl FnMut(ProvenObject) -> bool,
    ) -> Result<()> {
        for run in &self.0 {
            let mut continues = true;
            visit_parts(view, run.execution.id(), |part| {
                continues = visit_lines(part, &mut visit)?;
                Ok(continues)
            })
            .await?;
            if !continues {
                break;
            }
        }
        Ok(())
    }
}

fn was_running(run: &RunRecord, at: DateTime<Utc>) -> bool {
    let begun = run.started_at.unwrap_or(run.recorded_at);
    let ended = run.ended_at.unwrap_or(run.recorded_at);
    begun - SECOND <= at && at <= ended + SECOND
}

/// Returns the version from the list of proven objects of an execution.
async fn find_proven(
    view: &SyncView,
    execution: &str,
    key: &str,
    version_id: &str,
) -> Result<Option<ProvenObject>> {
    let mut found = None;
    visit_parts(view, execution, |part| {
        found = find_in_part(part, key, version_id)?;
        Ok(found.is_none())
    })
    .await?;
    Ok(found)
}

/// Calls `visit` for each part of the list of proven objects of an execution until it returns
/// `false`. Parts that do not match the hash chain are skipped: they prove nothing. A proof about
/// another bucket has no parts here.
async fn visit_parts(
    view: &SyncView,
    execution: &str,
    mut visit: impl FnMut(&[u8]) -> Result<bool, serde_json::Error>,
) -> Result<()> {
    let (key, records) = (keys::proof_document(execution), &view.context.records);
    let Some(proof) = records.read::<Proof>(&key).await? else { return Ok(()) };
    if proof.bucket != view.outputs.destination_bucket {
        return Ok(());
    }
    let parts = stream::iter(&proof.object_parts).map(|link| async move {
        records.read_bytes(&link.key).await.map(|bytes| (link, bytes.unwrap_or_default()))
    });
    let mut parts = parts.buffered(PART_CONCURRENCY);
    let mut before = None;
    while let Some((link, bytes)) = parts.next().await.transpose()? {
        let whole = link.is_valid_for(before.replace(link), &bytes);
        if whole && !visit(&bytes).with_context(|| format!("reading `{}`", link.key))? {
            break;
        }
    }
    Ok(())
}

/// Calls `visit` for each line of a part until it returns `false`, and returns what it returned
/// last.
fn visit_lines(
    part: &[u8],
    visit: &mut impl FnMut(ProvenObject) -> bool,
) -> Result<bool, serde_json::Error> {
    for line in part.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        if !visit(serde_json::from_slice(line)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Finds a version in one part. Only lines with the id of the version are parsed.
fn find_in_part(
    part: &[u8],
    key: &str,
    version_id: &str,
) -> Result<Option<ProvenObject>, serde_json::Error> {
    let text = String::from_utf8_lossy(part);
    for line in text.lines().filter(|line| line.contains(version_id)) {
        let object: ProvenObject = serde_json::from_str(line)?;
        let same_key = object.key.trim_end_matches('/') == key.trim_end_matches('/');
        if object.version_id == version_id && same_key {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
