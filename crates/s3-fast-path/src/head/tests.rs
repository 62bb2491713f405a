//! The SDK's client and the fast path, side by side over a socket: the same request, and the same
//! reading of the answer.

use std::collections::HashMap;

use aws::exact_key::exact_key;
use aws_fakes::socket::{Head, Socket};
use aws_sdk_s3::config::retry::RetryConfig;

use super::*;

async fn both_clients(socket: &Socket) -> (Client, BucketHeadClient) {
    let config = clients::local_config(&socket.url, "eu-central-1", "111122223333");
    let once =
        clients::s3(&config).config().to_builder().retry_config(RetryConfig::disabled()).build();
    let client = Client::from_conf(once);
    let fast = FastHeadClient::new(&config, FastPath::On)
        .unwrap()
        .for_bucket(&client, "data", None)
        .await
        .unwrap();
    (client, fast)
}

fn header_of(head: &Head, name: &str) -> Option<String> {
    let found =
        head.iter().find_map(|line| line.split_once(": ").filter(|(found, _)| *found == name));
    found.map(|(_, value)| value.to_owned())
}

const PIECES: [&str; 27] = [
    "a",
    "Z9",
    " ",
    "+",
    "%",
    "%2F",
    "/",
    "//",
    ".",
    "..",
    "/../",
    "ä",
    "日本",
    "😀",
    "?",
    "#",
    "&",
    "=",
    "~",
    "*",
    "'",
    "\"",
    "\\",
    "\u{7f}",
    "\n",
    ";,:@!$()",
    "<>[]{}|^`-_",
];

/// Requires the same request line, host and scope of the signature.
fn require_same_request(ours: &Head, theirs: &Head, key: &str) {
    let line_and_host = |head: &Head| (head[0].clone(), header_of(head, "host"));
    assert_eq!(line_and_host(ours), line_and_host(theirs), "{key:?}");
    let scope =
        |head| header_of(head, "authorization").unwrap().split(',').next().map(str::to_owned);
    assert_eq!(scope(ours), scope(theirs));
}

