//! Whatever becomes of the direct requests, what is found is what the SDK's client finds.

use aws::clients;
use aws::direct_head::DirectHeads;
use aws_config::SdkConfig;
use aws_fakes::socket::{Head, Socket};
use futures::future::join_all;

use crate::look::Looker;

/// What S3 says of the key, and of its version `v1`.
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
const V1: &str = "200 OK\r\ncontent-length: 5\r\nx-amz-version-id: v1\r\nx-amz-meta-file-mtime: 7ns\r\n\
    x-amz-meta-file-permissions: 0100640\r\nx-amz-storage-class: GLACIER";
const V2: &str = "200 OK\r\ncontent-length: 6\r\nx-amz-version-id: v2";

/// What a direct request gets instead; nothing is a closed connection.
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

fn is_direct(head: &Head) -> bool {
    head.contains(&"user-agent: efs-s3".to_owned())
}

async fn server(
    truth: (&'static str, &'static str),
    trouble: Option<&'static str>,
) -> (Socket, SdkConfig) {
    let socket = Socket::answering(move |head| match trouble.filter(|_| is_direct(head)) {
        Some(trouble) => trouble.as_bytes().to_vec(),
        None => {
            let told = if head[0].contains("versionId=v1") { truth.1 } else { truth.0 };
            format!("HTTP/1.1 {told}\r\n\r\n").into_bytes()
        }
    });
    let socket = socket.await;
    let config = clients::local_config(&socket.url, "eu-central-1", "111122223333");
    (socket, config)
}

async fn found(config: &SdkConfig, directly: bool) -> String {
    let heads = DirectHeads::new(config).filter(|_| directly);
    let looker = Looker::new(&clients::s3(config), "data").directly(heads.as_ref()).await;
    let found = looker.version("a b", "v1").await;
    format!("{:?}", found.map_err(|failure| failure.to_string()))
}

#[tokio::test]
async fn trouble_on_the_direct_way_changes_nothing_that_is_found() {
    let cases = TRUTHS.into_iter().flat_map(|truth| {
        TROUBLES.map(Some).into_iter().chain([None]).map(move |trouble| async move {
            let (socket, config) = server(truth, trouble).await;
            let by_the_sdk = found(&config, false).await;
            assert!(!socket.asked().iter().any(is_direct));
            assert_eq!(found(&config, true).await, by_the_sdk, "{truth:?} {trouble:?}");
            assert!(socket.asked().iter().any(is_direct), "{truth:?} {trouble:?}");
        })
    });
    let cases = join_all(cases).await.len();
    measurements::proven("direct requests in trouble: the SDK's finding stands", cases, "cases");
    assert_eq!(cases, TRUTHS.len() * (TROUBLES.len() + 1));
}

#[tokio::test]
async fn what_is_answered_at_once_is_not_asked_again() {
    for (truth, requests) in [(TRUTHS[0], 1), (TRUTHS[1], 2), (TRUTHS[4], 2), (TRUTHS[5], 2)] {
        let (socket, config) = server(truth, None).await;
        found(&config, true).await;
        let asked = socket.asked();
        assert_eq!(asked.len(), requests, "{asked:?}");
        assert!(asked.iter().all(is_direct));
    }
}
