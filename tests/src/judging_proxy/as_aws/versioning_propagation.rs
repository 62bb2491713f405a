//! For up to 15 minutes after a bucket's versioning is first enabled, a GET of an object that was
//! written meanwhile may answer `NoSuchKey` (S3 User Guide, "Enabling versioning on buckets"). Here
//! the first GET of each object that was written in the first seconds does. The local cloud shows
//! everything at once.
//!
//! Only in the records bucket: in the destination nothing is looked for before the versioning is
//! old, which a custom endpoint counts as from the beginning (`docs/ARCHITECTURE.md`,
//! "Invariants").

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use tokio::time::Instant;

use super::Answer;
use super::refusals::refusal_with_body;

/// For so long after the first enabling, what is written is hidden once. On AWS minutes; a deploy
/// in the tests takes seconds.
const WINDOW: Duration = Duration::from_secs(5);

/// When the versioning of buckets was first enabled, and the objects that are to be hidden once.
#[derive(Debug, Default)]
pub(super) struct VersioningPropagation {
    enabled: HashMap<String, Instant>,
    hidden: HashSet<String>,
    refused: usize,
}

impl VersioningPropagation {
    /// The reads that were refused so far.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }

    pub(super) fn refuse(&mut self, service: &str, head: &Parts) -> Option<Answer> {
        let is_read =
            service == "s3" && head.method == Method::GET && head.uri.query().is_none_or(is_plain);
        if !is_read || !self.hidden.remove(head.uri.path()) {
            return None;
        }
        self.refused += 1;
        let error = "<Error><Code>NoSuchKey</Code><Message>The specified key does not \
            exist.</Message></Error>";
        Some(refusal_with_body(StatusCode::NOT_FOUND, "application/xml", error.to_owned()))
    }

    pub(super) fn remember(&mut self, service: &str, head: &Parts, now: Instant) {
        let path = head.uri.path();
        let Some(bucket) =
            path.split('/').nth(1).filter(|bucket| service == "s3" && bucket.contains("-records-"))
        else {
            return;
        };
        if head.method == Method::DELETE && path.trim_matches('/') == bucket {
            self.enabled.remove(bucket);
        } else if head.method == Method::PUT
            && head.uri.query().is_some_and(|query| query.starts_with("versioning"))
        {
            self.enabled.entry(bucket.to_owned()).or_insert(now);
        } else if head.method == Method::PUT && head.uri.query().is_none_or(is_plain) {
            let is_young = self.enabled.get(bucket).is_some_and(|enabled| now < *enabled + WINDOW);
            if is_young {
                self.hidden.insert(path.to_owned());
            }
        }
    }
}

/// The SDK names the operation in the query.
fn is_plain(query: &str) -> bool {
    query.starts_with("x-id=") && !query.contains('&')
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn test_request(method: &str, uri: &str) -> Parts {
        Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_written_while_versioning_was_young_is_hidden_once() {
        let now = Instant::now();
        let mut bucket = VersioningPropagation::default();
        let get = |key: &str| test_request("GET", &format!("/a-records-1/{key}?x-id=GetObject"));
        let put = |key: &str| test_request("PUT", &format!("/a-records-1/{key}?x-id=PutObject"));
        bucket.remember("s3", &put("before"), now);
        bucket.remember("s3", &test_request("PUT", "/a-records-1?versioning"), now);
        bucket.remember("s3", &put("young"), now + WINDOW / 2);
        bucket.remember("s3", &put("old"), now + WINDOW);
        bucket.remember("s3", &test_request("PUT", "/a-records-1?versioning"), now + WINDOW);
        bucket.remember("s3", &put("older"), now + WINDOW);
        for key in ["before", "old", "older"] {
            assert!(bucket.refuse("s3", &get(key)).is_none(), "{key}");
        }
        assert_eq!(bucket.refuse("s3", &get("young")).unwrap().status, StatusCode::NOT_FOUND);
        assert!(bucket.refuse("s3", &get("young")).is_none());
    }
}
