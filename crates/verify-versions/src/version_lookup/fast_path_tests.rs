//! The fast path and the SDK's client find the same, whatever answers the fast path receives.

use aws::clients;
use aws_config::SdkConfig;
use aws_fakes::socket::{Head, Socket};
use futures::future::join_all;
use s3_fast_path::FastPath;
use s3_fast_path::head::FastHeadClient;

use crate::testing::verification::data_bucket;
use crate::version_lookup::VersionLookup;

/// The answers of S3 for the key, and for its version `v1`.
const TRUTHS: [(&str, &str); 9] = [
    (V1, V1),
    (V2, V1),
    (V2, "404 Not Found"),
    ("404 Not Found\r\nx-amz-delete-marker: true", V1),
    (
        "404 Not Found\r\nx-amz-delete-marker: true",
        "405 Method Not Allowed\r\nx-amz-delete-marker: true",
    ),
    ("404 Not Found", "404 Not Found"),
    ("403 Forbidden", "403 Forbidden"),
    (V2, "400 Bad Request"),
    ("200 OK\r\nx-amz-version-id: v1\r\ntransfer-encoding: chunked", V1),
];
const V1: &str = "200 OK\r\ncontent-length: 5\r\nx-amz-version-id: v1
\
    x-amz-meta-file-mtime: 7ns
\
    x-amz-meta-file-permissions: 0100640\r\nx-amz-storage-class: GLACIER";
const V2: &str = "200 OK\r\ncontent-length: 6\r\nx-amz-version-id: v2";

/// The answers to a request of the fast path instead; an empty one is a closed connection.
const TROUBLES: [&str; 11] = [
    "HTTP/1.1 503 Slow Down\r\n\r\n",
    "HTTP/1.1 500 Internal Server Error\r\n\r\n",
    "HTTP/1.1 429 Too Many Requests\r\n\r\n",
    "HTTP/1.1 403 Forbidden\r\ndate: Mon, 23 Nov 2026 10:00:00 GMT\r\n\r\n",
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    "HTTP/1.1 301 Moved Permanently\r\nx-amz-bucket-region: eu-west-1\r\n\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n\r\n",
    "HTTP/1.1 200 OK\r\nx-amz-version-id: v1\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nx-amz-version-id: v1\r\nx-amz-version-id: v0\r\n\r\n",
    "this is not HTTP\r\n\r\n",
    "",
];

fn is_fast_request(head: &Head) -> bool {
    head.contains(&"user-agent: efs-s3".to_owned())
}

async fn start_server(
    truth: (&'static str, &'static str),
    trouble: Option<&'static str>,
) -> (Socket, SdkConfig) {
    let socket = Socket::answering(move |head| match trouble.filter(|_| is_fast_request(head)) {
        Some(trouble) => trouble.as_bytes().to_vec(),
        None => {
            let answer = if head[0].contains("versionId=v1") { truth.1 } else { truth.0 };
            format!("HTTP/1.1 {answer}\r\n\r\n").into_bytes()
        }
    });
    let socket = socket.await;
    let config = clients::local_config(&socket.url, "eu-central-1", "111122223333");
    (socket, config)
}

async fn find_v1(config: &SdkConfig, is_fast: bool) -> String {
    let heads = {
        let fast_path = if is_fast { FastPath::On } else { FastPath::Off };
        FastHeadClient::new(config, fast_path)
    };
    let lookup = VersionLookup::new(&clients::s3(config), &data_bucket())
        .with_fast_heads(heads.as_ref())
        .await;
    let found = lookup.find_version("a b", "v1").await;
    format!("{:?}", found.map_err(|failure| failure.to_string()))
}

#[tokio::test]
async fn trouble_on_the_fast_path_changes_no_finding() {
    let cases = TRUTHS.into_iter().flat_map(|truth| {
        TROUBLES.map(Some).into_iter().chain([None]).map(move |trouble| async move {
            let (socket, config) = start_server(truth, trouble).await;
            let by_the_sdk = find_v1(&config, false).await;
            assert!(!socket.asked().iter().any(is_fast_request));
            assert_eq!(find_v1(&config, true).await, by_the_sdk, "{truth:?} {trouble:?}");
            assert!(socket.asked().iter().any(is_fast_request), "{truth:?} {trouble:?}");
        })
    });
    let cases = join_all(cases).await.len();
    measurements::proven("fast requests in trouble: the SDK's finding stands", cases, "cases");
    assert_eq!(cases, TRUTHS.len() * (TROUBLES.len() + 1));
}

#[tokio::test]
async fn an_answer_of_the_fast_path_is_not_requested_again() {
    for (truth, requests) in [(TRUTHS[0], 1), (TRUTHS[1], 2), (TRUTHS[4], 2), (TRUTHS[5], 2)] {
        let (socket, config) = start_server(truth, None).await;
        find_v1(&config, true).await;
        let asked = socket.asked();
        assert_eq!(asked.len(), requests, "{asked:?}");
        assert!(asked.iter().all(is_fast_request));
    }
}
