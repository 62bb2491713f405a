//! `local up`: both servers run afterwards, whatever ran before.

use anyhow::Result;

use super::cloud_file::{self, LocalCloud, LocalServer};
use super::{down, health, install, start, unclean_end};
use crate::cli::{Advertised, Global};
use crate::ui::output;

/// As often a port is looked for.
const TRIES: usize = 3;

pub(super) async fn run(global: &Global, advertised: &Advertised) -> Result<()> {
    let before = cloud_file::read_cloud(&global.local_dir)?;
    let moved_from = before.as_ref().and_then(|cloud| cloud.moved_from(&global.local_dir));
    if let Some(cloud) = before.as_ref()
        && moved_from.is_none()
        && health::are_both_healthy(cloud).await
    {
        output::print_progress(format!("the local cloud runs already: {}", cloud.ministack.url));
        return Ok(());
    }
    if let Some(started) = moved_from {
        output::print_progress(format!(
            "the local cloud of `{}` was moved or copied here",
            started.display()
        ));
    }
    install::install_requirements().await?;
    let folders = start::LocalDirectories::create_all(&global.local_dir)?;
    if let Some(cloud) = &before {
        // Each half is told the other's address when it starts, so what is left of an old cloud
        // goes first.
        down::end_both_servers(cloud).await?;
    }
    if let Some(said) = unclean_end::take_report(&folders.root().join("ministack"))? {
        output::print_progress(said);
    }
    let cloud = start_both(global, &folders, before.as_ref(), advertised).await?;
    output::print_progress(format!("MiniStack:      {}", cloud.ministack.url));
    output::print_progress(format!("datasync-local: {}", cloud.datasync.url));
    output::print_progress(format!("file systems:   {}", global.local_dir.join("efs").display()));
    Ok(())
}

/// Both, at ports that are free. Somebody else may take one between the choice and the start: then
/// there are others.
async fn start_both(
    global: &Global,
    folders: &start::LocalDirectories,
    before: Option<&LocalCloud>,
    advertised: &Advertised,
) -> Result<LocalCloud> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut cloud = plan_addresses(before.filter(|_| tries == 1), advertised)?;
        cloud.folder = Some(folders.root().to_owned());
        cloud.datasync = start::start_datasync(folders, &cloud.datasync, &cloud.ministack.url)?;
        // Written after each start: whatever interrupts this, `down` knows what to end.
        cloud_file::write_cloud(&global.local_dir, &cloud)?;
        cloud.ministack = start::start_ministack(folders, &cloud.ministack, &cloud.datasync.url)?;
        cloud_file::write_cloud(&global.local_dir, &cloud)?;
        let Err(error) = start::wait_for_both(&cloud, folders).await else { return Ok(cloud) };
        // Half a cloud is none: nothing that was started stays behind.
        down::end_both_servers(&cloud).await?;
        cloud_file::write_down(&global.local_dir, &cloud)?;
        let taken = !is_free(&cloud.ministack) || !is_free(&cloud.datasync);
        if !taken || tries == TRIES {
            return Err(error);
        }
        output::print_progress("somebody else took a port that was free; trying others …");
    }
}

/// The same addresses as before where they are free, so that other clients need not be told of new
/// ones.
fn plan_addresses(before: Option<&LocalCloud>, advertised: &Advertised) -> Result<LocalCloud> {
    let address = |port: u16| format!("http://127.0.0.1:{port}");
    match before {
        Some(cloud) if is_free(&cloud.ministack) && is_free(&cloud.datasync) => {
            Ok(cloud.without_processes())
        }
        _ => {
            let aws_url = advertised.advertised_aws_url.as_deref();
            let datasync_url = advertised.advertised_datasync_url.as_deref();
            Ok(LocalCloud {
                ministack: LocalServer::not_started(address(start::ministack_port()?), aws_url),
                datasync: LocalServer::not_started(address(start::free_port()?), datasync_url),
                folder: None,
            })
        }
    }
}

fn is_free(server: &LocalServer) -> bool {
    server
        .listen_address()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .is_some_and(start::is_free)
}
