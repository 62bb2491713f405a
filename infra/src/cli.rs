//! The command-line arguments.

mod arguments;
mod finding;
mod logs;
mod syncs;

use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use domain::sync_name::SyncName;

use arguments::parse_account;
pub(crate) use arguments::{
    Advertised, BucketPolicyArguments, DeployArguments, DestroyArguments, IamPolicyArguments,
    InitArguments, InvokeArguments, LocalCommand, PlanArguments, RestoreArguments, SyncArguments,
};
pub(crate) use finding::{
    BucketSelection, CatArguments, DiffArguments, FindArguments, GetArguments, LsArguments,
    VersionsArguments,
};
pub(crate) use logs::{DATASYNC, LogLevel, LogsArguments};
pub(crate) use syncs::SyncSelection;

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
    #[arg(long, global = true, default_value = Global::CONFIG, env = "EFS_S3_CONFIG")]
    pub config: PathBuf,
    /// The profile of the AWS CLI's configuration files whose credentials are used, also when the
    /// environment has others.
    #[arg(long, global = true, conflicts_with = "local")]
    pub profile: Option<String>,
    /// Use the local cloud of this directory instead of AWS.
    #[arg(long, global = true, env = "EFS_S3_LOCAL", value_parser = FalseyValueParser::new())]
    pub local: bool,
    /// The directory in which the local cloud keeps its files.
    #[arg(long, global = true, default_value = Global::LOCAL_DIR, env = "EFS_S3_LOCAL_DIR")]
    pub local_dir: PathBuf,
    /// The account in the local cloud, 12 digits; a new account is empty.
    #[arg(long, global = true, default_value = Global::LOCAL_ACCOUNT, value_parser = parse_account)]
    pub local_account: String,
    /// The format of printed data. Progress goes to standard error.
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Text)]
    pub output: OutputFormat,
}

impl Global {
    const CONFIG: &str = "stack.toml";
    const LOCAL_DIR: &str = ".local";
    const LOCAL_ACCOUNT: &str = "000000000000";

