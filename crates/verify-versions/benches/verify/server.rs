//! A stand-in for S3, `DescribeTaskExecution` and Lambda's `Invoke`: it makes every answer about
//! data from the number of a file, so that a million files take no memory, answers after a delay,
//! and throttles beyond 5,500 requests a second. Of the records it keeps only the intermediate
//! documents of a verification; the payloads of invocations wait for `/next`.

mod objects;
mod report;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) use report::first_part;

const MAX_PER_SECOND: u64 = 5_500;

struct S3Stand {
    files: u64,
    /// The number of objects in the bucket for each file of the report.
    spread: u64,
    delay: Duration,
    started: Instant,
    requests: AtomicU64,
    tenth: AtomicU64,
    in_tenth: AtomicU64,
    documents: Mutex<BTreeMap<String, Vec<u8>>>,
    invoked: Mutex<VecDeque<Vec<u8>>>,
}

pub(crate) fn run_server(files: u64, spread: u64, delay: u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(S3Stand::new(files, spread, Duration::from_millis(delay)));
        while let Ok((stream, _)) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move {
                let _ = server.serve_connection(stream).await;
            });
        }
    });
}

/// Returns the number of requests about the destination bucket.
pub(crate) async fn request_count(url: &str) -> u64 {
    get_text(url, "/requests").await.parse().unwrap()
}

/// Returns the payload of the next invocation that has not started.
pub(crate) async fn next_payload(url: &str) -> Option<String> {
    Some(get_text(url, "/next").await).filter(|payload| !payload.is_empty())
}

async fn get_text(url: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text.rsplit("\r\n").next().unwrap().to_owned()
}

impl S3Stand {
    fn new(files: u64, spread: u64, delay: Duration) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            files,
            spread,
            delay,
            started: Instant::now(),
            requests: zero(),
            tenth: zero(),
            in_tenth: zero(),
            documents: Mutex::default(),
            invoked: Mutex::default(),
        }
    }

    async fn serve_connection(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        loop {
            let mut request = String::new();
            if stream.read_line(&mut request).await? == 0 {
                return Ok(());
            }
            let (body, closes) = read_body(&mut stream).await?;
            let mut words = request.split_whitespace();
            let mut next_word = || words.next().unwrap_or_default();
            let answer = self.answer_request(next_word(), next_word(), body).await;
            stream.get_mut().write_all(&answer).await?;
            if closes {
                return Ok(());
            }
        }
    }

    async fn answer_request(&self, method: &str, target: &str, body: Vec<u8>) -> Vec<u8> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path.starts_with("/data") {
            self.requests.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(self.delay).await;
            if !self.delay.is_zero() && self.is_too_much() {
                return http_response("503 Slow Down", "", "");
            }
            return match method {
                "HEAD" if path.len() > "/data/".len() => self.answer_head(path),
                "GET" if query.contains("list-type=2") => self.list_objects(query),
                "GET" => self.list_versions(query),
                _ => http_response("200 OK", "", ""),
            };
        }
        self.answer_service(method, path, query, body)
    }

    /// Answers requests of everything but the destination bucket.
    fn answer_service(&self, method: &str, path: &str, query: &str, body: Vec<u8>) -> Vec<u8> {
        match (method, path) {
            ("POST", path) if path.ends_with("/invocations") => {
                self.invoked.lock().unwrap().push_back(body);
                http_response("202 Accepted", "", "")
            }
            ("POST", "/") => http_response("200 OK", "", &self.describe_execution()),
            ("GET", path) => self.answer_read(path, query),
            ("PUT", path) if path.starts_with("/records/scratch/") => {
                self.documents.lock().unwrap().insert(path.to_owned(), body);
                http_response("200 OK", "etag: \"e\"\r\n", "")
            }
            _ => http_response("200 OK", "etag: \"e\"\r\n", ""),
        }
    }

    fn answer_read(&self, path: &str, query: &str) -> Vec<u8> {
        match path {
            "/requests" => {
                http_response("200 OK", "", &self.requests.load(Ordering::Relaxed).to_string())
            }
            "/next" => self.take_payload(),
            "/records/" | "/records" if query.contains("prefix=scratch") => {
                self.list_documents(query)
            }
            "/records/" | "/records" => http_response("200 OK", "", &self.list_parts()),
            "/records/state/outputs.json" => http_response("200 OK", "", OUTPUTS),
            path if path.contains(".files-") => http_response("200 OK", "", &self.read_part(path)),
            path => self.read_document(path),
        }
    }

    fn take_payload(&self) -> Vec<u8> {
        let payload = self.invoked.lock().unwrap().pop_front().unwrap_or_default();
        http_response("200 OK", "", &String::from_utf8(payload).unwrap())
    }

    fn read_document(&self, path: &str) -> Vec<u8> {
        match self.documents.lock().unwrap().get(path) {
            Some(body) => {
                let mut answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len())
                        .into_bytes();
                answer.extend(body);
                answer
            }
            None => http_response("404 Not Found", "", "<Error><Code>NoSuchKey</Code></Error>"),
        }
    }

    fn list_documents(&self, query: &str) -> Vec<u8> {
        let prefix = format!("/records/{}", query_parameter(query, "prefix"));
        let mut xml = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for path in self.documents.lock().unwrap().keys().filter(|path| path.starts_with(&prefix)) {
            write!(xml, "<Contents><Key>{}</Key></Contents>", path.trim_start_matches("/records/"))
                .unwrap();
        }
        http_response("200 OK", "", &(xml + "</ListBucketResult>"))
    }

    fn is_too_much(&self) -> bool {
        let tenth = u64::try_from(self.started.elapsed().as_millis() / 100).unwrap();
        if self.tenth.swap(tenth, Ordering::Relaxed) != tenth {
            self.in_tenth.store(0, Ordering::Relaxed);
        }
        self.in_tenth.fetch_add(1, Ordering::Relaxed) >= MAX_PER_SECOND / 10
    }

    fn describe_execution(&self) -> String {
        let files = self.files;
        format!(
            r#"{{"Status":"SUCCESS","Options":{{"VerifyMode":"ONLY_FILES_TRANSFERRED"}},"FilesTransferred":{files},"ReportResult":{{"Status":"SUCCESS"}}}}"#
        )
    }
}

/// Reads headers and body; returns whether the connection is to be closed.
async fn read_body(stream: &mut BufReader<TcpStream>) -> std::io::Result<(Vec<u8>, bool)> {
    let (mut length, mut closes) = (0_u64, false);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        closes |= header == "connection: close";
    }
    let mut body = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut body).await?;
    Ok((body, closes))
}

fn query_parameter(query: &str, name: &str) -> String {
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    percent_decode_str(found.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

fn http_response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

const OUTPUTS: &str = r#"{"task_arn":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b","source_location_arn":"","destination_location_arn":"","file_system_id":"","file_system_arn":"","destination_bucket":"data","destination_prefix":"backup/","log_group":"","instance":null}"#;
