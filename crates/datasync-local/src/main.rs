//! The binary `datasync-local`: wiring only.

use clap::Parser;
use datasync_local::{cli::ServerArgs, server};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match server::run(ServerArgs::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", aws::failure::chain(&error));
            std::process::ExitCode::FAILURE
        }
    }
}
