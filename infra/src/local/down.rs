//! `local down`: stops the processes that `up` started, and nothing else.

use anyhow::Result;

use super::cloud_file::{self, LocalCloud, LocalServer};
use super::process::{self, ProcessIdentity};
use crate::cli::Global;
use crate::ui::output;

pub(super) async fn run(global: &Global) -> Result<()> {
    let Some(cloud) = cloud_file::read_up(&global.local_dir)? else {
        output::print_progress("the local cloud is not running");
        return Ok(());
    };
    end_both_servers(&cloud).await?;
    cloud_file::write_down(&global.local_dir, &cloud)?;
    output::print_progress("the local cloud is stopped");
    Ok(())
}

/// Stops MiniStack first: it saves its state, and its functions may still call DataSync.
pub(super) async fn end_both_servers(cloud: &LocalCloud) -> Result<()> {
    end_server(&cloud.ministack, "MiniStack").await?;
    end_server(&cloud.datasync, "datasync-local").await
}

async fn end_server(server: &LocalServer, name: &str) -> Result<()> {
    process::end_process(ProcessIdentity { pid: server.pid, began: server.began }, name).await
}
