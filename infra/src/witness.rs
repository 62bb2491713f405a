//! Who wrote a version: the execution whose proof lists it, or during which it came to be.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys;
use domain::records::proof::{Proof, ProvenObject};
use domain::records::run::RunRecord;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::place::Place;

/// How many records are read at a time.
const AT_A_TIME: usize = 16;
/// How many parts of a proof, some 6 MB each.
const PARTS_AT_A_TIME: usize = 8;
/// S3 tells the time of a version in whole seconds.
const SECOND: TimeDelta = TimeDelta::seconds(1);

/// What the records say of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Witness {
    /// `exec-…`: it wrote the version if that is proven, else the version is of its time. Absent
    /// where no run was under way.
    pub execution: Option<String>,
    pub proven: bool,
    /// Lower-case hexadecimal, as proven; absent too where the task verifies nothing.
    pub sha256: Option<String>,
    /// What the proof lists.
    #[serde(skip)]
    pub object: Option<ProvenObject>,
}

/// The runs there were.
pub(crate) struct Runs(Vec<RunRecord>);

impl Runs {
    pub(crate) async fn read(place: &Place) -> Result<Self> {
        let found = place.records.list(keys::RUNS_PREFIX).await?;
        let read = stream::iter(found)
            .map(|key| async move { place.records.read::<RunRecord>(&key).await });
        let read: Vec<_> = read.buffered(AT_A_TIME).try_collect().await?;
        Ok(Self(read.into_iter().flatten().collect()))
    }

    /// `path` as in reports: begins with `/`.
    pub(crate) async fn witness(
        &self,
        place: &Place,
        path: &str,
        version_id: &str,
        at: DateTime<Utc>,
    ) -> Result<Witness> {
        let during: Vec<&RunRecord> = self.0.iter().filter(|run| was_under_way(run, at)).collect();
        for run in &during {
            if let Some(object) = proven(place, run.execution.id(), path, version_id).await? {
                let execution = Some(run.execution.id().to_owned());
                let sha256 = object.sha256.clone();
                return Ok(Witness { execution, proven: true, sha256, object: Some(object) });
            }
        }
        let execution = during.first().map(|run| run.execution.id().to_owned());
        Ok(Witness { execution, ..Witness::default() })
    }

    /// Shows every object version of every proof, until `visit` answers `false`.
    pub(crate) async fn each_proven(
        &self,
        place: &Place,
        mut visit: impl FnMut(ProvenObject) -> bool,
    ) -> Result<()> {
        for run in &self.0 {
            let mut go_on = true;
            each_part(place, run.execution.id(), |part| {
                for line in part.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    go_on = visit(serde_json::from_slice(line)?);
                    if !go_on {
                        break;
                    }
                }
                Ok(go_on)
            })
            .await?;
            if !go_on {
                break;
            }
        }
        Ok(())
    }
}

fn was_under_way(run: &RunRecord, at: DateTime<Utc>) -> bool {
    let begun = run.started_at.unwrap_or(run.recorded_at);
    let ended = run.ended_at.unwrap_or(run.recorded_at);
    begun - SECOND <= at && at <= ended + SECOND
}

/// The version in the list of what an execution's proof proves.
async fn proven(
    place: &Place,
    execution: &str,
    path: &str,
    version_id: &str,
) -> Result<Option<ProvenObject>> {
    let mut found = None;
    each_part(place, execution, |part| {
        found = find(part, path, version_id)?;
        Ok(found.is_none())
    })
    .await?;
    Ok(found)
}

/// Shows the parts of an execution's list of proven objects, until `visit` answers `false`. Parts
/// that are not as they were sealed prove nothing.
async fn each_part(
    place: &Place,
    execution: &str,
    mut visit: impl FnMut(&[u8]) -> Result<bool, serde_json::Error>,
) -> Result<()> {
    let Some(proof) = place.records.read::<Proof>(&keys::proof_document(execution)).await? else {
        return Ok(());
    };
    let parts = stream::iter(&proof.object_parts);
    let parts = parts.map(|link| async move {
        place.records.read_bytes(&link.key).await.map(|bytes| (link, bytes))
    });
    let mut parts = parts.buffered(PARTS_AT_A_TIME);
    let mut before = None;
    while let Some((link, bytes)) = parts.next().await.transpose()? {
        let bytes = bytes.unwrap_or_default();
        let whole = link.is_valid_for(before, &bytes);
        before = Some(link);
        if whole && !visit(&bytes).with_context(|| format!("reading `{}`", link.key))? {
            break;
        }
    }
    Ok(())
}

/// Only lines that hold the version's id are parsed.
fn find(
    part: &[u8],
    path: &str,
    version_id: &str,
) -> Result<Option<ProvenObject>, serde_json::Error> {
    let text = String::from_utf8_lossy(part);
    for line in text.lines().filter(|line| line.contains(version_id)) {
        let object: ProvenObject = serde_json::from_str(line)?;
        if object.version_id == version_id && object.path.trim_end_matches('/') == path {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_path_and_id() {
        let part = "{\"path\":\"/a\",\"key\":\"a\",\"version_id\":\"v1\",\"size\":1,\"sha256\":\"d1\"}\n\
                    {\"path\":\"/b\",\"key\":\"b\",\"version_id\":\"v2\",\"size\":1}\n\
                    {\"path\":\"/d/\",\"key\":\"d/\",\"version_id\":\"v3\",\"size\":0}\n";
        let sha256 =
            |path, id| find(part.as_bytes(), path, id).unwrap().map(|object| object.sha256);
        assert_eq!(sha256("/a", "v1"), Some(Some("d1".into())));
        assert_eq!(sha256("/b", "v2"), Some(None));
        assert_eq!(sha256("/d", "v3"), Some(None));
        assert_eq!(sha256("/a", "v2"), None);
        assert_eq!(sha256("/a", "v"), None);
    }

    #[test]
    fn a_run_covers_its_time_to_the_second() {
        let run: RunRecord = serde_json::from_str(
            r#"{"execution": "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b/execution/exec-0fcddf3728817690d",
            "outcome": "succeeded", "started_at": "2026-11-23T10:00:00.9Z", "ended_at": "2026-11-23T10:05:00Z",
            "recorded_at": "2026-11-23T10:05:03Z",
            "counters": {"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0, "bytes_transferred": 0,
              "bytes_written": 0, "files_verified": 0, "files_deleted": 0, "files_skipped": 0},
            "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0}}"#,
        )
        .unwrap();
        for (at, covered) in [
            ("2026-11-23T09:59:59Z", false),
            ("2026-11-23T10:00:00Z", true),
            ("2026-11-23T10:05:01Z", true),
            ("2026-11-23T10:05:02Z", false),
        ] {
            assert_eq!(was_under_way(&run, at.parse().unwrap()), covered, "{at}");
        }
    }
}
