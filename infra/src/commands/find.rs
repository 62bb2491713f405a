//! `find`: prints the paths of the bucket that match a pattern and limits, while they are read.

mod path_pattern;

use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::point_in_time::parse_beginning;
use domain::printable::escape_unprintable;

use path_pattern::PathPattern;

use super::ls::parse_moment;
use crate::bucket_view::BucketView;
use crate::cli::{FindArguments, Global, OutputFormat};
use crate::hint::WithHint;
use crate::runs::nothing_found::NothingFound;
use crate::runs::tree_listing::{ListingDepth, TreeEntry, TreeListing};
use crate::ui::stream::DataStream;

pub(super) async fn run(global: &Global, arguments: &FindArguments) -> Result<ExitCode> {
    let moment = parse_moment(arguments.at.as_deref())?;
    let limits = EntryLimits::from_arguments(arguments, Utc::now())?;
    let view = BucketView::open_bucket(global, &arguments.bucket).await?;
    let path = limits.pattern.as_ref().map_or("", PathPattern::literal_beginning);
    let mut listing = TreeListing::below_path(&view.bucket, path, ListingDepth::All, moment);
    let mut out = DataStream::new(global.output);
    let is_exact = arguments.null && global.output == OutputFormat::Text;
    while let Some(page) = listing.next_page().await? {
        for entry in page.iter().filter(|entry| limits.includes(entry)) {
            match is_exact {
                true => out.print_exactly(&entry.path)?,
                false => out.print_entry(entry, &entry.path)?,
            }
        }
        out.flush_page()?;
    }
    if out.count > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let statement = nothing_statement(arguments);
    let nothing = NothingFound { statement, moment, first_version: listing.first_version };
    Err(nothing.into_error(format!(
        "a pattern with `*`, `?` or `[` is for the whole path: begin and end it with `*` to find \
            a part; `efs-s3 ls{}` lists the first level",
        view.argument
    )))
}

fn nothing_statement(arguments: &FindArguments) -> String {
    match &arguments.pattern {
        Some(pattern) => format!("nothing matches `{}`", escape_unprintable(pattern)),
        None => "nothing matches".to_owned(),
    }
}

/// The conditions of an entry.
struct EntryLimits {
    pattern: Option<PathPattern>,
    larger: Option<u64>,
    newer: Option<DateTime<Utc>>,
}

impl EntryLimits {
    fn from_arguments(arguments: &FindArguments, now: DateTime<Utc>) -> Result<Self> {
        let FindArguments { pattern, by_name, regex, .. } = arguments;
        let pattern = pattern.as_deref().map(|text| match (*regex, *by_name) {
            (true, _) => PathPattern::parse_regex(text),
            (false, by_name) => PathPattern::parse_shell(text, by_name),
        });
        let newer = arguments.newer.as_deref().map(|text| parse_beginning(text, now));
        let newer = newer.transpose().with_hint("give a time such as `--newer '1h ago'`")?;
        Ok(Self { pattern: pattern.transpose()?, larger: arguments.larger, newer })
    }

    fn includes(&self, entry: &TreeEntry) -> bool {
        self.larger.is_none_or(|larger| entry.size.is_some_and(|size| size > larger))
            && self.newer.is_none_or(|newer| entry.at.is_some_and(|at| at > newer))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.matches_path(&entry.path))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{CliArguments, Command};

    fn limits_of(arguments: &[&str]) -> EntryLimits {
        let cli = CliArguments::try_parse_from(["efs-s3", "find"].iter().chain(arguments)).unwrap();
        let Command::Find(arguments) = cli.command else { panic!("{:?}", cli.command) };
        EntryLimits::from_arguments(&arguments, at(1_000_000)).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn each_condition_must_hold() {
        let file = TreeEntry {
            path: "a/b.txt".into(),
            size: Some(10_000_001),
            at: Some(at(999_000)),
            ..TreeEntry::default()
        };
        let directory = TreeEntry { path: "a/".into(), size: None, ..file.clone() };
        for (arguments, includes) in [
            (&["b.txt"][..], (true, false)),
            (&["a"], (true, true)),
            (&["--larger", "10MB"], (true, false)),
            (&["--larger", "10MiB"], (false, false)),
            (&["--newer", "20m ago"], (true, true)),
            (&["--newer", "10m"], (false, false)),
            (&["a", "--larger", "1kB", "--newer", "1h"], (true, false)),
            (&["--name", "a", "--newer", "1h"], (false, true)),
        ] {
            let limits = limits_of(arguments);
            let found = (limits.includes(&file), limits.includes(&directory));
            assert_eq!(found, includes, "{arguments:?}");
        }
        for refused in
            [&["find"][..], &["find", "a", "--name", "--regex"], &["find", "--larger", "x"]]
        {
            assert!(CliArguments::try_parse_from(["efs-s3"].iter().chain(refused)).is_err());
        }
    }
}
