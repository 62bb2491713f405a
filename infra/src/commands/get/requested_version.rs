//! The version that `get` and `cat` are asked for.

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use domain::printable::escape_unprintable;

use crate::bucket_view::BucketView;
use crate::commands::ls::parse_moment;
use crate::hint::WithHint;
use crate::runs::nothing_found::NothingFound;
use crate::runs::object_versions::{select_version, versions_of_key};
use crate::ui::printed_commands::shell_word;

/// A version by its id, by a time, or the latest.
#[derive(Clone, Debug)]
pub(in crate::commands) enum RequestedVersion {
    Latest,
    Id(String),
    At(DateTime<Utc>),
}

impl RequestedVersion {
    pub(in crate::commands) fn from_arguments(id: Option<&str>, at: Option<&str>) -> Result<Self> {
        Ok(match (id, parse_moment(at)?) {
            (Some(id), _) => Self::Id(id.to_owned()),
            (None, Some(moment)) => Self::At(moment),
            (None, None) => Self::Latest,
        })
    }

    /// Returns the id for a request; `None` is the latest.
    pub(super) async fn find_id(&self, view: &BucketView, path: &str) -> Result<Option<String>> {
        match self {
            Self::Latest => Ok(None),
            Self::Id(id) => Ok(Some(id.clone())),
            Self::At(moment) => find_id_at(view, path, *moment).await.map(Some),
        }
    }
}

/// Fails for a path that can only be a directory.
pub(super) fn require_file_path(path: &str) -> Result<()> {
    if !path.is_empty() && !path.ends_with('/') {
        return Ok(());
    }
    Err(anyhow!("`{path}` is a directory")).with_hint(
        "`get` and `cat` read one file; `efs-s3 ls` lists a directory, \
            `efs-s3 restore --prefix` restores one",
    )
}

/// The command that lists the versions of a path. `argument` selects the sync or the bucket.
pub(super) fn versions_command(path: &str, argument: &str) -> String {
    format!("efs-s3 versions{argument} {}", shell_word(path))
}

async fn find_id_at(view: &BucketView, path: &str, moment: DateTime<Utc>) -> Result<String> {
    let versions = versions_of_key(&view.bucket, &view.bucket.key_of(path)).await?;
    let first_version = versions.iter().map(|version| version.last_modified).min();
    match select_version(versions.into_iter(), Some(moment)) {
        Some(version) => Ok(version.version_id),
        None => {
            let list = versions_command(path, &view.argument);
            let path = escape_unprintable(path);
            let statement = format!("`{path}` does not exist in S3, or was deleted,");
            let nothing = NothingFound { statement, moment: Some(moment), first_version };
            Err(nothing.into_error(format!("list the versions with: {list}")))
        }
    }
}
