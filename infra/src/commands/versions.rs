//! `versions`: lists every version of one file with the execution that wrote it.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use domain::point_in_time::format_time;
use domain::printable::escape_unprintable;
use domain::restore::ListedVersion;
use serde::Serialize;

use crate::bucket_view::BucketView;
use crate::cli::{Global, VersionsArguments};
use crate::hint::WithHint;
use crate::runs::object_versions;
use crate::runs::version_origin::VersionOrigin;
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
    /// Absent where no proofs are read.
    #[serde(flatten)]
    origin: Option<VersionOrigin>,
}

pub(super) async fn run(global: &Global, arguments: &VersionsArguments) -> Result<ExitCode> {
    let view = BucketView::open_bucket(global, &arguments.bucket).await?;
    let bucket = &view.bucket;
    let key = bucket.key_of(arguments.path.trim_start_matches('/'));
    let listed = object_versions::versions_of_key(bucket, &key).await?;
    if listed.is_empty() {
        let nothing =
            Err(anyhow!("s3://{}/{} has no versions", bucket.name, escape_unprintable(&key)));
        return nothing.with_hint(
            "give the path relative to the source directory, with exact upper and lower case; \
                `efs-s3 find` finds it by a part",
        );
    }
    let versions = with_origins(&view, &key, listed).await?;
    let text: String = versions.iter().map(version_line).collect();
    output::print_data(global.output, &versions, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn with_origins(
    view: &BucketView,
    key: &str,
    listed: Vec<ListedVersion>,
) -> Result<Vec<FileVersion>> {
    let finder = view.read_origins().await?;
    let mut versions = Vec::new();
    for one in listed {
        let origin = match &finder {
            Some(finder) => {
                Some(finder.find_origin(key, &one.version_id, one.last_modified).await?)
            }
            None => None,
        };
        versions.push(FileVersion::from_listed(one, origin));
    }
    Ok(versions)
}

impl FileVersion {
    fn from_listed(listed: ListedVersion, origin: Option<VersionOrigin>) -> Self {
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
    let at = format_time(version.at);
    let class = if version.deleted { "-" } else { &version.storage_class };
    let written = origin_text(version.origin.as_ref());
    let marks = [(version.latest, "  latest"), (version.archived, "  archived")];
    let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    format!("{at}  {size:>10}  {class:<12} {}  {written}{marks}\n", version.version_id)
}

fn origin_text(origin: Option<&VersionOrigin>) -> String {
    let Some(origin) = origin else { return "proofs not read".to_owned() };
    match (origin.execution.as_deref(), origin.proven) {
        (Some(execution), true) => format!("proven by {execution}"),
        (Some(execution), false) => format!("during {execution}, not proven"),
        (None, _) => "by no execution".to_owned(),
    }
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
            FileVersion::from_listed(deleted, Some(VersionOrigin::default())),
            FileVersion::from_listed(archived, Some(example_origin(false))),
            FileVersion::from_listed(example_version("v1", "STANDARD"), Some(example_origin(true))),
            FileVersion::from_listed(example_version("v0", "STANDARD"), None),
        ];
        insta::assert_snapshot!(versions.iter().map(version_line).collect::<String>(), @r"
        2023-11-14 22:13:20 UTC     deleted  -            v3  by no execution  latest
        2023-11-14 22:13:20 UTC        12 B  DEEP_ARCHIVE v2  during exec-1, not proven  archived
        2023-11-14 22:13:20 UTC        12 B  STANDARD     v1  proven by exec-1
        2023-11-14 22:13:20 UTC        12 B  STANDARD     v0  proofs not read
        ");
    }
}
