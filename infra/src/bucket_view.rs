//! The bucket that a command reads: that of a sync with its proofs, or one named by `--bucket`
//! alone.

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};

use crate::cli::{BucketSelection, Global};
use crate::context::{self, StackContext};
use crate::hint::hinted_error;
use crate::runs::destination_bucket::DestinationBucket;
use crate::runs::version_origin::{RunRecords, VersionOrigin};
use crate::sync_selection::select_sync;
use crate::sync_view::{SyncView, view_in_outputs};
use crate::ui::printed_commands::shell_word;

/// A bucket with copied files.
pub(crate) struct BucketView {
    pub bucket: DestinationBucket,
    /// The sync, whose proofs are read; `None` for a bucket alone.
    pub sync: Option<SyncView>,
    /// The arguments that select it, with a space before them: ` --sync home`.
    pub argument: String,
}

impl BucketView {
    pub(crate) async fn open_bucket(global: &Global, selection: &BucketSelection) -> Result<Self> {
        if let Some(name) = &selection.bucket {
            return open_alone(global, name, selection).await;
        }
        let (context, named) = (StackContext::load_context(global).await?, &selection.sync.name);
        let Some(outputs) = context.read_outputs().await? else {
            return Err(not_deployed(&context, named.as_deref())?);
        };
        let view = view_in_outputs(&context, &outputs, named.as_deref())?;
        let (bucket, argument) = (view.destination_bucket(), view.argument.clone());
        Ok(Self { bucket, sync: Some(view), argument })
    }

    /// Reads the records that show the origin of versions; `None` for a bucket alone, whose proofs
    /// are not read.
    pub(crate) async fn read_origins(&self) -> Result<Option<OriginFinder<'_>>> {
        let Some(view) = &self.sync else { return Ok(None) };
        let runs = RunRecords::read_all(&view.context.records).await?;
        Ok(Some(OriginFinder { view, runs }))
    }

    /// Finds the origin of one version.
    pub(crate) async fn find_origin(
        &self,
        key: &str,
        version_id: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<VersionOrigin>> {
        match self.read_origins().await? {
            Some(finder) => finder.find_origin(key, version_id, at).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The run records and proofs of a sync.
pub(crate) struct OriginFinder<'a> {
    view: &'a SyncView,
    runs: RunRecords,
}

impl OriginFinder<'_> {
    pub(crate) async fn find_origin(
        &self,
        key: &str,
        version_id: &str,
        at: DateTime<Utc>,
    ) -> Result<VersionOrigin> {
        self.runs.find_origin(self.view, key, version_id, at).await
    }
}

async fn open_alone(
    global: &Global,
    name: &str,
    selection: &BucketSelection,
) -> Result<BucketView> {
    let region = selection.region.as_deref();
    let prefix = location_prefix(selection.prefix.as_deref().unwrap_or_default());
    let s3 = context::bucket_client(global, region).await?;
    let argument = alone_argument(name, &prefix, region);
    let bucket = DestinationBucket { s3, name: name.to_owned(), prefix, owner: None };
    Ok(BucketView { bucket, sync: None, argument })
}

/// Returns the prefix in the form of a location: empty, or with `/` at its end only.
fn location_prefix(given: &str) -> String {
    let inner = given.trim_matches('/');
    if inner.is_empty() { String::new() } else { format!("{inner}/") }
}

fn alone_argument(bucket: &str, prefix: &str, region: Option<&str>) -> String {
    let mut argument = format!(" --bucket {bucket}");
    if !prefix.is_empty() {
        argument.extend([" --prefix ", &shell_word(prefix)]);
    }
    if let Some(region) = region {
        argument.extend([" --region ", region]);
    }
    argument
}

/// Returns the error of a stack without outputs, with the bucket that a destroy may have kept.
fn not_deployed(context: &StackContext, named: Option<&str>) -> Result<anyhow::Error> {
    let (config, names) = (&context.config, context.names());
    let sync = select_sync(&config.sync_names(), named)?;
    let error = anyhow!("the stack `{}` is not deployed", names.stack);
    let Some(of_sync) = config.of_sync(&sync) else { return Ok(error) };
    let region = of_sync.destination.bucket_region(&names.region);
    let argument = alone_argument(
        &of_sync.destination_bucket(names),
        &of_sync.destination.prefix,
        Some(region),
    );
    Ok(hinted_error(
        error,
        format!(
            "if a destroy kept the data, read the bucket alone: add `{}`; otherwise run \
                `efs-s3 deploy`",
            argument.trim_start()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_alone_is_selected_by_name_prefix_and_region() {
        for (given, prefix) in [("", ""), ("/", ""), ("files", "files/"), ("/files/a/", "files/a/")]
        {
            assert_eq!(location_prefix(given), prefix, "{given}");
        }
        assert_eq!(alone_argument("b", "", None), " --bucket b");
        assert_eq!(
            alone_argument("b", "a b/", Some("eu-west-1")),
            " --bucket b --prefix 'a b/' --region eu-west-1"
        );
    }
}
