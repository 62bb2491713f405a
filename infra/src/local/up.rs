//! `local up`: starts both servers, whatever ran before.

use anyhow::Result;

use super::cloud_file::{self, LocalCloud, LocalServer};
use super::{down, health, install, start, unclean_end};
use crate::cli::{Advertised, Global};
use crate::ui::output;

/// The number of attempts to find free ports.
const MAX_ATTEMPTS: usize = 3;

pub(super) async fn run(global: &Global, advertised: &Advertised) -> Result<()> {
    let before = cloud_file::read_cloud(&global.local_dir)?;
    let moved_from = before.as_ref().and_then(|cloud| cloud.moved_from(&global.local_dir));
    if let Some(cloud) = before.as_ref()
        && moved_from.is_none()
        && health::are_both_healthy(cloud).await
    {
        let url = &cloud.ministack.url;
        output::print_progress(format!("the local cloud is already running: {url}"));
        return Ok(());
    }
    if let Some(started) = moved_from {
        let started = started.display();
        output::print_progress(format!("the local cloud of `{started}` was moved or copied here"));
    }
    let folders = prepare_folders(global, before.as_ref()).await?;
    let cloud = start_both(global, &folders, before.as_ref(), advertised).await?;
    announce_cloud(global, &cloud);
    Ok(())
}

fn announce_cloud(global: &Global, cloud: &LocalCloud) {
    output::print_progress(format!("MiniStack:      {}", cloud.ministack.url));
    output::print_progress(format!("datasync-local: {}", cloud.datasync.url));
    output::print_progress(format!("file systems:   {}", global.local_dir.join("efs").display()));
}

/// Installs the requirements, creates the directories and stops the servers of an old cloud.
async fn prepare_folders(
    global: &Global,
    before: Option<&LocalCloud>,
) -> Result<start::LocalDirectories> {
    install::install_requirements().await?;
    let folders = start::LocalDirectories::create_all(&global.local_dir)?;
    if let Some(cloud) = before {
        // Each server gets the address of the other when it starts, so the servers of an old cloud
        // are stopped first.
        down::end_both_servers(cloud).await?;
    }
    if let Some(report) = unclean_end::take_report(&folders.root().join("ministack"))? {
        output::print_progress(report);
    }
    Ok(folders)
}

/// Starts both servers at free ports. Another process may take a port between the choice and the
/// start; then it attempts other ports.
async fn start_both(
    global: &Global,
    folders: &start::LocalDirectories,
    before: Option<&LocalCloud>,
    advertised: &Advertised,
) -> Result<LocalCloud> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let planned = plan_addresses(before.filter(|_| attempts == 1), advertised)?;
        let cloud = start_servers(global, folders, planned)?;
        let Err(error) = start::wait_for_both(&cloud, folders).await else { return Ok(cloud) };
        stop_servers(global, &cloud).await?;
        let taken = !is_free(&cloud.ministack) || !is_free(&cloud.datasync);
        if !taken || attempts == MAX_ATTEMPTS {
            return Err(error);
        }
        output::print_progress("another process took a port that was free; trying others …");
    }
}

/// Stops both servers, because one alone is useless.
async fn stop_servers(global: &Global, cloud: &LocalCloud) -> Result<()> {
    down::end_both_servers(cloud).await?;
    cloud_file::write_down(&global.local_dir, cloud)
}

fn start_servers(
    global: &Global,
    folders: &start::LocalDirectories,
    mut cloud: LocalCloud,
) -> Result<LocalCloud> {
    cloud.folder = Some(folders.root().to_owned());
    cloud.datasync = start::start_datasync(folders, &cloud.datasync, &cloud.ministack.url)?;
    // Written after each start, so that `down` knows what to stop after any interruption.
    cloud_file::write_cloud(&global.local_dir, &cloud)?;
    cloud.ministack = start::start_ministack(folders, &cloud.ministack, &cloud.datasync.url)?;
    cloud_file::write_cloud(&global.local_dir, &cloud)?;
    Ok(cloud)
}

/// Returns the previous addresses if they are free, so that other clients can keep using them.
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
