//! The principal of a call: the process at the other end of the connection.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tokio::net::TcpStream;

use super::invocation::Invocation;

/// Set by Lambda, and so by MiniStack, in the process of a function (Lambda developer guide,
/// "Defined runtime environment variables").
const FUNCTION_NAME: &[u8] = b"AWS_LAMBDA_FUNCTION_NAME=";

/// `lambda:<function>`, `cli:<number>` and `cargo-lambda:<number>` with the number of an invocation
/// in the record, `datasync-local`, `ministack`, `test`, or `role:<ARN>` for a reconciler that a
/// test runs itself. `cli` without a number passed a proxy of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Principal(pub(super) String);

impl Principal {
    pub(super) fn from_name(name: String) -> Self {
        Self(name)
    }

    /// Whether it has a role on AWS, whose policies decide.
    pub(super) fn has_role(&self) -> bool {
        self.0.starts_with("lambda:") || self.0.starts_with("role:") || self.0 == "datasync-local"
    }

    /// The kind of caller, without which of them: `cli`, `lambda`.
    pub(super) fn kind_of(name: &str) -> &str {
        name.split_once(':').map_or(name, |(kind, _)| kind)
    }
}

/// The process at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    /// The name in [`Principal`], without the number of an invocation.
    pub(super) name: String,
    /// Of the command line and what it starts.
    pub(super) invocation: Option<Invocation>,
}

impl Client {
    fn from_name(name: &str) -> Self {
        Self { name: name.to_owned(), invocation: None }
    }
}

/// The process that holds the other end of a connection on loopback, looked up once for each
/// connection.
pub(super) async fn identify_peer(stream: &TcpStream) -> Result<Client> {
    let (client, server) = (stream.peer_addr()?, stream.local_addr()?);
    tokio::task::spawn_blocking(move || find_client(client, server))
        .await
        .context("looking for the client")?
}

fn find_client(client: SocketAddr, server: SocketAddr) -> Result<Client> {
    let table =
        fs::read_to_string("/proc/net/tcp").context("reading the connections of this machine")?;
    let inode = find_inode(&table, client, server).context("the client of a connection is gone")?;
    let link = format!("socket:[{inode}]");
    if has_open(Path::new("/proc/self"), &link) {
        return Ok(Client::from_name("test"));
    }
    let processes = fs::read_dir("/proc").context("reading the processes of this machine")?;
    let numbered =
        |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| name.parse::<u32>().is_ok());
    for process in processes.flatten().filter(|process| numbered(&process.file_name())) {
        if has_open(&process.path(), &link) {
            return Ok(identify_process(&process.path()));
        }
    }
    Ok(Client::from_name("unknown"))
}

/// The socket of the client, by both addresses as the kernel prints them (proc(5),
/// `/proc/net/tcp`).
fn find_inode(table: &str, client: SocketAddr, server: SocketAddr) -> Option<String> {
    let (client, server) = (kernel_form(client)?, kernel_form(server)?);
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_ours = *fields.get(1)? == client && *fields.get(2)? == server;
        if is_ours { fields.get(9).map(|inode| (*inode).to_owned()) } else { None }
    })
}

/// `0100007F:1F90` for 127.0.0.1:8080: the address as a number of the machine's byte order, in
/// hexadecimal.
fn kernel_form(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port()))
}

/// Whether a process has the socket open. One that ended meanwhile has not.
fn has_open(process: &Path, link: &str) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors
        .flatten()
        .any(|one| fs::read_link(one.path()).is_ok_and(|target| target.as_os_str() == link))
}

fn name_of_function(process: &Path) -> Option<String> {
    let environment = fs::read(process.join("environ")).unwrap_or_default();
    let mut variables = environment.split(|byte| *byte == 0);
    let name = variables.find_map(|variable| variable.strip_prefix(FUNCTION_NAME))?;
    Some(String::from_utf8_lossy(name).into_owned())
}

fn identify_process(process: &Path) -> Client {
    if let Some(name) = name_of_function(process) {
        return Client::from_name(&format!("lambda:{name}"));
    }
    let program = fs::read_link(process.join("exe")).unwrap_or_default();
    let program = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
    let runs_ministack = arguments.windows(9).any(|part| part == b"ministack");
    match program.trim_end_matches(" (deleted)") {
        "efs-s3" => Client { name: "cli".to_owned(), invocation: Invocation::of_process(process) },
        // The command line starts it, so its permissions are those of the same person.
        name @ "cargo-lambda" => {
            let parent = parent_of(process);
            let invocation = parent.and_then(|parent| Invocation::of_process(&parent));
            Client { name: name.to_owned(), invocation }
        }
        name if name.starts_with("python") && runs_ministack => Client::from_name("ministack"),
        name => Client::from_name(name),
    }
}

/// The process that started another (proc(5), `/proc/pid/stat`).
fn parent_of(process: &Path) -> Option<PathBuf> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let parent = after_name.split_whitespace().nth(1)?;
    Some(Path::new("/proc").join(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_found_by_both_addresses() {
        let line = "   1: 0100007F:1F90 0100007F:11D6 01 00000000:00000000 00:00000000 \
            00000000     0        0 4711 1";
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(find_inode(line, address(8080), address(4566)).as_deref(), Some("4711"));
        assert_eq!(find_inode(line, address(8081), address(4566)), None);
    }

    #[tokio::test]
    async fn a_client_of_this_process_is_the_test() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        assert_eq!(identify_peer(&server).await.unwrap(), Client::from_name("test"));
    }

    #[test]
    fn this_process_has_a_parent() {
        let parent = parent_of(Path::new("/proc/self")).unwrap();
        assert_eq!(
            parent,
            Path::new("/proc").join(std::os::unix::process::parent_id().to_string())
        );
    }
}
