//! Starts the two servers, each in its own process group, so that they outlive this process.

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws::clients::{LOCAL_SECRET, PROXY_VARIABLES};
use tokio::time::{Instant, sleep};

use super::cloud_file::{LocalCloud, LocalServer};
use super::{health, install, process};

/// MiniStack needs a few seconds on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_PORT: u16 = 4566;
const LAUNCHER_FOLDER: &str = "ministack/launcher";
/// The launcher of MiniStack with the changes of the local cloud, one module per change.
const LAUNCHER: [(&str, &str); 6] = [
    ("launcher.py", include_str!("launcher/launcher.py")),
    ("functions.py", include_str!("launcher/functions.py")),
    ("listings.py", include_str!("launcher/listings.py")),
    ("other_accounts.py", include_str!("launcher/other_accounts.py")),
    ("saving.py", include_str!("launcher/saving.py")),
    ("folder.py", include_str!("launcher/folder.py")),
];

/// The settings of MiniStack that are always the same.
const SETTINGS: [(&str, &str); 7] = [
    ("LOG_LEVEL", "WARNING"),
    // The state is kept, so that the next `up` finds the deployed stack. The paths are relative to
    // the working directory, so that it can be moved.
    ("PERSIST_STATE", "1"),
    ("STATE_DIR", "ministack"),
    ("S3_PERSIST", "1"),
    ("S3_DATA_DIR", "ministack/s3"),
    // Servers with separate ports that are not needed.
    ("IOT_MTLS_ENABLED", "0"),
    ("SFTP_ENABLED", "0"),
];

/// The directories of the local cloud, as absolute paths, because the servers have another working
/// directory.
pub(super) struct LocalDirectories {
    root: PathBuf,
}

impl LocalDirectories {
    pub(super) fn create_all(folder: &Path) -> Result<Self> {
        let context = || format!("creating `{}`", folder.display());
        for part in ["efs", "datasync", "log", "tmp", "ministack/s3", LAUNCHER_FOLDER] {
            fs::create_dir_all(folder.join(part)).with_context(context)?;
        }
        Ok(Self { root: folder.canonicalize().with_context(context)? })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn join_part(&self, part: &str) -> PathBuf {
        self.root.join(part)
    }

    fn open_log(&self, name: &str) -> Result<(File, PathBuf)> {
        let path = self.join_part("log").join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&path);
        Ok((file.with_context(|| format!("opening `{}`", path.display()))?, path))
    }
}

/// Returns the default port of MiniStack, or any other free port.
pub(super) fn ministack_port() -> Result<u16> {
    if is_free(DEFAULT_PORT) { Ok(DEFAULT_PORT) } else { free_port() }
}

pub(super) fn free_port() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

pub(super) fn start_ministack(
    folders: &LocalDirectories,
    planned: &LocalServer,
    datasync_url: &str,
) -> Result<LocalServer> {
    let port = planned.listen_address().rsplit(':').next().unwrap_or_default();
    write_launcher(folders)?;
    let mut command = Command::new(install::venv_python()?);
    command
        .arg(folders.join_part(LAUNCHER_FOLDER).join("launcher.py"))
        .env("BIND_HOST", Ipv4Addr::LOCALHOST.to_string())
        .env("GATEWAY_PORT", port)
        .env("MINISTACK_HOST", Ipv4Addr::LOCALHOST.to_string())
        .env("TMPDIR", folders.join_part("tmp"))
        .envs(SETTINGS)
        // The functions inherit these from MiniStack.
        .env("AWS_ENDPOINT_URL", &planned.url)
        .env("AWS_ENDPOINT_URL_DATASYNC", datasync_url)
        .env("AWS_SECRET_ACCESS_KEY", LOCAL_SECRET);
    launch_server(command, folders, "ministack", planned)
}

fn write_launcher(folders: &LocalDirectories) -> Result<()> {
    for (name, text) in LAUNCHER {
        let path = folders.join_part(LAUNCHER_FOLDER).join(name);
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
    }
    Ok(())
}

pub(super) fn start_datasync(
    folders: &LocalDirectories,
    planned: &LocalServer,
    ministack_url: &str,
) -> Result<LocalServer> {
    let program = install::program_directory()?.join("datasync-local");
    if !program.exists() {
        bail!("`{}` is not built; build it with `make build`", program.display());
    }
    let address = planned.listen_address().trim_start_matches("http://");
    let mut command = Command::new(program);
    command
        .args(["--listen", address, "--endpoint-url", ministack_url])
        .arg("--efs-root")
        .arg(folders.join_part("efs"))
        .arg("--state")
        .arg(folders.join_part("datasync"));
    launch_server(command, folders, "datasync-local", planned)
}

fn launch_server(
    mut command: Command,
    folders: &LocalDirectories,
    name: &str,
    planned: &LocalServer,
) -> Result<LocalServer> {
    let (log, _) = folders.open_log(name)?;
    for variable in inherited_by_mistake() {
        command.env_remove(variable);
    }
    command.current_dir(folders.root()).stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log).process_group(0);
    let child = command.spawn().with_context(|| format!("starting {name}"))?;
    let identity = process::process_identity(child.id())
        .with_context(|| format!("{name} ended as soon as it was started"))?;
    Ok(LocalServer { pid: identity.pid, began: identity.began, ..planned.clone() })
}

/// Returns the variables that the servers must not inherit: settings and credentials for AWS,
/// settings for another MiniStack, and proxies, which do not lead to this machine.
fn inherited_by_mistake() -> impl Iterator<Item = String> {
    const OF_MINISTACK: [&str; 6] =
        ["AUTH", "USE_SSL", "SERVICES", "LAMBDA_STRICT", "LAMBDA_EXECUTOR", "MINISTACK_ACCOUNT_ID"];
    let kept = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DATASYNC", "AWS_SECRET_ACCESS_KEY"];
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter(move |name| {
        OF_MINISTACK.contains(&name.as_str())
            || PROXY_VARIABLES.contains(&name.as_str())
            || (name.starts_with("AWS_") && !kept.contains(&name.as_str()))
    })
}

/// Waits until both servers respond.
pub(super) async fn wait_for_both(cloud: &LocalCloud, folders: &LocalDirectories) -> Result<()> {
    wait_for(&cloud.datasync, "datasync-local", health::DATASYNC_PATH, folders).await?;
    wait_for(&cloud.ministack, "ministack", health::MINISTACK_PATH, folders).await
}

async fn wait_for(
    server: &LocalServer,
    name: &str,
    path: &str,
    folders: &LocalDirectories,
) -> Result<()> {
    let deadline = Instant::now() + START_TIMEOUT;
    while !health::is_healthy(server.listen_address(), path).await {
        let runs = server.is_running();
        if runs && Instant::now() < deadline {
            sleep(Duration::from_millis(50)).await;
            continue;
        }
        let (_, log) = folders.open_log(name)?;
        let printed = install::last_lines(&fs::read(&log).unwrap_or_default());
        let state = if runs { "does not respond" } else { "has ended" };
        bail!("{name} {state}; the end of its log, `{}`: {printed}", log.display());
    }
    Ok(())
}
