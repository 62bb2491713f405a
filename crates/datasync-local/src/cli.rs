//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// AWS DataSync on one machine: copies directories that stand in for EFS to S3, with DataSync's API, reports and events.
///
/// Point any AWS SDK or CLI at it with `AWS_ENDPOINT_URL_DATASYNC`. The access key id, when it has 12 digits, is the
/// account. Tag a task `datasync-local:fault` with `fail-at-transferring`, `lose-event` or `stay-launching` to see a
/// failure on demand.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Directory of the file systems: `fs-x` is `<dir>/fs-x/`.
    #[arg(long, value_name = "DIR", default_value = ".local/efs")]
    pub efs_root: PathBuf,

    /// Directory that keeps locations, tasks and executions over a restart; made when missing.
    #[arg(long, value_name = "DIR", default_value = ".local/datasync")]
    pub state: PathBuf,

    /// Endpoint of S3, EventBridge and Lambda.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4566")]
    pub endpoint_url: String,

    /// File to write the bound address to (`127.0.0.1:34567`), once it accepts connections.
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// Allow an address other than loopback. Requests are not authenticated: whoever reaches the port may do anything.
    #[arg(long)]
    pub allow_remote: bool,
}