    /// The options that another invocation needs to act on the same stack, each with its value.
    pub(crate) fn in_force(&self) -> Vec<(&'static str, Option<String>)> {
        let path = |path: &Path, default| {
            (path != Path::new(default)).then(|| path.to_string_lossy().into_owned())
        };
        let account =
            (self.local_account != Self::LOCAL_ACCOUNT).then(|| self.local_account.clone());
        let values = [
            ("--config", path(&self.config, Self::CONFIG)),
            ("--profile", self.profile.clone()),
            ("--local-dir", path(&self.local_dir, Self::LOCAL_DIR)),
            ("--local-account", account),
        ];
        let valued = values.into_iter().filter(|(_, value)| value.is_some());
        self.local.then_some(("--local", None)).into_iter().chain(valued).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
    /// For a comment on a pull request; only `plan` has it.
    Markdown,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented stack.toml.
    Init(InitArguments),
    /// Show what deploy would create, change or destroy. Read-only.
    Plan(PlanArguments),
    /// Create and update the resources as stack.toml describes them. Safe to repeat: a second
    /// deploy changes nothing. On a terminal it shows the plan and asks first, unless --yes;
    /// without a terminal it does not ask.
    Deploy(DeployArguments),
    /// Show what differs from the deployed configuration, field by field. Exits with 0 for no
    /// drift, 2 for drift, 1 on an error.
    Drift,
    /// Print the ids, names and ARNs of the stack's resources: the shared ones, then those of each
    /// sync.
    Outputs(SyncSelection),
    /// Start an execution of each selected sync now.
    Sync(SyncArguments),
    /// Follow an execution or a restore that has started, to its verdict. Exits as `sync --wait`
    /// does.
    Wait {
        /// `exec-…` or the beginning of it, the ARN, or `latest`: the running execution that
        /// started last, otherwise the one that was recorded last.
        #[arg(default_value = "latest")]
        execution: String,
    },
    /// Cancel the current execution, or a restore by its id. Files already copied stay.
    Cancel {
        /// `exec-…` or the beginning of it, the ARN, or `latest`; default: the current execution of
        /// each selected sync.
        #[arg(conflicts_with_all = ["names", "all"])]
        execution: Option<String>,
        #[command(flatten)]
        syncs: SyncSelection,
    },
    /// Invoke a function with a payload, and print its response. For tests and repairs; the other
    /// commands invoke the functions themselves.
    Invoke(InvokeArguments),
    /// Show the events that could not be processed, from the dead-letter queue.
    Failures {
        /// Send each event to its function again and remove it from the queue.
        #[arg(long)]
        replay: bool,
    },
    /// Show the schedule, the task, the current execution, freshness, alarms and the latest
    /// executions. Several syncs are shown in a table, with one row for each.
    Status(SyncSelection),
    /// List the recorded executions and restores with their results, the latest first.
    Runs {
        /// Executions since this time; default: the last 20. `2 days ago`, `yesterday`,
        /// `2026-11-23 10:00` (UTC).
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        #[command(flatten)]
        syncs: SyncSelection,
    },
    /// Show everything recorded about one execution.
    Run {
        /// `exec-…` or the beginning of it, the ARN, or `latest`.
        execution: String,
    },
    /// Show the logs of DataSync and of the functions, merged by time.
    Logs(LogsArguments),
    /// Disable the schedule without a deploy. The freshness alarm stays enabled.
    Pause {
        /// The reason, shown by `status`.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        syncs: SyncSelection,
    },
    /// Enable the schedule again.
    Resume(SyncSelection),
    /// Verify again that each object version an execution wrote exists as its report says.
    Verify {
        /// `exec-…` or the beginning of it, the ARN, or `latest`.
        execution: String,
        /// Compare existence and size only, from listings where objects are dense.
        #[arg(long)]
        quick: bool,
    },
    /// Show the proof of an execution. Exits with 1 unless every version is proven, or, with
    /// --check, if the proof was altered.
    Proof {
        /// `exec-…` or the beginning of it, the ARN, or `latest`.
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
        #[command(flatten)]
        syncs: SyncSelection,
    },
    /// Propose several syncs for a large one, by directory, as entries for stack.toml. Read-only.
    Split {
        /// The sync to split; optional if there is only one.
        #[arg(long, value_name = "NAME")]
        sync: Option<SyncName>,
        /// The number of syncs that it becomes, itself included.
        #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(2..=100))]
        into: u16,
    },
    /// Restore files from S3 as they were at a given time, into a new directory of the file system.
    Restore(RestoreArguments),
    /// List the files and directories in S3, of now or of a given time.
    Ls(LsArguments),
    /// Find files in S3 by path, size or time, of now or of a given time.
    Find(FindArguments),
    /// List the files in S3 that were added, changed or deleted between two times.
    Diff(DiffArguments),
    /// Print the content of a file in S3, of now or of a given time.
    Cat(CatArguments),
    /// List all versions of a file in S3.
    Versions(VersionsArguments),
    /// Download one version of one file, without DataSync.
    Get(GetArguments),
    /// Remove the stack. The file system, the destination bucket and the records are kept unless
    /// --delete-data.
    Destroy(DestroyArguments),
    /// Release the locks of an interrupted deploy or destroy, and show their owner.
    Unlock {
        /// Release a lock whose owner may be running, without the question.
        #[arg(long)]
        yes: bool,
    },
    /// Print what the owner of a bucket in another account must allow, with the commands to run.
    BucketPolicy(BucketPolicyArguments),
    /// Print the least IAM policy for a person or a CI role; without an option, for all commands.
    IamPolicy(IamPolicyArguments),
    /// Run MiniStack and datasync-local on this machine: the whole stack without an AWS account.
    #[command(subcommand)]
    Local(LocalCommand),
    /// Print the completions of a shell: `source <(efs-s3 completions bash)`.
    Completions {
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write the manual pages, one for each command, into a directory.
    Man {
        /// The directory, such as `~/.local/share/man/man1`; created if it does not exist.
        directory: PathBuf,
    },
}

#[cfg(test)]
mod tests;
