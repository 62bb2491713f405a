//! The arguments of the commands that find and read files in the bucket.

use std::path::PathBuf;

use clap::Args;
use domain::byte_size::parse_byte_size;

use super::syncs::OneSync;

/// The bucket that a command reads: that of a sync, or one by its name.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BucketSelection {
    #[command(flatten)]
    pub sync: OneSync,
    /// Read this bucket alone, without stack.toml and proofs: after a destroy that kept the data,
    /// or from another machine.
    #[arg(long, value_name = "BUCKET", conflicts_with = "name")]
    pub bucket: Option<String>,
    /// The destination prefix of the sync in that bucket: `files/`.
    #[arg(long, value_name = "PREFIX", requires = "bucket")]
    pub prefix: Option<String>,
    /// The region of that bucket; default: that of stack.toml if there is one, otherwise as for the
    /// AWS CLI.
    #[arg(long, value_name = "REGION", requires = "bucket")]
    pub region: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct LsArguments {
    #[command(flatten)]
    pub bucket: BucketSelection,
    /// The file or directory, relative to the source directory; default: the source directory.
    pub path: Option<String>,
    /// Show what existed at this time: `now`, `10m ago`, `yesterday`, `20:50`, `2026-11-23 10:00`
    /// (UTC); default: the current objects.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Also show mode, owner, group, size and modification time. Takes a request for each path.
    #[arg(short = 'l', long)]
    pub long: bool,
    /// Also show everything below.
    #[arg(short = 'R', long)]
    pub recursive: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct FindArguments {
    #[command(flatten)]
    pub bucket: BucketSelection,
    /// A part of the path, or a pattern for the whole path with `*` (any characters), `?` (one) and
    /// `[…]` (one of these): `report`, `*.txt`, `department-*/2024/*`.
    #[arg(required_unless_present_any = ["larger", "newer"])]
    pub pattern: Option<String>,
    /// Search in this state: `now`, `10m ago`, `yesterday`, `20:50`, `2026-11-23 10:00` (UTC);
    /// default: the current objects.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Compare with the last part of the path alone.
    #[arg(long = "name", conflicts_with = "regex")]
    pub by_name: bool,
    /// The pattern is a regular expression: `^department-[0-9]/.*[.]txt$`.
    #[arg(long)]
    pub regex: bool,
    /// Only files larger than this: `10MB`, `1GiB`.
    #[arg(long, value_name = "SIZE", value_parser = parse_byte_size)]
    pub larger: Option<u64>,
    /// Only versions that were written to S3 after this time: `1h ago`, `yesterday`, `2026-11-23`.
    #[arg(long, value_name = "TIME")]
    pub newer: Option<String>,
    /// End each path with a NUL byte and escape nothing, for `xargs -0`.
    #[arg(short = '0', long)]
    pub null: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    pub bucket: BucketSelection,
    /// The first time: `yesterday`, `2 hours ago`, `2026-11-23 10:00` (UTC).
    #[arg(value_name = "TIME")]
    pub from: String,
    /// The second time, such as `now`.
    #[arg(value_name = "TIME")]
    pub to: String,
    /// The file or directory, relative to the source directory; default: the source directory.
    pub path: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CatArguments {
    #[command(flatten)]
    pub bucket: BucketSelection,
    /// The path relative to the source directory: `department/report.txt`.
    pub path: String,
    /// Print the version of this time: `10m ago`, `yesterday`, `2026-11-23 10:00` (UTC); default:
    /// the latest.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct VersionsArguments {
    #[command(flatten)]
    pub bucket: BucketSelection,
    /// The path relative to the source directory: `department/report.txt`.
    pub path: String,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub bucket: BucketSelection,
    /// The path relative to the source directory: `department/report.txt`.
    pub path: String,
    /// The version id as printed by `versions`; default: the latest.
    #[arg(long, value_name = "ID")]
    pub version: Option<String>,
    /// The version of this time: `10m ago`, `yesterday`, `2026-11-23 10:00` (UTC).
    #[arg(long, value_name = "TIME", conflicts_with = "version")]
    pub at: Option<String>,
    /// The file to write, or a directory, which keeps the file's name, or `-` for standard output;
    /// default: the current directory.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    pub overwrite: bool,
}
