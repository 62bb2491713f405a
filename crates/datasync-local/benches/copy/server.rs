//! The S3 server in a process of its own, and its greatest request rate.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fake::Fake;
use crate::measure;

const CONNECTIONS: usize = 8;

/// The running server.
pub(crate) struct S3 {
    child: Child,
    pub(crate) url: String,
}

/// Serves until it is killed.
pub(crate) async fn serve_endpoint() {
    let fake = Fake::new_unserved();
    fake.lock_store().trusting = true;
    fake.lock_store().counts_large = true;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let control = Router::new()
        .route("/-/calls", post(take_calls))
        .route("/-/empty/{bucket}", post(empty_bucket))
        .route("/-/clone/{from}/{to}", post(clone_bucket));
    axum::serve(listener, control.with_state(fake.clone()).merge(fake.build_router()))
        .await
        .unwrap();
}

/// Returns the number of requests since the last call.
async fn take_calls(State(fake): State<Fake>) -> String {
    std::mem::take(&mut fake.lock_store().calls).values().sum::<u64>().to_string()
}

async fn empty_bucket(State(fake): State<Fake>, Path(bucket): Path<String>) {
    fake.lock_store().buckets.insert(bucket, Default::default());
}

async fn clone_bucket(State(fake): State<Fake>, Path((from, to)): Path<(String, String)>) {
    let mut store = fake.lock_store();
    let objects = store.buckets[&from].clone();
    store.buckets.insert(to, objects);
}

impl S3 {
    pub(crate) async fn start_server() -> Self {
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        measure::cpu_seconds(self.child.id())
    }

    pub(crate) async fn take_calls(&self) -> u64 {
        self.post_control("calls").await.parse().unwrap()
    }

    pub(crate) async fn empty_bucket(&self, bucket: &str) {
        self.post_control(&format!("empty/{bucket}")).await;
    }

    pub(crate) async fn clone_bucket(&self, from: &str, to: &str) {
        self.post_control(&format!("clone/{from}/{to}")).await;
    }

    async fn post_control(&self, path: &str) -> String {
        let host = self.host();
        let request = format!(
            "POST /-/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: \
                0\r\n\r\n"
        );
        let answer = crate::process::exchange_http(host, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Measures the `PUT` requests a second that the server takes from a client that does nothing
    /// else.
    pub(crate) async fn measure_ceiling(&self, requests: usize, length: usize) -> f64 {
        self.empty_bucket("ceiling").await;
        let begun = Instant::now();
        let senders = (0..CONNECTIONS).map(|sender| {
            let host = self.host().to_owned();
            tokio::spawn(
                async move { send_puts(&host, sender, requests / CONNECTIONS, length).await },
            )
        });
        for sender in senders.collect::<Vec<_>>() {
            sender.await.unwrap();
        }
        let seconds = begun.elapsed().as_secs_f64();
        self.empty_bucket("ceiling").await;
        self.take_calls().await;
        #[expect(clippy::cast_precision_loss, reason = "a figure")]
        let sent = (requests / CONNECTIONS * CONNECTIONS) as f64;
        sent / seconds
    }
}

async fn send_puts(host: &str, sender: usize, requests: usize, length: usize) {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let body = vec![7; length];
    let mut answer = [0; 4096];
    for number in 0..requests {
        let head = format!(
            "PUT /ceiling/{sender}/{number} HTTP/1.1\r\nHost: {host}\r\nContent-Length: \
                {length}\r\n\r\n"
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(&body);
        stream.write_all(&request).await.unwrap();
        let read = stream.read(&mut answer).await.unwrap();
        assert!(
            answer[..read].starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer[..read])
        );
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}
