//! `ls`: lists files and directories of the bucket, of now or of a time, while they are read.

mod long_entry;

use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use futures::{StreamExt, TryStreamExt, stream};

use long_entry::{LongEntry, read_long_entry};

use crate::bucket_view::BucketView;
use crate::cli::{Global, LsArguments};
use crate::hint::hinted_error;
use crate::runs::nothing_found::NothingFound;
use crate::runs::object_versions::version_of_key;
use crate::runs::tree_listing::{ListingDepth, TreeEntry, TreeListing, entry_of};
use crate::ui::output;
use crate::ui::stream::DataStream;

/// The number of paths whose metadata is read concurrently.
const CONCURRENCY: usize = 32;

pub(super) async fn run(global: &Global, arguments: &LsArguments) -> Result<ExitCode> {
    let moment = parse_moment(arguments.at.as_deref())?;
    let view = BucketView::open_bucket(global, &arguments.bucket).await?;
    let path = arguments.path.as_deref().unwrap_or_default().trim_start_matches('/');
    let mut printer = EntryPrinter {
        view: &view,
        out: DataStream::new(global.output),
        is_long: arguments.long,
        has_versions: moment.is_some(),
    };
    let depth = if arguments.recursive { ListingDepth::All } else { ListingDepth::OneLevel };
    let mut listing = TreeListing::below_path(&view.bucket, &directory_of(path), depth, moment);
    while let Some(page) = listing.next_page().await? {
        printer.print_page(page).await?;
    }
    if printer.out.count > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if listing.is_directory {
        output::print_progress(format!("`{}` is empty", shown_path(path)));
        return Ok(ExitCode::SUCCESS);
    }
    let file = find_file(&view, path, moment).await?;
    let Some(file) = file else { return Err(nothing_listed(&view, path, moment, &listing)) };
    printer.print_page(vec![file]).await?;
    Ok(ExitCode::SUCCESS)
}

/// Parses the time of `--at`; `None` without it.
pub(super) fn parse_moment(at: Option<&str>) -> Result<Option<DateTime<Utc>>> {
    let moment = at.map(|text| parse_point_in_time(text, Utc::now())).transpose();
    moment.map_err(|refused| hinted_error(refused.into(), "give a time such as `--at '1h ago'`"))
}

/// Returns the path with a slash at its end; the source directory itself is the empty path.
fn directory_of(path: &str) -> String {
    let inner = path.trim_end_matches('/');
    if inner.is_empty() { String::new() } else { format!("{inner}/") }
}

fn shown_path(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { escape_unprintable(path) }
}

async fn find_file(
    view: &BucketView,
    path: &str,
    moment: Option<DateTime<Utc>>,
) -> Result<Option<TreeEntry>> {
    if path.is_empty() || path.ends_with('/') {
        return Ok(None);
    }
    let version = version_of_key(&view.bucket, &view.bucket.key_of(path), moment).await?;
    Ok(version.map(|version| TreeEntry { path: path.to_owned(), ..entry_of(version) }))
}

fn nothing_listed(
    view: &BucketView,
    path: &str,
    moment: Option<DateTime<Utc>>,
    listing: &TreeListing,
) -> anyhow::Error {
    let BucketView { bucket, argument, .. } = view;
    let statement = match path {
        "" => format!("s3://{}/{} has no objects", bucket.name, bucket.prefix),
        path => format!("there is no file or directory `{}`", escape_unprintable(path)),
    };
    let nothing = NothingFound { statement, moment, first_version: listing.first_version };
    nothing.into_error(format!(
        "give the path relative to the source directory, with exact upper and lower case; \
            `efs-s3 ls{argument}` lists its first level, `efs-s3 versions{argument} <path>` also \
            deleted versions of a file"
    ))
}

/// Prints the entries of a listing.
struct EntryPrinter<'a> {
    view: &'a BucketView,
    out: DataStream,
    is_long: bool,
    /// Whether the entries are versions of a time, not the current ones.
    has_versions: bool,
}

impl EntryPrinter<'_> {
    async fn print_page(&mut self, page: Vec<TreeEntry>) -> Result<()> {
        if self.is_long {
            for entry in self.read_metadata(page).await? {
                self.out.print_entry(&entry, &entry.to_line())?;
            }
        } else {
            for entry in &page {
                self.out.print_entry(entry, &entry.path)?;
            }
        }
        self.out.flush_page()
    }

    /// Reads the metadata of a page. A proof has no index, and S3 answers a request for each path
    /// sooner than the proofs of all executions can be read.
    async fn read_metadata(&self, page: Vec<TreeEntry>) -> Result<Vec<LongEntry>> {
        let (bucket, has_versions) = (&self.view.bucket, self.has_versions);
        let entries = stream::iter(page)
            .map(|entry| async move { read_long_entry(bucket, entry, has_versions).await });
        entries.buffered(CONCURRENCY).try_collect().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_listed_with_and_without_a_slash() {
        for (path, directory) in [("", ""), ("a", "a/"), ("a/", "a/"), ("a/b//", "a/b/")] {
            assert_eq!(directory_of(path), directory, "{path}");
        }
        let refused = parse_moment(Some("soon")).unwrap_err();
        assert!(refused.to_string().contains("`soon`"), "{refused}");
    }
}