#[tokio::test]
async fn a_key_travels_as_the_sdk_sends_it() {
    let socket =
        Socket::answering(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n".to_vec()).await;
    let (client, fast) = both_clients(&socket).await;
    let mut asked = 0;
    for first in PIECES {
        for second in PIECES {
            let key = format!("{first}{second}");
            let version_id = (asked % 2 == 0).then_some(second);
            fast.head_object(&key, version_id).await.unwrap();
            let request = client.head_object().bucket("data").key(exact_key(&key));
            request.set_version_id(version_id.map(Into::into)).send().await.unwrap();
            let [ours, theirs] = &socket.asked()[..] else { panic!("two requests") };
            require_same_request(ours, theirs, &key);
            asked += 1;
        }
    }
    assert_eq!(asked, PIECES.len() * PIECES.len());
}

const SIZES: [&str; 7] = [
    "content-length: 0",
    "Content-Length: 7",
    "content-length: 5497558138880",
    "content-length: 18446744073709551616",
    "content-length: x",
    "content-length: 3\r\ncontent-length: 3",
    "x: y",
];

const VERSIONS: [&str; 5] = [
    "x-amz-version-id: null",
    "X-Amz-Version-Id:  3/L4kq+ ",
    "x-amz-version-id: a, b",
    "x-amz-version-id: a\r\nx-amz-version-id: b",
    "x: y",
];

const CLASSES: [&str; 5] = [
    "x-amz-storage-class: GLACIER",
    "x-amz-storage-class: NEW_ONE",
    "x-amz-storage-class:",
    "x-amz-storage-class: GLACIER\r\nx-amz-storage-class: GLACIER",
    "x: y",
];

const METADATA: [&str; 8] = [
    "x-amz-meta-file-mtime: 7ns\r\nx-amz-meta-file-owner: 0",
    "x-amz-meta-File-Owner: 1 ,2",
    "x-amz-meta-a: 1\r\nx-amz-meta-A: 2",
    "x-amz-meta-a: ä",
    "x-amz-missing-meta: 1",
    "x-amz-meta-: x\r\nx-amz-meta-b:",
    "x-amz-meta-a: =?UTF-8?B?w6Q=?=",
    "x: y",
];

/// Every combination of the headers.
fn all_heads() -> Vec<String> {
    let mut heads = Vec::new();
    for size in SIZES {
        for version in VERSIONS {
            for class in CLASSES {
                heads.extend(METADATA.map(|metadata| {
                    format!(
                        "HTTP/1.1 200 OK\r\n{size}\r\n{version}\r\n{class}\r\n{metadata}\r\n\r\n"
                    )
                }));
            }
        }
    }
    heads
}

fn require_same_reading(ours: &HeadObjectOutput, theirs: &HeadObjectOutput, head: &str) {
    let no_metadata = HashMap::new();
    assert_eq!(ours.content_length(), theirs.content_length(), "{head}");
    assert_eq!(ours.version_id(), theirs.version_id(), "{head}");
    assert_eq!(ours.storage_class(), theirs.storage_class(), "{head}");
    let theirs = theirs.metadata().unwrap_or(&no_metadata);
    assert_eq!(ours.metadata().unwrap_or(&no_metadata), theirs, "{head}");
}

#[tokio::test]
async fn headers_are_read_as_the_sdk_reads_them() {
    let answer = Arc::new(std::sync::Mutex::new(Vec::new()));
    let answers = answer.clone();
    let socket = Socket::answering(move |_| answers.lock().unwrap().clone()).await;
    let (client, _) = both_clients(&socket).await;
    let (mut read, mut fell_back) = (0, 0);
    for head in all_heads() {
        *answer.lock().unwrap() = head.clone().into_bytes();
        let (_, fast) = both_clients(&socket).await;
        let ours = match fast.head_object("a", None).await {
            Ok(HeadAnswer::Found(ours)) => ours,
            Ok(other) => panic!("{other:?} of {head}"),
            Err(_) => {
                fell_back += 1;
                continue;
            }
        };
        let theirs = client.head_object().bucket("data").key("a").send().await.unwrap();
        require_same_reading(&ours, &theirs, &head);
        read += 1;
    }
    assert_eq!((read, fell_back), (3 * 4 * 4 * 6, 7 * 5 * 5 * 8 - 3 * 4 * 4 * 6));
}

const ANSWERS: [(&str, Result<bool, Option<u16>>); 11] = [
    ("404 Not Found\r\n", Ok(false)),
    ("404 Not Found\r\nx-amz-delete-marker: true\r\n", Ok(true)),
    ("405 Method Not Allowed\r\nx-amz-delete-marker: true\r\n", Ok(true)),
    ("301 Moved Permanently\r\nx-amz-bucket-region: eu-west-1\r\n", Err(Some(301))),
    ("304 Not Modified\r\n", Err(Some(304))),
    ("206 Partial Content\r\ncontent-length: 1\r\n", Err(Some(206))),
    ("400 Bad Request\r\n", Err(Some(400))),
    ("403 Forbidden\r\n", Err(Some(403))),
    ("500 Internal Server Error\r\n", Err(Some(500))),
    ("503 Slow Down\r\n", Err(Some(503))),
    ("", Err(None)),
];

#[tokio::test]
async fn only_found_and_missing_are_answers() {
    for (answer, expected) in ANSWERS {
        let response =
            if answer.is_empty() { String::new() } else { format!("HTTP/1.1 {answer}\r\n") };
        let socket = Socket::answering(move |_| response.clone().into_bytes()).await;
        let (_, fast) = both_clients(&socket).await;
        let asked = match fast.head_object("a", None).await {
            Ok(HeadAnswer::Missing { delete_marker }) => Ok(delete_marker),
            Ok(found) => panic!("{found:?}"),
            Err(FallBackToSdk(status)) => Err(status),
        };
        assert_eq!(asked, expected, "{answer}");
    }
}

#[tokio::test]
async fn three_failures_in_a_row_end_the_fast_path() {
    const GOOD: &str = "200 OK\r\ncontent-length: 1";
    for (answers, trusted) in [
        (["403 Forbidden", "403 Forbidden", "403 Forbidden"], false),
        (["403 Forbidden", GOOD, "403 Forbidden"], true),
        (["503 Slow Down", "500 Internal Server Error", "429 Too Many Requests"], true),
    ] {
        let left = std::sync::Mutex::new(answers.into_iter());
        let socket = Socket::answering(move |_| {
            format!("HTTP/1.1 {}\r\n\r\n", left.lock().unwrap().next().unwrap()).into_bytes()
        });
        let (_, fast) = both_clients(&socket.await).await;
        for _ in answers {
            assert!(fast.is_trusted());
            let _ = fast.head_object("a", None).await;
        }
        assert_eq!(fast.is_trusted(), trusted, "{answers:?}");
    }
}

#[tokio::test]
async fn a_client_that_is_switched_off_does_not_exist() {
    let config = clients::local_config("http://127.0.0.1:1", "eu-central-1", "111122223333");
    assert!(FastHeadClient::new(&config, FastPath::On).is_some());
    assert!(FastHeadClient::new(&config, FastPath::Off).is_none());
}
