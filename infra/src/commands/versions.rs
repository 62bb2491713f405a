//! `versions`: every version of one file, and who wrote it.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::printable::escape_unprintable;
use domain::restore::ListedVersion;
use serde::Serialize;

use crate::advice::Advise;
use crate::cli::Global;
use crate::place::Place;
use crate::witness::{Runs, Witness};
use crate::{follow, object_versions, output};

/// One version, the newest first.
#[derive(Debug, Serialize)]
struct Version {
    version_id: String,
    at: DateTime<Utc>,
    /// Bytes; absent where the file was deleted.
    size: Option<u64>,
    storage_class: String,
    /// It can't be read before `RestoreObject` has made a copy.
    archived: bool,
    /// What a reader without a version gets today.
    latest: bool,
    deleted: bool,
    #[serde(flatten)]
    witness: Witness,
}

pub(super) async fn run(global: &Global, path: &str) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = super::deployed(&place).await?;
    let path = path.trim_start_matches('/');
    let key = format!("{}{path}", outputs.destination_prefix);
    let listed = object_versions::of_key(&place.aws.s3, &outputs.destination_bucket, &key).await?;
    if listed.is_empty() {
        let key = escape_unprintable(&key);
        let nothing =
            Err(anyhow!("s3://{}/{key} has no version, and had none", outputs.destination_bucket));
        return nothing
            .advise("give the path as below the source's folder, with its exact letters");
    }
    let runs = Runs::read(&place).await?;
    let reported = format!("/{}", path.trim_end_matches('/'));
    let mut versions = Vec::new();
    for one in listed {
        let witness = runs.witness(&place, &reported, &one.version_id, one.last_modified).await?;
        versions.push(Version::of(one, witness));
    }
    let text: String = versions.iter().map(line).collect();
    output::data(global.output, &versions, text)?;
    Ok(ExitCode::SUCCESS)
}

impl Version {
    fn of(listed: ListedVersion, witness: Witness) -> Self {
        let archived = listed.is_archived();
        let ListedVersion {
            version_id, last_modified, size, latest, deleted, storage_class, ..
        } = listed;
        let size = (!deleted).then_some(size);
        Self {
            version_id,
            at: last_modified,
            size,
            storage_class,
            archived,
            latest,
            deleted,
            witness,
        }
    }
}

fn line(version: &Version) -> String {
    let size = version
        .size
        .and_then(|size| i64::try_from(size).ok())
        .map_or("deleted".to_owned(), follow::bytes);
    let at = version.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let class = if version.deleted { "-" } else { &version.storage_class };
    let execution = version.witness.execution.as_deref();
    let written = match (execution, version.witness.proven) {
        (Some(execution), true) => format!("proven by {execution}"),
        (Some(execution), false) => format!("during {execution}, not proven"),
        (None, _) => "of no run".to_owned(),
    };
    let marks = [(version.latest, "  latest"), (version.archived, "  archived")];
    let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    format!("{at}  {size:>10}  {class:<12} {}  {written}{marks}\n", version.version_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_is_one_line() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let listed = |id: &str, class: &str| ListedVersion {
            version_id: id.into(),
            last_modified: at,
            size: 12,
            storage_class: class.into(),
            ..ListedVersion::default()
        };
        let by =
            |proven| Witness { execution: Some("exec-1".into()), proven, ..Witness::default() };
        let versions = [
            Version::of(
                ListedVersion { deleted: true, latest: true, ..listed("v3", "") },
                Witness::default(),
            ),
            Version::of(listed("v2", "DEEP_ARCHIVE"), by(false)),
            Version::of(listed("v1", "STANDARD"), by(true)),
        ];
        insta::assert_snapshot!(versions.iter().map(line).collect::<String>(), @r"
        2023-11-14T22:13:20Z     deleted  -            v3  of no run  latest
        2023-11-14T22:13:20Z        12 B  DEEP_ARCHIVE v2  during exec-1, not proven  archived
        2023-11-14T22:13:20Z        12 B  STANDARD     v1  proven by exec-1
        ");
    }
}
