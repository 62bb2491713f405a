//! The arguments, as clap reads them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pipeline::config::VerifyMode;
use pipeline::request::WhenBusy;

/// Amazon EFS to Amazon S3 with AWS DataSync: every version proven, every failure told.
#[derive(Clone, Debug, Parser)]
#[command(name = "efs-s3", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The configuration of the stack.
    #[arg(long, global = true, default_value = "stack.toml")]
    pub config: PathBuf,
    /// Work on this folder's local cloud instead of on AWS.
    #[arg(long, global = true)]
    pub local: bool,
    /// Where the local cloud keeps everything.
    #[arg(long, global = true, default_value = ".local")]
    pub local_dir: PathBuf,
    /// The account in the local cloud, 12 digits; each is empty at first.
    #[arg(long, global = true, default_value = "000000000000", value_parser = account)]
    pub local_account: String,
    /// How data is printed. Progress goes to standard error.
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
    /// Show what deploy would make, change or destroy. Only reads.
    Plan(PlanArguments),
    /// Make AWS equal to stack.toml. Safe to repeat: what is right already is left alone.
    Deploy(DeployArguments),
    /// Show what somebody changed since the deploy, field by field. Exits with 0 for no drift, 2 for drift, 1 on an error.
    Drift,
    /// Print what the stack offers: ids, names and ARNs.
    Outputs,
    /// Start an execution now.
    Sync(SyncArguments),
    /// End the execution that is under way. What it has copied stays.
    Cancel {
        /// `exec-…`, or the whole ARN; left out: the one under way.
        execution: Option<String>,
    },
    /// Show the events that nobody could work off, from the dead-letter queue.
    Failures {
        /// Send each to its function again, and take it out of the queue.
        #[arg(long)]
        replay: bool,
    },
    /// Show the schedule, the task, what is under way, how fresh the copy is, what has gone off, and the last runs.
    Status,
    /// Show the runs on record with their verdicts, the latest first.
    Runs {
        /// All since then; left out: the last 20. `2 days ago`, `2026-11-23`, `2026-11-23T10:00:00Z`.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
    },
    /// Show everything on record about one run.
    Run {
        /// `exec-…`, or the whole ARN.
        execution: String,
    },
    /// Show what DataSync and the functions have logged, merged by time.
    Logs(LogsArguments),
    /// Switch the schedule off, without a deploy. What watches for fresh runs stays on.
    Pause {
        /// Shown to others.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let the schedule run again.
    Resume,
    /// Prove again that each object version an execution wrote is there, as its report says.
    Verify {
        /// `exec-…`, or the whole ARN.
        execution: String,
        /// Look at existence and size alone, by listings where they are dense.
        #[arg(long)]
        quick: bool,
    },
    /// Show what was proven of an execution. Exits with 1 unless every version is, or with --check when it was altered.
    Proof {
        /// `exec-…`, or the whole ARN.
        execution: String,
        /// Recompute the chain of digests and compare each part of the proof and of the report.
        #[arg(long)]
        check: bool,
    },
    /// Ask whether everything that was ever proven is still there. Exits with 1 when something is gone or altered.
    Audit {
        /// Only of paths that begin with this.
        #[arg(long, default_value = "/")]
        prefix: String,
    },
    /// Bring files back from S3 as they were at a moment, into a fresh directory of the file system.
    Restore(RestoreArguments),
    /// Show every version of a file that S3 has.
    Versions {
        /// As below the source's folder: `department/report.txt`.
        path: String,
    },
    /// Fetch one version of one file, without DataSync.
    Get(GetArguments),
    /// Remove the stack. The file system, the destination bucket and the records stay unless --delete-data.
    Destroy(DestroyArguments),
    /// Release the locks of a deploy or destroy that was cut off, and show who held them.
    Unlock,
    /// Print the least IAM policy for a person or a CI role; without an argument, for everything.
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
    /// Replace a stack.toml that is there.
    #[arg(long)]
    pub force: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PlanArguments {
    /// Exit with 0 when nothing would change, 2 when something would, 1 on an error.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// As `deploy --replace`.
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DeployArguments {
    /// Replace this resource where its change needs that, although the data in it is lost; its id as in the plan.
    #[arg(long, value_name = "RESOURCE")]
    pub replace: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SyncArguments {
    /// Follow it to its verdict; exit with 1 unless every version is proven.
    #[arg(long)]
    pub wait: bool,
    /// Only what matches, in place of the task's: `/documents*`, `/code`. Deletes nothing at the destination.
    #[arg(long, value_name = "PATTERN", conflicts_with = "manifest")]
    pub include: Vec<String>,
    /// Not what matches, in place of the task's: `/tmp`, `*.swp`.
    #[arg(long, value_name = "PATTERN", conflicts_with = "manifest")]
    pub exclude: Vec<String>,
    /// Only the files that this file lists, a path below the source's folder a line.
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// What DataSync compares at the end.
    #[arg(long, value_enum, value_name = "MODE")]
    pub verify_mode: Option<VerifyModeArgument>,
    /// At most.
    #[arg(long, value_name = "BYTES")]
    pub bytes_per_second: Option<i64>,
    /// When a run is under way; left out: as in stack.toml.
    #[arg(long, value_enum, value_name = "POLICY")]
    pub when_busy: Option<WhenBusyArgument>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum VerifyModeArgument {
    /// Everything on both sides.
    PointInTimeConsistent,
    /// What was transferred.
    OnlyFilesTransferred,
    /// Nothing.
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
    /// Start nothing.
    Skip,
    /// Start when it has ended.
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
    /// From then on: `2 hours ago`, `2026-11-23`, `2026-11-23T10:00:00Z`.
    #[arg(long, value_name = "TIME", default_value = "15 minutes ago")]
    pub since: String,
    /// Go on with what is logged from now on.
    #[arg(long)]
    pub follow: bool,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RestoreArguments {
    /// As of this moment: `2026-11-23T10:00:00Z`, `2026-11-23 10:00` (UTC), `2026-11-23` (its end), `2 hours ago`.
    #[arg(long, value_name = "TIME", required_unless_present = "execution", conflicts_with = "execution")]
    pub at: Option<String>,
    /// As of the end of this execution: `exec-…`, or the whole ARN.
    #[arg(long)]
    pub execution: Option<String>,
    /// Only paths that begin so.
    #[arg(long, default_value = "")]
    pub prefix: String,
    /// The directory to restore into, below the source's folder; `/` is that folder itself. Without it a fresh one,
    /// `restored-<time>/`.
    #[arg(long, value_name = "DIRECTORY")]
    pub to: Option<String>,
    /// Where this machine has the file system mounted: then directories come back with their modes, owners and times, empty
    /// ones too, which DataSync can't do. The local cloud needs no mention of it.
    #[arg(long, value_name = "MOUNT POINT")]
    pub mounted: Option<PathBuf>,
    /// Also replace files that are there and differ, and put right directories that were there before.
    #[arg(long)]
    pub overwrite: bool,
    /// Only show what would come back.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct GetArguments {
    /// As below the source's folder: `department/report.txt`.
    pub path: String,
    /// As `versions` shows it; without it the latest.
    #[arg(long, value_name = "ID")]
    pub version: Option<String>,
    /// Where to put it: a file, or a directory for one of the same name; without it the current directory.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long)]
    pub overwrite: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct IamPolicyArguments {
    /// For plan, deploy, drift, destroy and unlock.
    #[arg(long, conflicts_with_all = ["operate", "read_only"])]
    pub deploy: bool,
    /// For runs, proofs and restores, with everything of --read-only.
    #[arg(long, conflicts_with = "read_only")]
    pub operate: bool,
    /// For plan, drift, and everything that shows something.
    #[arg(long)]
    pub read_only: bool,
    /// The account of the stack, 12 digits; left out: that of the credentials.
    #[arg(long, value_parser = account)]
    pub account: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DestroyArguments {
    /// The stack's name, instead of typing it when asked.
    #[arg(long, value_name = "NAME")]
    pub yes: Option<String>,
    /// Also delete the file system, the destination bucket and the records, with every version in them.
    #[arg(long)]
    pub delete_data: bool,
    /// The stack's name once more, instead of typing it when asked about the data.
    #[arg(long, value_name = "NAME", requires = "delete_data")]
    pub yes_delete_data: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum LocalCommand {
    /// Start the local cloud; a no-op when it runs.
    Up(Advertised),
    /// Show whether it runs, and where.
    Status,
    /// Stop what `up` started, and nothing else.
    Down,
    /// Print the environment for other clients: eval "$(efs-s3 local env)"
    Env,
    /// Only install what it needs into .venv.
    Install,
}

/// The addresses that clients and functions are told instead of those that the servers listen on: of a
/// proxy in front of them, as the end-to-end tests have one. Kept for the next start.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Advertised {
    #[arg(long, hide = true, value_name = "URL")]
    pub advertised_aws_url: Option<String>,
    #[arg(long, hide = true, value_name = "URL")]
    pub advertised_datasync_url: Option<String>,
}

impl Cli {
    /// The command as typed, without its arguments: `efs-s3 --local deploy`.
    pub(crate) fn spoken(&self) -> String {
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

fn account(text: &str) -> Result<String, String> {
    let ok = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if ok { Ok(text.to_owned()) } else { Err("an account has 12 digits".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_arguments_may_follow_the_command() {
        let cli = Cli::try_parse_from(["efs-s3", "status", "--local", "--output", "json"]).unwrap();
        assert!(cli.global.local);
        assert_eq!(cli.global.output, OutputFormat::Json);
        assert_eq!(cli.spoken(), "efs-s3 --local status");
    }

    #[test]
    fn an_account_has_twelve_digits() {
        for wrong in ["1", "12345678901x", "1234567890123"] {
            assert!(Cli::try_parse_from(["efs-s3", "status", "--local-account", wrong]).is_err(), "{wrong}");
        }
    }
}
