//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// AWS DataSync on one machine: copies directories that stand in for EFS to S3 and back, with
/// DataSync's API, reports, logs and events.
///
/// Point any AWS SDK or CLI at it with `AWS_ENDPOINT_URL_DATASYNC`. The access key id, when it has
/// 12 digits, is the account; signatures are not checked.
#[derive(Clone, Debug, Parser)]
#[command(version, after_long_help = AFTER_HELP)]
pub struct ServerArgs {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Directory of the file systems: `fs-x` is `<dir>/fs-x/`. A symlink there may lead anywhere.
    #[arg(long, value_name = "DIR", default_value = ".local/efs")]
    pub efs_root: PathBuf,

    /// Directory that keeps locations, tasks and executions over a restart; created when missing.
    /// One process at a time.
    #[arg(long, value_name = "DIR", default_value = ".local/datasync")]
    pub state: PathBuf,

    /// Endpoint of S3, EventBridge, Lambda and CloudWatch Logs, reached with the caller's account
    /// as access key id.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4566")]
    pub endpoint_url: String,

    /// Endpoint of S3 alone, reached with the credentials and region of the environment
    /// (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, …): for a store that checks them.
    #[arg(long, value_name = "URL")]
    pub s3_endpoint_url: Option<String>,

    /// Use only S3: send no events, write no task logs.
    #[arg(long)]
    pub s3_only: bool,

    /// File to write the bound address to (`127.0.0.1:34567`), once it accepts connections.
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// Allow an address other than loopback. Requests are not authenticated: every client
    /// that reaches the port may run every operation.
    #[arg(long)]
    pub allow_remote: bool,
}

const AFTER_HELP: &str = "\
Injected faults. Tag a task `datasync-local:fault` with one of these values, and its executions fail \
in that way:
  fail-at-launching     ERROR before anything is done
  fail-at-preparing     ERROR before anything is compared
  fail-at-transferring  ERROR after the comparison, nothing is written
  fail-at-verifying     ERROR after everything is written
  hold-at-preparing     stays at the beginning of the phase until the tag changes or is removed
  hold-at-transferring  the same: change files before they are copied
  hold-at-verifying     the same: change files and objects before they are compared
  lose-event            the execution completes, and the event of its end is not delivered
  delay-report          the report is written 30 seconds after the end (delay-report=5: 5 seconds)
  truncate-report       the last part of the detailed report lacks its second half
  small-report-parts    the detailed report has parts of 2 KB instead of 5 MB: as many as that of a large execution
  stay-launching        LAUNCHING until it is cancelled; =<seconds>: the reported launch is so much earlier
  stay-queued           QUEUED until it is cancelled
  task-unavailable      the task itself is UNAVAILABLE, nothing can start
  schedule-disabled     DataSync has disabled the task's own schedule
fail-at-… takes =permission, =kms, =quota, =network, =service: it then fails with AWS's message for that.

Examples:
  datasync-local --listen 127.0.0.1:4567
  datasync-local --listen 127.0.0.1:4567 --efs-root /srv --s3-endpoint-url https://minio.example.com --s3-only

The environment's RUST_LOG sets what is logged on standard error (default: info).";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::faults::Fault;

    #[test]
    fn the_help_names_every_fault() {
        ServerArgs::command().debug_assert();
        let words = AFTER_HELP
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
        let faults: Vec<_> = words.filter(|word| *word != "datasync-local").collect();
        assert_eq!(faults, Fault::WORDS);
        for word in faults {
            let tags = [(crate::faults::FAULT_TAG.to_owned(), word.to_owned())].into();
            assert!(Fault::from_tags(&tags).is_some(), "{word}");
        }
    }
}
