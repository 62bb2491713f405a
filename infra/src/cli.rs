//! The command-line arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::config::VerifyMode;
use domain::request::WhenBusy;

/// Amazon EFS to Amazon S3 with AWS DataSync: every object version proven, an alert for every
/// failure.
#[derive(Clone, Debug, Parser)]
#[command(name = "efs-s3", version)]
pub(crate) struct CliArguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The configuration file of the stack.
    #[arg(long, global = true, default_value = "stack.toml")]
    pub config: PathBuf,
    /// Use the local cloud of this directory instead of AWS.
    #[arg(long, global = true)]
    pub local: bool,
    /// The directory in which the local cloud keeps its files.
    #[arg(long, global = true, default_value = ".local")]
    pub local_dir: PathBuf,
    /// The account in the local cloud, 12 digits; a new account is empty.
    #[arg(long, global = true, default_value = "000000000000", value_parser = parse_account)]
    pub local_account: String,
    /// The format of printed data. Progress goes to standard error.
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text)]
    pub output: OutputFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented stack.toml.
    Init(InitArguments),
    /// Show what deploy would create, change or destroy. Read-only.
    Plan(PlanArguments),
    /// Create and update the resources as stack.toml describes them. Safe to repeat: a second
    /// deploy changes nothing.
    Deploy(DeployArguments),
    /// Show what differs from the deployed configuration, field by field. Exits with 0 for no
    /// drift, 2 for drift, 1 on an error.
    Drift,
    /// Print the ids, names and ARNs of the stack's resources.
    Outputs,
    /// Start an execution now.
    Sync(SyncArguments),
    /// Cancel the current execution. Objects already copied stay in the bucket.
    Cancel {
        /// `exec-…`, or the whole ARN; default: the current execution.
        execution: Option<String>,
    },
    /// Show the events that could not be processed, from the dead-letter queue.
    Failures {
        /// Send each event to its function again and remove it from the queue.
        #[arg(long)]
        replay: bool,
    },
    /// Show the schedule, the task, the current execution, freshness, alarms and the latest
    /// executions.
    Status,
    /// List the recorded executions with their results, the latest first.
    Runs {
        /// Executions since this time; default: the last 20. `2 days ago`, `2026-11-23`,
        /// `2026-11-23T10:00:00Z`.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
    /// Show everything recorded about one execution.
    Run {
        /// `exec-…`, or the whole ARN.
        execution: String,
    },
    /// Show the logs of DataSync and of the functions, merged by time.
    Logs(LogsArguments),
    /// Disable the schedule without a deploy. The freshness alarm stays enabled.
    Pause {
        /// The reason, shown by `status`.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Enable the schedule again.
    Resume,
    /// Verify again that each object version an execution wrote exists as its report says.
    Verify {
        /// `exec-…`, or the whole ARN.
        execution: String,
        /// Compare existence and size only, from listings where objects are dense.
        #[arg(long)]
        quick: bool,
    },
    /// Show the proof of an execution. Exits with 1 unless every version is proven, or, with
    /// --check, if the proof was altered.
    Proof {
        /// `exec-…`, or the whole ARN.
        execution: String,
        /// Recompute the hash chain and compare each part of the proof and of the report.
        #[arg(long)]
        check: bool,
    },
    /// Verify that everything ever proven still exists. Exits with 1 if an object is missing or
    /// altered.
    Audit {
        /// Only paths that begin with this prefix.
        #[arg(long, default_value = "/")]
        prefix: String,
    },
    /// Restore files from S3 as they were at a given time, into a new directory of the file system.
    Restore(RestoreArguments),
    /// List all versions of a file in S3.
    Versions {
        /// The path relative to the source directory: `department/report.txt`.
        path: String,
    },
    /// Download one version of one file, without DataSync.
    Get(GetArguments),
    /// Remove the stack. The file system, the destination bucket and the records are kept unless
    /// --delete-data.
    Destroy(DestroyArguments),
    /// Release the locks of an interrupted deploy or destroy, and show their owner.
    Unlock,
    /// Print the least IAM policy for a person or a CI role; without an option, for all commands.
    IamPolicy(IamPolicyArguments),
    /// Run MiniStack and datasync-local on this machine: the whole stack without an AWS account.
    #[command(subcommand)]
    Local(LocalCommand),
}

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
    /// The same as `deploy --replace`.
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DeployArguments {
    /// Allow this resource to be replaced, although its data is lost; the id as printed by `plan`.
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SyncArguments {
    /// Follow the execution until it is proven; exit with 1 unless every version is proven.
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
    /// The bandwidth limit.
    #[arg(long, value_name = "BYTES")]
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
pub(crate) struct LogsArguments {
    /// Show entries since this time: `2 hours ago`, `2026-11-23`, `2026-11-23T10:00:00Z`.
    #[arg(long, value_name = "TIME", default_value = "15 minutes ago")]
    pub since: String,
    /// Keep printing new entries.
    #[arg(long)]
    pub follow: bool,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RestoreArguments {
    /// The point in time to restore: `2026-11-23T10:00:00Z`, `2026-11-23 10:00` (UTC), `2026-11-23`
    /// (its end), `2 hours ago`.
    #[arg(
        long,
        value_name = "TIME",
        required_unless_present = "execution",
        conflicts_with = "execution"
    )]
    pub at: Option<String>,
    /// Restore the state at the end of this execution: `exec-…`, or the whole ARN.
    #[arg(long)]
    pub execution: Option<String>,
    /// Only paths that begin with this prefix.
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
    /// Only show what would be restored.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct GetArguments {
    /// The path relative to the source directory: `department/report.txt`.
    pub path: String,
    /// The version id as printed by `versions`; default: the latest.
    #[arg(long, value_name = "ID")]
    pub version: Option<String>,
    /// The file to write, or a directory, which keeps the file's name; default: the current
    /// directory.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    pub overwrite: bool,
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

impl CliArguments {
    /// The command as typed, without its arguments: `efs-s3 --local deploy`.
    pub(crate) fn command_text(&self) -> String {
        let command = match &self.command {
            Command::Init(_) => "init",
            Command::Plan(_) => "plan",
            Command::Deploy(_) => "deploy",
            Command::Drift => "drift",
            Command::Outputs => "outputs",
            Command::Sync(_) => "sync",
            Command::Cancel { .. } => "cancel",
            Command::Failures { .. } => "failures",
            Command::Status => "status",
            Command::Runs { .. } => "runs",
            Command::Run { .. } => "run",
            Command::Logs(_) => "logs",
            Command::Pause { .. } => "pause",
            Command::Resume => "resume",
            Command::Verify { .. } => "verify",
            Command::Audit { .. } => "audit",
            Command::Proof { .. } => "proof",
            Command::Restore(_) => "restore",
            Command::Versions { .. } => "versions",
            Command::Get(_) => "get",
            Command::Destroy(_) => "destroy",
            Command::Unlock => "unlock",
            Command::IamPolicy(_) => "iam-policy",
            Command::Local(_) => "local",
        };
        format!("efs-s3{} {command}", if self.global.local { " --local" } else { "" })
    }
}

fn parse_account(text: &str) -> Result<String, String> {
    let ok = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if ok { Ok(text.to_owned()) } else { Err("an account has 12 digits".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        CliArguments::command().debug_assert();
    }

    #[test]
    fn global_arguments_may_follow_the_command() {
        let cli = CliArguments::try_parse_from(["efs-s3", "status", "--local", "--output", "json"])
            .unwrap();
        assert!(cli.global.local);
        assert_eq!(cli.global.output, OutputFormat::Json);
        assert_eq!(cli.command_text(), "efs-s3 --local status");
    }

    #[test]
    fn an_account_has_twelve_digits() {
        for wrong in ["1", "12345678901x", "1234567890123"] {
            assert!(
                CliArguments::try_parse_from(["efs-s3", "status", "--local-account", wrong])
                    .is_err(),
                "{wrong}"
            );
        }
    }
}
