//! A stand-in for S3, `DescribeTaskExecution` and Lambda's `Invoke`: it makes every answer about
//! data from the number of a file, so that a million files take no memory, answers after a delay,
//! and throttles beyond 5,500 requests a second. Of the records it keeps only the working papers of
//! a check; what is invoked waits for `/next`.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::EXECUTION;

const TASK: &str = "task-0806c70094b09457b";
const ROWS_A_PART: u64 = 8_000;
const PER_SECOND: u64 = 5_500;

struct Stand {
    files: u64,
    /// The bucket has so many objects for each file of the report.
    spread: u64,
    delay: Duration,
    begun: Instant,
    asked: AtomicU64,
    second: AtomicU64,
    in_second: AtomicU64,
    papers: Mutex<BTreeMap<String, Vec<u8>>>,
    invoked: Mutex<VecDeque<Vec<u8>>>,
}

pub(crate) fn run(files: u64, spread: u64, delay: u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        let zero = || AtomicU64::new(0);
        let delay = Duration::from_millis(delay);
        let (begun, asked, second, in_second) = (Instant::now(), zero(), zero(), zero());
        let (papers, invoked) = (Mutex::default(), Mutex::default());
        let stand = Arc::new(Stand {
            files,
            spread,
            delay,
            begun,
            asked,
            second,
            in_second,
            papers,
            invoked,
        });
        while let Ok((stream, _)) = listener.accept().await {
            let stand = stand.clone();
            tokio::spawn(async move {
                let _ = stand.connection(stream).await;
            });
        }
    });
}

/// How many requests about the destination bucket were made.
pub(crate) async fn asked(url: &str) -> u64 {
    got(url, "/asked").await.parse().unwrap()
}

/// What was invoked and has not begun.
pub(crate) async fn next(url: &str) -> Option<String> {
    Some(got(url, "/next").await).filter(|payload| !payload.is_empty())
}

async fn got(url: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text.rsplit("\r\n").next().unwrap().to_owned()
}

impl Stand {
    async fn connection(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::new(stream);
        loop {
            let mut request = String::new();
            if stream.read_line(&mut request).await? == 0 {
                return Ok(());
            }
            let (mut length, mut closes) = (0_u64, false);
            loop {
                let mut header = String::new();
                stream.read_line(&mut header).await?;
                let header = header.trim().to_ascii_lowercase();
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
            let mut words = request.split_whitespace();
            let answer = self
                .answer(words.next().unwrap_or_default(), words.next().unwrap_or_default(), body)
                .await;
            stream.get_mut().write_all(&answer).await?;
            if closes {
                return Ok(());
            }
        }
    }

    async fn answer(&self, method: &str, target: &str, body: Vec<u8>) -> Vec<u8> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path.starts_with("/data") {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(self.delay).await;
            if !self.delay.is_zero() && self.is_too_much() {
                return response("503 Slow Down", "", "");
            }
            return match method {
                "HEAD" if path.len() > "/data/".len() => self.head(path),
                "GET" if query.contains("list-type=2") => self.objects(query),
                "GET" => self.versions(query),
                _ => response("200 OK", "", ""),
            };
        }
        match (method, path) {
            ("GET", "/asked") => {
                response("200 OK", "", &self.asked.load(Ordering::Relaxed).to_string())
            }
            ("GET", "/next") => self.next(),
            ("POST", path) if path.ends_with("/invocations") => {
                self.invoked.lock().unwrap().push_back(body);
                response("202 Accepted", "", "")
            }
            ("POST", "/") => response("200 OK", "", &self.described()),
            ("GET", "/records/" | "/records") if query.contains("prefix=scratch") => {
                self.listed_papers(query)
            }
            ("GET", "/records/" | "/records") => response("200 OK", "", &self.parts()),
            ("GET", "/records/state/outputs.json") => response("200 OK", "", OUTPUTS),
            ("GET", path) if path.contains(".files-") => response("200 OK", "", &self.part(path)),
            ("GET", path) => self.paper(path),
            ("PUT", path) if path.starts_with("/records/scratch/") => {
                self.papers.lock().unwrap().insert(path.to_owned(), body);
                response("200 OK", "etag: \"e\"\r\n", "")
            }
            _ => response("200 OK", "etag: \"e\"\r\n", ""),
        }
    }

