//! Starts the two servers, each in a process group of its own so that it outlives us.

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, sleep};

use super::cloud_file::{Cloud, Server};
use super::{health, install, process};
use crate::place;
use aws::clients::{LOCAL_SECRET, PROXY_VARIABLES};

/// MiniStack needs a few seconds on a busy machine.
const BOUND: Duration = Duration::from_secs(60);
const DEFAULT_PORT: u16 = 4566;
const LAUNCHER_FOLDER: &str = "ministack/launcher";
/// What MiniStack is started by: what the local cloud changes of it, one module a change.
const LAUNCHER: [(&str, &str); 5] = [
    ("launcher.py", include_str!("launcher/launcher.py")),
    ("functions.py", include_str!("launcher/functions.py")),
    ("listings.py", include_str!("launcher/listings.py")),
    ("saving.py", include_str!("launcher/saving.py")),
    ("folder.py", include_str!("launcher/folder.py")),
];

/// Where the local cloud keeps everything, absolute, since the servers' own folder may differ.
pub(super) struct Folders {
    root: PathBuf,
}

impl Folders {
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let context = || format!("making `{}`", folder.display());
        for part in ["efs", "datasync", "log", "tmp", "ministack/s3", LAUNCHER_FOLDER] {
            fs::create_dir_all(folder.join(part)).with_context(context)?;
        }
        Ok(Self { root: folder.canonicalize().with_context(context)? })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn of(&self, part: &str) -> PathBuf {
        self.root.join(part)
    }

    fn log(&self, name: &str) -> Result<(File, PathBuf)> {
        let path = self.of("log").join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&path);
        Ok((file.with_context(|| format!("opening `{}`", path.display()))?, path))
    }
}

/// MiniStack's usual port, or any other that is free.
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

pub(super) fn ministack(folders: &Folders, planned: &Server, datasync_url: &str) -> Result<Server> {
    let port = planned.address().rsplit(':').next().unwrap_or_default();
    for (name, text) in LAUNCHER {
        let path = folders.of(LAUNCHER_FOLDER).join(name);
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
    }
    let mut command = Command::new(install::python()?);
    command
        .arg(folders.of(LAUNCHER_FOLDER).join("launcher.py"))
        .env("BIND_HOST", Ipv4Addr::LOCALHOST.to_string())
        .env("GATEWAY_PORT", port)
        .env("MINISTACK_HOST", Ipv4Addr::LOCALHOST.to_string())
        .env("LOG_LEVEL", "WARNING")
        .env("TMPDIR", folders.of("tmp"))
        // Kept, so that the next `up` finds what was deployed; below its own folder, wherever that
        // is moved to.
        .env("PERSIST_STATE", "1")
        .env("STATE_DIR", "ministack")
        .env("S3_PERSIST", "1")
        .env("S3_DATA_DIR", "ministack/s3")
        // Servers with ports of their own, for which nobody asked.
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        // The functions inherit these from MiniStack.
        .env("AWS_ENDPOINT_URL", &planned.url)
        .env("AWS_ENDPOINT_URL_DATASYNC", datasync_url)
        .env("AWS_SECRET_ACCESS_KEY", LOCAL_SECRET);
    launch(command, folders, "ministack", planned)
}

pub(super) fn datasync(folders: &Folders, planned: &Server, ministack_url: &str) -> Result<Server> {
    let program = place::beside_this_program()?.join("datasync-local");
    if !program.exists() {
        bail!("`{}` is not built; build it with `make build`", program.display());
    }
    let mut command = Command::new(program);
    command.args([
        "--listen",
        planned.address().trim_start_matches("http://"),
        "--endpoint-url",
        ministack_url,
    ]);
    command.arg("--efs-root").arg(folders.of("efs")).arg("--state").arg(folders.of("datasync"));
    launch(command, folders, "datasync-local", planned)
}

fn launch(mut command: Command, folders: &Folders, name: &str, planned: &Server) -> Result<Server> {
    let (log, _) = folders.log(name)?;
    for variable in inherited_by_mistake() {
        command.env_remove(variable);
    }
    command.current_dir(folders.root()).stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log).process_group(0);
    let child = command.spawn().with_context(|| format!("starting {name}"))?;
    let identity = process::identity(child.id())
        .with_context(|| format!("{name} ended as soon as it was started"))?;
    Ok(Server { pid: identity.pid, began: identity.began, ..planned.clone() })
}

/// Settings for the real AWS, credentials among them, are nothing for an emulator to see; those for
/// another MiniStack would change how ours behaves; and no proxy leads to this machine.
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

/// Waits until both answer.
pub(super) async fn wait_for_both(cloud: &Cloud, folders: &Folders) -> Result<()> {
    wait_for(&cloud.datasync, "datasync-local", health::DATASYNC_PATH, folders).await?;
    wait_for(&cloud.ministack, "ministack", health::MINISTACK_PATH, folders).await
}

async fn wait_for(server: &Server, name: &str, path: &str, folders: &Folders) -> Result<()> {
    let deadline = Instant::now() + BOUND;
    while !health::answers(server.address(), path).await {
        let runs = server.runs();
        if runs && Instant::now() < deadline {
            sleep(Duration::from_millis(50)).await;
            continue;
        }
        let (_, log) = folders.log(name)?;
        let printed = install::last_lines(&fs::read(&log).unwrap_or_default());
        let fate = if runs { "does not answer" } else { "has ended" };
        bail!("{name} {fate}; the end of its log, `{}`: {printed}", log.display());
    }
    Ok(())
}
