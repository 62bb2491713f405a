//! Health checks of the servers: one HTTP request on loopback, without a client library.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::cloud_file::LocalCloud;

const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) const MINISTACK_PATH: &str = "/_ministack/health";
pub(super) const DATASYNC_PATH: &str = "/health";

/// Whether both servers run and respond.
pub(super) async fn are_both_healthy(cloud: &LocalCloud) -> bool {
    cloud.ministack.is_running()
        && cloud.datasync.is_running()
        && is_healthy(cloud.ministack.listen_address(), MINISTACK_PATH).await
        && is_healthy(cloud.datasync.listen_address(), DATASYNC_PATH).await
}

/// Whether `GET <path>` returns 200.
pub(super) async fn is_healthy(url: &str, path: &str) -> bool {
    timeout(RESPONSE_TIMEOUT, get_status(url, path))
        .await
        .is_ok_and(|answer| answer.unwrap_or(false))
}

async fn get_status(url: &str, path: &str) -> std::io::Result<bool> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    Ok(status.ends_with(b" 200"))
}
