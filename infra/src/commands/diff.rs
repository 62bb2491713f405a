//! `diff`: lists what was added, changed or deleted in the bucket between two times, while its
//! versions are read.

use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::config::PreserveDeletedFiles;
use domain::point_in_time::{format_time, parse_point_in_time};
use domain::printable::escape_unprintable;
use domain::restore::{
    ChangeKind, ListedVersion, NotRestorable, VersionChange, VersionDiffer, manifest_path,
};
use serde::Serialize;

use crate::bucket_view::BucketView;
use crate::cli::{DiffArguments, Global};
use crate::hint::WithHint;
use crate::runs::nothing_found::NothingFound;
use crate::runs::object_versions::{VersionPages, versions_of_key};
use crate::ui::format::format_bytes;
use crate::ui::output;
use crate::ui::stream::DataStream;

pub(super) async fn run(global: &Global, arguments: &DiffArguments) -> Result<ExitCode> {
    let parse = |text: &str| {
        parse_point_in_time(text, Utc::now())
            .with_hint("give two times such as `efs-s3 diff yesterday now`")
    };
    let (from, to) = (parse(&arguments.from)?, parse(&arguments.to)?);
    let view = BucketView::open_bucket(global, &arguments.bucket).await?;
    let mut diff = PrintedDiff::new(DataStream::new(global.output), &view, from, to);
    diff.print_below(&view, arguments.path.as_deref().unwrap_or_default()).await?;
    if diff.first_version.is_none_or(|first| first > from.max(to)) {
        let statement = match &arguments.path {
            Some(path) => format!("there is no file or directory `{}`", escape_unprintable(path)),
            None => "there are no files".to_owned(),
        };
        let (moment, first_version) = (Some(from.max(to)), diff.first_version);
        let nothing = NothingFound { statement, moment, first_version };
        return Err(nothing.into_error(format!(
            "give the path relative to the source directory, and times after the first execution; \
                `efs-s3 ls{}` lists the first level",
            view.argument
        )));
    }
    output::print_progress(diff.summary_text(from, to));
    if deletions_are_unknown(&view) {
        output::print_progress(
            "task.preserve_deleted_files is PRESERVE: S3 keeps files that were deleted, so they \
                are not listed as deleted",
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn deletions_are_unknown(view: &BucketView) -> bool {
    view.sync.as_ref().is_some_and(|view| {
        view.context.config.task.preserve_deleted_files == PreserveDeletedFiles::Preserve
    })
}

/// One change.
#[derive(Debug, Serialize)]
struct FileChange {
    path: String,
    change: ChangeKind,
    before: Option<VersionSummary>,
    after: Option<VersionSummary>,
}

/// The version at one of the times.
#[derive(Debug, Serialize)]
struct VersionSummary {
    version_id: String,
    at: DateTime<Utc>,
    size: u64,
}

/// A difference that is printed while it is read.
struct PrintedDiff {
    out: DataStream,
    differ: VersionDiffer,
    prefix: String,
    first_version: Option<DateTime<Utc>>,
    added: u64,
    changed: u64,
    deleted: u64,
}

impl PrintedDiff {
    fn new(out: DataStream, view: &BucketView, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            out,
            differ: VersionDiffer::new(from, to),
            prefix: view.bucket.prefix.clone(),
            first_version: None,
            added: 0,
            changed: 0,
            deleted: 0,
        }
    }

    /// Prints the changes of a file, and of everything below a directory.
    async fn print_below(&mut self, view: &BucketView, path: &str) -> Result<()> {
        let inner = path.trim_matches('/');
        let mut directory = view.bucket.key_of(inner);
        if !inner.is_empty() {
            for listed in versions_of_key(&view.bucket, &directory).await? {
                self.add_version(listed)?;
            }
            directory.push('/');
        }
        let mut pages = VersionPages::below_prefix(&view.bucket, &directory);
        while let Some(page) = pages.next_page().await? {
            for listed in page {
                self.add_version(listed)?;
            }
            self.out.flush_page()?;
        }
        let last = self.differ.take_change();
        self.print_change(last)?;
        self.out.flush_page()
    }

    fn add_version(&mut self, listed: ListedVersion) -> Result<()> {
        let at = listed.last_modified;
        self.first_version = Some(self.first_version.map_or(at, |first| first.min(at)));
        let change = self.differ.add_version(listed);
        self.print_change(change)
    }

    fn print_change(&mut self, change: Option<VersionChange>) -> Result<()> {
        let Some(change) = change.and_then(|change| file_change(change, &self.prefix)) else {
            return Ok(());
        };
        *match change.change {
            ChangeKind::Added => &mut self.added,
            ChangeKind::Changed => &mut self.changed,
            ChangeKind::Deleted => &mut self.deleted,
        } += 1;
        self.out.print_entry(&change, &change.to_line())
    }

    fn summary_text(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        let Self { added, changed, deleted, .. } = self;
        let (from, to) = (format_time(from), format_time(to));
        format!("{added} added, {changed} changed, {deleted} deleted from {from} to {to}")
    }
}

/// Returns the change below the prefix; `None` for a temporary object of DataSync.
fn file_change(change: VersionChange, prefix: &str) -> Option<FileChange> {
    if manifest_path(&change.key, prefix) == Err(NotRestorable::Temporary) {
        return None;
    }
    let path = change.key.strip_prefix(prefix).filter(|path| !path.is_empty())?.to_owned();
    let summary = |version: ListedVersion| VersionSummary {
        version_id: version.version_id,
        at: version.last_modified,
        size: version.size,
    };
    Some(FileChange {
        path,
        change: change.kind(),
        before: change.before.map(summary),
        after: change.after.map(summary),
    })
}

impl FileChange {
    fn to_line(&self) -> String {
        let sign = match self.change {
            ChangeKind::Added => '+',
            ChangeKind::Changed => '~',
            ChangeKind::Deleted => '-',
        };
        let size = |version: &Option<VersionSummary>| {
            version.as_ref().map(|one| format_bytes(i64::try_from(one.size).unwrap_or(i64::MAX)))
        };
        let sizes = match (size(&self.before), size(&self.after)) {
            _ if self.path.ends_with('/') => String::new(),
            (Some(before), Some(after)) if before != after => format!("  ({before} -> {after})"),
            (before, after) => format!("  ({})", after.or(before).unwrap_or_default()),
        };
        format!("{sign} {}{sizes}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, size: u64) -> Option<ListedVersion> {
        let id = id.into();
        Some(ListedVersion { version_id: id, size, ..ListedVersion::default() })
    }

    #[test]
    fn each_change_is_one_line() {
        let changes = [
            ("files/new.txt", None, version("v1", 12)),
            ("files/grown", version("v1", 12), version("v2", 2_048)),
            ("files/touched", version("v1", 12), version("v2", 12)),
            ("files/gone", version("v1", 0), None),
            ("files/dir/", None, version("v1", 0)),
            ("files/", None, version("v1", 0)),
            ("files/.aws-datasync/x", None, version("v1", 0)),
        ];
        let lines = changes.into_iter().filter_map(|(key, before, after)| {
            file_change(VersionChange { key: key.into(), before, after }, "files/")
        });
        let lines: Vec<_> = lines.map(|change| change.to_line()).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        + new.txt  (12 B)
        ~ grown  (12 B -> 2.0 KiB)
        ~ touched  (12 B)
        - gone  (0 B)
        + dir/
        ");
    }
}