    fn next(&self) -> Vec<u8> {
        let payload = self.invoked.lock().unwrap().pop_front().unwrap_or_default();
        response("200 OK", "", &String::from_utf8(payload).unwrap())
    }

    fn paper(&self, path: &str) -> Vec<u8> {
        match self.papers.lock().unwrap().get(path) {
            Some(body) => {
                let mut answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len())
                        .into_bytes();
                answer.extend(body);
                answer
            }
            None => response("404 Not Found", "", "<Error><Code>NoSuchKey</Code></Error>"),
        }
    }

    fn listed_papers(&self, query: &str) -> Vec<u8> {
        let prefix = format!("/records/{}", parameter(query, "prefix"));
        let mut xml = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for path in self.papers.lock().unwrap().keys().filter(|path| path.starts_with(&prefix)) {
            write!(xml, "<Contents><Key>{}</Key></Contents>", path.trim_start_matches("/records/"))
                .unwrap();
        }
        response("200 OK", "", &(xml + "</ListBucketResult>"))
    }

    /// As rclone asks: without versions.
    fn objects(&self, query: &str) -> Vec<u8> {
        let (first, end, more) = self.page(&parameter(query, "continuation-token"));
        let mut xml = format!(
            "<ListBucketResult><Name>data</Name><KeyCount>{}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>{more}</IsTruncated>",
            end - first
        );
        for file in first..end {
            let key = name(file);
            write!(xml, "<Contents><Key>backup/{key}</Key><LastModified>2022-01-07T17:00:00.000Z</LastModified><ETag>&quot;b1946ac92492d2347c6235b4d2611184&quot;</ETag><Size>6</Size><StorageClass>STANDARD</StorageClass></Contents>").unwrap();
        }
        if more {
            write!(xml, "<NextContinuationToken>backup/{}</NextContinuationToken>", name(end - 1))
                .unwrap();
        }
        response("200 OK", "content-type: application/xml\r\n", &(xml + "</ListBucketResult>"))
    }

    /// The objects of one page of a listing behind a key, and whether there are more.
    fn page(&self, marker: &str) -> (u64, u64, bool) {
        let objects = self.files * self.spread;
        let first = partition(objects, |file| format!("backup/{}", name(file)).as_str() <= marker);
        let end = (first + 1_000).min(objects);
        (first, end, end < objects)
    }

    fn is_too_much(&self) -> bool {
        let tenth = u64::try_from(self.begun.elapsed().as_millis() / 100).unwrap();
        if self.second.swap(tenth, Ordering::Relaxed) != tenth {
            self.in_second.store(0, Ordering::Relaxed);
        }
        self.in_second.fetch_add(1, Ordering::Relaxed) >= PER_SECOND / 10
    }

    fn described(&self) -> String {
        let files = self.files;
        format!(
            r#"{{"Status":"SUCCESS","Options":{{"VerifyMode":"ONLY_FILES_TRANSFERRED"}},"FilesTransferred":{files},"ReportResult":{{"Status":"SUCCESS"}}}}"#
        )
    }

    fn parts(&self) -> String {
        let mut xml = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for kind in ["transferred", "verified"] {
            for part in 1..=self.files.div_ceil(ROWS_A_PART) {
                let folder = format!("reports/Detailed-Reports/{TASK}/{EXECUTION}");
                let name = format!("{EXECUTION}.files-{kind}-v1-{part:05}-0a123abc12d3b0e4f.json");
                write!(xml, "<Contents><Key>{folder}/{name}</Key></Contents>").unwrap();
            }
        }
        xml + "</ListBucketResult>"
    }

    fn part(&self, path: &str) -> String {
        let number: u64 = path.split("-v1-").nth(1).unwrap()[..5].parse().unwrap();
        part(path.contains(".files-transferred"), number, self.files, self.spread)
    }
    fn head(&self, path: &str) -> Vec<u8> {
        // rclone asks whether the folder is a file.
        let Some(file) = path.rsplit("/f").next().and_then(|file| file.parse::<u64>().ok()) else {
            return b"HTTP/1.1 404 Not Found\r\n\r\n".to_vec();
        };
        let headers = format!(
            "x-amz-version-id: {file:032}\r\nx-amz-meta-file-permissions: 0100644\r\nx-amz-meta-file-owner: 1000\r\n\
             x-amz-meta-file-group: 100\r\nx-amz-meta-file-mtime: \
             1641574766136114671ns\r\ncontent-length: 6\r\n"
        );
        format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes()
    }

    fn versions(&self, query: &str) -> Vec<u8> {
        let (first, end, more) = self.page(&parameter(query, "key-marker"));
        let mut xml = format!("<ListVersionsResult><IsTruncated>{more}</IsTruncated>");
        for file in first..end {
            let key = name(file);
            write!(xml, "<Version><Key>backup/{key}</Key><VersionId>{file:032}</VersionId><IsLatest>true</IsLatest><LastModified>2022-01-07T17:00:00.000Z</LastModified><ETag>&quot;b1946ac92492d2347c6235b4d2611184&quot;</ETag><Size>6</Size><StorageClass>STANDARD</StorageClass></Version>").unwrap();
        }
        if more {
            write!(xml, "<NextKeyMarker>backup/{}</NextKeyMarker>", name(end - 1)).unwrap();
        }
        response("200 OK", "", &(xml + "</ListVersionsResult>"))
    }
}

