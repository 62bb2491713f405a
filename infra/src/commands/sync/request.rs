//! The request for an execution, by the arguments.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::manifest::manifest_from_paths;
use domain::overrides::Overrides;
use domain::records::keys;
use domain::records::start::MANUAL;
use domain::request::StartRequest;

use crate::cli::SyncArguments;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::sync_view::SyncView;

/// Returns the request, or the problems of the arguments before anything is written: a manifest is
/// uploaded only for a valid request.
pub(super) async fn start_request(
    view: &SyncView,
    arguments: &SyncArguments,
    now: DateTime<Utc>,
) -> Result<StartRequest> {
    let overrides = requested_overrides(arguments, now);
    let problems = overrides.find_problems(&view.context.config);
    if !problems.is_empty() {
        let refused = Err(anyhow!("nothing was started: {}", problems.join("; ")));
        return refused.with_hint("correct the arguments; `efs-s3 sync --help` explains them");
    }
    if let (Some(file), Some(key)) = (&arguments.manifest, &overrides.manifest) {
        upload_manifest(&view.context, file, key).await?;
    }
    let slot = format!("{MANUAL}{}", now.to_rfc3339_opts(SecondsFormat::Millis, true));
    let when_busy = arguments.when_busy.map(Into::into);
    let sync = view.requested_sync();
    Ok(StartRequest { overrides, when_busy, sync, ..StartRequest::new(slot) })
}

fn requested_overrides(arguments: &SyncArguments, now: DateTime<Utc>) -> Overrides {
    Overrides {
        includes: arguments.include.clone(),
        excludes: arguments.exclude.clone(),
        verify_mode: arguments.verify_mode.map(Into::into),
        bytes_per_second: arguments.bytes_per_second,
        manifest: arguments.manifest.as_ref().map(|_| manifest_key(now)),
    }
}

/// Returns a key without `:`, which DataSync does not accept in the key of a manifest.
fn manifest_key(now: DateTime<Utc>) -> String {
    format!("{}{MANUAL}{}.csv", keys::MANIFESTS_PREFIX, now.format("%Y-%m-%dT%H-%M-%S%.3fZ"))
}

async fn upload_manifest(context: &StackContext, file: &Path, key: &str) -> Result<()> {
    let doing = || format!("reading the list of files `{}`", file.display());
    let text = fs::read_to_string(file).with_context(doing)?;
    let manifest = manifest_from_paths(&text).with_context(doing).with_hint(
        "correct the list: one path per line; quote a path with a comma or a quotation mark, and \
            double each quotation mark in it",
    )?;
    Ok(context.records.upload(key, manifest.into_bytes().into(), "text/csv").await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasync_accepts_the_key_of_a_manifest() {
        let now = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        assert_eq!(manifest_key(now), "manifests/manual-2023-11-14T22-13-20.123Z.csv");
    }
}
