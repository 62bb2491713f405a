//! `versions`: lists every version of one file with the execution that wrote it.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::printable::escape_unprintable;
use domain::restore::ListedVersion;
use serde::Serialize;

use crate::cli::{Global, OneSync};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::object_versions;
use crate::runs::version_origin::{RunRecords, VersionOrigin};
use crate::sync_view::{SyncView, read_view};
use crate::ui::format::format_bytes;
use crate::ui::output;

/// One version.
#[derive(Debug, Serialize)]
struct FileVersion {
    version_id: String,
    at: DateTime<Utc>,
    /// Bytes; absent where the file was deleted.
    size: Option<u64>,
    storage_class: String,
    /// Whether it cannot be read before `RestoreObject` has made a copy.
    archived: bool,
    /// Whether a reader without a version id gets it.
    latest: bool,
    deleted: bool,
    #[serde(flatten)]
    origin: VersionOrigin,
}

pub(super) async fn run(global: &Global, path: &str, sync: &OneSync) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let view = read_view(&context, sync.name.as_deref()).await?;
    let bucket = view.destination_bucket();
    let key = bucket.key_of(path.trim_start_matches('/'));
    let listed = object_versions::versions_of_key(&bucket, &key).await?;
    if listed.is_empty() {
        let nothing =
            Err(anyhow!("s3://{}/{} has no versions", bucket.name, escape_unprintable(&key)));
        return nothing.with_hint(
            "give the path relative to the source directory, with exact upper and lower case",
        );
    }
    let versions = with_origins(&view, &key, listed).await?;
    let text: String = versions.iter().map(version_line).collect();
    output::print_data(global.output, &versions, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn with_origins(
    view: &SyncView,
    key: &str,
    listed: Vec<ListedVersion>,
) -> Result<Vec<FileVersion>> {
    let runs = RunRecords::read_all(&view.context.records).await?;
    let mut versions = Vec::new();
    for one in listed {
        let origin = runs.find_origin(view, key, &one.version_id, one.last_modified).await?;
        versions.push(FileVersion::from_listed(one, origin));
    }
    Ok(versions)
}

impl FileVersion {
    fn from_listed(listed: ListedVersion, origin: VersionOrigin) -> Self {
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
            origin,
        }
    }
}

fn version_line(version: &FileVersion) -> String {
    let size = version
        .size
        .and_then(|size| i64::try_from(size).ok())
        .map_or("deleted".to_owned(), format_bytes);
    let at = version.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let class = if version.deleted { "-" } else { &version.storage_class };
    let execution = version.origin.execution.as_deref();
    let written = match (execution, version.origin.proven) {
        (Some(execution), true) => format!("proven by {execution}"),
        (Some(execution), false) => format!("during {execution}, not proven"),
        (None, _) => "by no execution".to_owned(),
    };
    let marks = [(version.latest, "  latest"), (version.archived, "  archived")];
    let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    format!("{at}  {size:>10}  {class:<12} {}  {written}{marks}\n", version.version_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example_version(id: &str, class: &str) -> ListedVersion {
        ListedVersion {
            version_id: id.into(),
            last_modified: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            size: 12,
            storage_class: class.into(),
            ..ListedVersion::default()
        }
    }

    fn example_origin(proven: bool) -> VersionOrigin {
        VersionOrigin { execution: Some("exec-1".into()), proven, ..VersionOrigin::default() }
    }

    #[test]
    fn each_version_is_one_line() {
        let deleted = ListedVersion { deleted: true, latest: true, ..example_version("v3", "") };
        let archived = example_version("v2", "DEEP_ARCHIVE");
        let versions = [
            FileVersion::from_listed(deleted, VersionOrigin::default()),
            FileVersion::from_listed(archived, example_origin(false)),
            FileVersion::from_listed(example_version("v1", "STANDARD"), example_origin(true)),
        ];
        insta::assert_snapshot!(versions.iter().map(version_line).collect::<String>(), @r"
        2023-11-14T22:13:20Z     deleted  -            v3  by no execution  latest
        2023-11-14T22:13:20Z        12 B  DEEP_ARCHIVE v2  during exec-1, not proven  archived
        2023-11-14T22:13:20Z        12 B  STANDARD     v1  proven by exec-1
        ");
    }
}