fn parameter(query: &str, name: &str) -> String {
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    percent_decode_str(found.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

fn name(file: u64) -> String {
    format!("d{:07}/f{file:010}", file / 1_000)
}

/// The first number for which it no longer holds.
fn partition(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = u64::midpoint(low, high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

const OUTPUTS: &str = r#"{"task_arn":"arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b","source_location_arn":"","destination_location_arn":"","file_system_id":"","file_system_arn":"","destination_bucket":"data","destination_prefix":"backup/","log_group":"","instance":null}"#;

/// One part as it would be of a report on so many files.
pub(crate) fn first_part(kind: &str) -> String {
    part(kind == "transferred", 1, ROWS_A_PART, 1)
}

/// Rows come in no order: the numbers of files are coprime to 7,919.
fn part(transferred: bool, number: u64, files: u64, spread: u64) -> String {
    let field = if transferred { "Transferred" } else { "Verified" };
    let mut json = format!(r#"{{"TaskExecutionId":"{EXECUTION}","{field}":["#);
    let rows = (number - 1) * ROWS_A_PART..(number * ROWS_A_PART).min(files);
    for row in rows {
        let file = row * 7_919 % files * spread;
        let meta = r#"{"Type":"Regular","ContentSize":6,"Mtime":"2022-01-07T16:59:26.136114671Z","Atime":"2022-01-07T16:59:26.136114671Z","Uid":1000,"Gid":100,"Mode":"0644"}"#;
        let comma = if json.ends_with('[') { "" } else { "," };
        let name = name(file);
        if transferred {
            write!(json, r#"{comma}{{"RelativePath":"/{name}","SrcMetadata":{meta},"Overwrite":"False","DstS3VersionId":"{file:032}","TransferTimestamp":"2022-01-07T17:00:00.000Z","TransferType":"CONTENT_AND_METADATA","TransferStatus":"SUCCESS"}}"#).unwrap();
        } else {
            write!(json, r#"{comma}{{"RelativePath":"/{name}","SrcMetadata":{meta},"SrcChecksum":"SHA256:{file:064}","DstMetadata":{meta},"DstChecksum":"SHA256:{file:064}","VerifyTimestamp":"2022-01-07T17:00:00.000Z","VerifyStatus":"SUCCESS"}}"#).unwrap();
        }
    }
    json + "]}"
}
