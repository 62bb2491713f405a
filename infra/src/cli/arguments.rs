//! The arguments of the single commands.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use domain::byte_size::parse_byte_size;
use domain::config::VerifyMode;
use domain::function::FunctionName;
use domain::request::WhenBusy;
use domain::sync_name::SyncName;

use super::syncs::{OneSync, SyncSelection};

#[derive(Clone, Debug, Args)]
pub(crate) struct InitArguments {
    /// The stack's name.
    #[arg(long, default_value = "efs-backup")]
    pub name: String,
    /// The region to deploy to.
    #[arg(long, default_value = "eu-central-1")]
    pub region: String,
    /// Replace an existing stack.toml.
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PlanArguments {
    /// Exit with 0 for no changes, 2 for changes, 1 on an error.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Show every field; without it, one line for each resource.
    #[arg(long)]
    pub full: bool,
    /// Also write the plan to this file, for `deploy FILE`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The same as `deploy --replace`.
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DeployArguments {
    /// Apply exactly the plan of this file, which `plan --out` wrote; refused if the configuration
    /// or AWS has changed since.
    #[arg(value_name = "FILE", conflicts_with = "replace")]
    pub plan: Option<PathBuf>,
    /// Apply the changes without asking.
    #[arg(long)]
    pub yes: bool,
    /// Allow this resource to be replaced, although its data is lost; the id as printed by `plan`.
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SyncArguments {
    #[command(flatten)]
    pub syncs: SyncSelection,
    /// Follow each execution until it is proven; exit with 1 unless every version of all of them is
    /// proven.
    #[arg(long)]
    pub wait: bool,
    /// Include filter, replaces that of the task: `/documents*`, `/code`. Nothing is deleted at the
    /// destination.
    #[arg(long, value_name = "PATTERN", conflicts_with = "manifest")]
    pub include: Vec<String>,
    /// Exclude filter, replaces that of the task: `/tmp`, `*.swp`.
    #[arg(long, value_name = "PATTERN", conflicts_with = "manifest")]
    pub exclude: Vec<String>,
    /// Copy only the files listed in this file: one path per line, relative to the source
    /// directory, in DataSync's manifest format (CSV: a path with a comma or a quotation mark is
    /// quoted).
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// The data that DataSync verifies after the transfer.
    #[arg(long, value_enum, value_name = "MODE")]
    pub verify_mode: Option<VerifyModeArgument>,
    /// The bandwidth limit: `10MB`, `1GiB`.
    #[arg(long, value_name = "BYTES", value_parser = parse_bandwidth)]
    pub bytes_per_second: Option<i64>,
    /// The behavior if an execution is already running; default: as in stack.toml.
    #[arg(long, value_enum, value_name = "POLICY")]
    pub when_busy: Option<WhenBusyArgument>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum VerifyModeArgument {
    /// All data at source and destination.
    PointInTimeConsistent,
    /// Transferred files only.
    OnlyFilesTransferred,
    /// No verification.
    None,
}

impl From<VerifyModeArgument> for VerifyMode {
    fn from(argument: VerifyModeArgument) -> Self {
        match argument {
            VerifyModeArgument::PointInTimeConsistent => Self::PointInTimeConsistent,
            VerifyModeArgument::OnlyFilesTransferred => Self::OnlyFilesTransferred,
            VerifyModeArgument::None => Self::None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhenBusyArgument {
    /// Do not start.
    Skip,
    /// Start after it has ended.
    Queue,
    /// Follow it instead.
    Adopt,
}

impl From<WhenBusyArgument> for WhenBusy {
    fn from(argument: WhenBusyArgument) -> Self {
        match argument {
            WhenBusyArgument::Skip => Self::Skip,
            WhenBusyArgument::Queue => Self::Queue,
            WhenBusyArgument::Adopt => Self::Adopt,
        }
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct InvokeArguments {
    /// The function.
    #[arg(value_parser = function_names())]
    pub function: FunctionName,
    /// The file of the payload, such as `events/bootstrap-stack/plan.json`; `-` for standard input.
    #[arg(default_value = "-", value_name = "FILE")]
    pub payload: String,
}

fn function_names() -> impl TypedValueParser<Value = FunctionName> {
    PossibleValuesParser::new(FunctionName::ALL.map(FunctionName::name)).try_map(|name| {
        let named = FunctionName::ALL.into_iter().find(|function| function.name() == name);
        named.ok_or_else(|| format!("`{name}` is no function"))
    })
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RestoreArguments {
    /// The files and directories to restore, relative to the source directory:
    /// `department/report.txt`. Default: everything.
    #[arg(value_name = "PATH", conflicts_with = "prefix")]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub sync: OneSync,
    /// The point in time to restore: `now`, `2 hours ago`, `yesterday` (its end), `20:50`,
    /// `2026-11-23 10:00` (UTC), `2026-11-23T10:00:00+01:00`.
    #[arg(
        long,
        value_name = "TIME",
        required_unless_present = "execution",
        conflicts_with = "execution"
    )]
    pub at: Option<String>,
    /// Restore the state at the end of this execution: `exec-…` or the beginning of it, the ARN, or
    /// `latest`.
    #[arg(long)]
    pub execution: Option<String>,
    /// Only paths that begin with this text: `load/f1` is also the beginning of `load/f10`.
    #[arg(long, default_value = "")]
    pub prefix: String,
    /// The directory to restore into, relative to the source directory; `/` is the source directory
    /// itself. Default: a new directory, `restored-<time>/`.
    #[arg(long, value_name = "DIRECTORY")]
    pub to: Option<String>,
    /// The mount point of the file system on this machine. With it, directories (also empty ones)
    /// are restored with modes, owners and times, which DataSync cannot do. Not needed with
    /// --local.
    #[arg(long, value_name = "MOUNT POINT")]
    pub mounted: Option<PathBuf>,
    /// Also replace existing files that differ, and restore the metadata of existing directories.
    #[arg(long)]
    pub overwrite: bool,
    /// Only show what would be restored: counts and the first paths.
    #[arg(long)]
    pub dry_run: bool,
    /// Show all paths of a dry run.
    #[arg(long, requires = "dry_run")]
    pub all: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BucketPolicyArguments {
    /// The sync, as named in stack.toml. Not needed in a stack with one sync.
    #[arg(long, value_name = "NAME")]
    pub sync: Option<SyncName>,
    /// The ARN of a role or user that runs efs-s3, `*` being anything; may be repeated. `versions`,
    /// `get` and `restore` read the bucket with the permissions of the caller.
    #[arg(long, value_name = "ARN")]
    pub principal: Vec<String>,
    /// The account of the stack, 12 digits; default: the account of the credentials.
    #[arg(long, value_parser = parse_account)]
    pub account: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct IamPolicyArguments {
    /// The policy for plan, deploy, drift, destroy and unlock.
    #[arg(long, conflicts_with_all = ["operate", "read_only"])]
    pub deploy: bool,
    /// The policy for executions, proofs and restores; includes that of --read-only.
    #[arg(long, conflicts_with = "read_only")]
    pub operate: bool,
    /// The policy for plan, drift and all commands that only show something.
    #[arg(long)]
    pub read_only: bool,
    /// The account of the stack, 12 digits; default: the account of the credentials.
    #[arg(long, value_parser = parse_account)]
    pub account: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DestroyArguments {
    /// Confirm with the stack's name instead of at the prompt.
    #[arg(long, value_name = "NAME")]
    pub yes: Option<String>,
    /// Also delete the file system, the destination bucket and the records, with every version in
    /// them.
    #[arg(long)]
    pub delete_data: bool,
    /// Confirm the deletion of data with the stack's name instead of at the prompt.
    #[arg(long, value_name = "NAME", requires = "delete_data")]
    pub yes_delete_data: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum LocalCommand {
    /// Start the local cloud; does nothing if it is running.
    Up(Advertised),
    /// Show whether the local cloud is running, and its addresses.
    Status,
    /// Stop the processes that `up` started.
    Down,
    /// Print the environment variables for other clients: eval "$(efs-s3 local env)"
    Env,
    /// Install what the local cloud needs into .venv, without starting it.
    Install,
}

/// The addresses that clients and functions receive instead of the listen addresses, such as those
/// of a proxy in the end-to-end tests. Kept for the next start.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advertised {
    #[arg(long, hide = true, value_name = "URL")]
    pub advertised_aws_url: Option<String>,
    #[arg(long, hide = true, value_name = "URL")]
    pub advertised_datasync_url: Option<String>,
}

/// Parses a number of bytes for DataSync, which takes 64 bits with a sign.
fn parse_bandwidth(text: &str) -> Result<i64, String> {
    let bytes = parse_byte_size(text).map_err(|refused| refused.to_string())?;
    i64::try_from(bytes).map_err(|_| "this is more than DataSync accepts".to_owned())
}

/// Parses an account id.
pub(super) fn parse_account(text: &str) -> Result<String, String> {
    let ok = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if ok { Ok(text.to_owned()) } else { Err("an account has 12 digits".to_owned()) }
}
