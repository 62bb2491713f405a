//! `local down`: ends what `up` started, and nothing else.

use anyhow::Result;

use super::cloud_file::{self, LocalCloud, LocalServer};
use super::process::{self, ProcessIdentity};
use crate::cli::Global;
use crate::ui::output;

pub(super) async fn run(global: &Global) -> Result<()> {
    let Some(cloud) = cloud_file::read_up(&global.local_dir)? else {
        output::progress("the local cloud does not run");
        return Ok(());
    };
    end_both(&cloud).await?;
    cloud_file::write_down(&global.local_dir, &cloud)?;
    output::progress("the local cloud is down");
    Ok(())
}

/// MiniStack first: it saves its state on the way out, and its functions may still ask DataSync.
pub(super) async fn end_both(cloud: &LocalCloud) -> Result<()> {
    end(&cloud.ministack, "MiniStack").await?;
    end(&cloud.datasync, "datasync-local").await
}

async fn end(server: &LocalServer, name: &str) -> Result<()> {
    process::end(ProcessIdentity { pid: server.pid, began: server.began }, name).await
}
