//! `versions`: every version of one file.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use pipeline::restore::Listed;
use serde::Serialize;

use crate::advice::Advise;
use crate::cli::Global;
use crate::object_versions::Pages;
use crate::place::Place;
use crate::{follow, output};

/// One version, the newest first.
#[derive(Debug, Serialize)]
struct Version {
    version_id: String,
    at: DateTime<Utc>,
    /// Bytes; absent where the file was deleted.
    size: Option<u64>,
    /// What a reader without a version gets today.
    latest: bool,
    deleted: bool,
}

pub(super) async fn run(global: &Global, path: &str) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = super::deployed(&place).await?;
    let key = format!("{}{}", outputs.destination_prefix, path.trim_start_matches('/'));
    let mut found = Vec::new();
    let mut pages = Pages::of(&place.aws.s3, &outputs.destination_bucket, &key);
    // The key itself comes first of all that begin so.
    while let Some(page) = pages.next().await? {
        let beyond = page.iter().any(|listed| listed.key != key);
        found.extend(page.into_iter().filter(|listed| listed.key == key).map(Version::from));
        if beyond {
            break;
        }
    }
    if found.is_empty() {
        let nothing = Err(anyhow!("s3://{}/{key} has no version, and had none", outputs.destination_bucket));
        return nothing.advise("give the path as below the source's folder, with its exact letters");
    }
    let text: String = found.iter().map(line).collect();
    output::data(global.output, &found, text)?;
    Ok(ExitCode::SUCCESS)
}

impl From<Listed> for Version {
    fn from(listed: Listed) -> Self {
        let Listed { version_id, last_modified, size, latest, deleted, .. } = listed;
        Self { version_id, at: last_modified, size: (!deleted).then_some(size), latest, deleted }
    }
}

fn line(version: &Version) -> String {
    let size = version.size.and_then(|size| i64::try_from(size).ok()).map_or("deleted".to_owned(), follow::bytes);
    let mark = if version.latest { "  latest" } else { "" };
    let at = version.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{at}  {size:>10}  {}{mark}\n", version.version_id)
}
