//! `local up`: both servers run afterwards, whatever ran before.

use anyhow::Result;

use super::cloud_file::{self, Cloud, Server};
use super::{down, health, install, start};
use crate::cli::Global;
use crate::output;

/// As often a port is looked for.
const TRIES: usize = 3;

pub(super) async fn run(global: &Global) -> Result<()> {
    let before = cloud_file::read(&global.local_dir)?;
    if let Some(cloud) = before.as_ref()
        && health::both_answer(cloud).await
    {
        output::progress(format!("the local cloud runs already: {}", cloud.ministack.url));
        return Ok(());
    }
    install::install().await?;
    let folders = start::Folders::make(&global.local_dir)?;
    if let Some(cloud) = &before {
        // Each half is told the other's address when it starts, so what is left of an old cloud goes first.
        down::end_both(cloud).await?;
    }
    let cloud = started(global, &folders, before.as_ref()).await?;
    output::progress(format!("MiniStack:      {}", cloud.ministack.url));
    output::progress(format!("datasync-local: {}", cloud.datasync.url));
    output::progress(format!("file systems:   {}", global.local_dir.join("efs").display()));
    Ok(())
}

/// Both, at ports that are free. Somebody else may take one between the choice and the start: then there are others.
async fn started(global: &Global, folders: &start::Folders, before: Option<&Cloud>) -> Result<Cloud> {
    let mut tries = 0;
    loop {
        tries += 1;
        let urls = urls(before.filter(|_| tries == 1))?;
        let mut cloud = Cloud {
            datasync: start::datasync(folders, &urls.datasync, &urls.ministack)?,
            ministack: Server::down(&urls.ministack),
        };
        // Written after each start: whatever interrupts this, `down` knows what to end.
        cloud_file::write(&global.local_dir, &cloud)?;
        cloud.ministack = start::ministack(folders, &urls.ministack, &urls.datasync)?;
        cloud_file::write(&global.local_dir, &cloud)?;
        let Err(error) = start::wait_for_both(&cloud, folders).await else { return Ok(cloud) };
        // Half a cloud is none: nothing that was started stays behind.
        down::end_both(&cloud).await?;
        cloud_file::write_down(&global.local_dir, &cloud)?;
        let taken = !is_free(&cloud.ministack) || !is_free(&cloud.datasync);
        if !taken || tries == TRIES {
            return Err(error);
        }
        output::progress("somebody else took a port that was free; trying others …");
    }
}

struct Urls {
    ministack: String,
    datasync: String,
}

/// The same addresses as before where they are free, so that other clients need not be told of new ones.
fn urls(before: Option<&Cloud>) -> Result<Urls> {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    match before {
        Some(cloud) if is_free(&cloud.ministack) && is_free(&cloud.datasync) => {
            Ok(Urls { ministack: cloud.ministack.url.clone(), datasync: cloud.datasync.url.clone() })
        }
        _ => Ok(Urls { ministack: url(start::ministack_port()?), datasync: url(start::free_port()?) }),
    }
}

fn is_free(server: &Server) -> bool {
    server.url.rsplit(':').next().and_then(|port| port.parse().ok()).is_some_and(start::is_free)
}
