//! S3 answers a conditional write with 409 `ConditionalRequestConflict` where another operation on
//! the same key comes in between: nothing is decided, and the write has to be sent again (S3 API
//! reference, `PutObject`, `If-Match` and `If-None-Match`). Here the first conditional write of
//! each key meets such an operation. The local cloud never answers so.

use std::collections::HashSet;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::Answer;
use super::refusals::refusal_with_body;

const MESSAGE: &str =
    "The conditional request cannot succeed due to a conflicting operation against this resource.";

/// The paths whose first conditional write has been refused.
#[derive(Debug, Default)]
pub(super) struct ConditionalWrites(HashSet<String>);

impl ConditionalWrites {
    /// The writes that were refused so far.
    pub(super) fn refused(&self) -> usize {
        self.0.len()
    }

    pub(super) fn refuse(&mut self, service: &str, head: &Parts) -> Option<Answer> {
        let is_conditional =
            ["if-match", "if-none-match"].iter().any(|name| head.headers.contains_key(*name));
        if service != "s3" || head.method != Method::PUT || !is_conditional {
            return None;
        }
        let is_first = self.0.insert(head.uri.path().to_owned());
        let error = format!(
            "<Error><Code>ConditionalRequestConflict</Code><Message>{MESSAGE}</Message></Error>"
        );
        is_first.then(|| refusal_with_body(StatusCode::CONFLICT, "application/xml", error))
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::super::testing::body_text;
    use super::*;

    fn put(key: &str, condition: Option<(&str, &str)>) -> Parts {
        let request = Request::builder().method("PUT").uri(format!("/bucket/{key}"));
        let request = match condition {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_first_conditional_write_of_each_key_meets_a_conflict() {
        let mut writes = ConditionalWrites::default();
        assert!(writes.refuse("s3", &put("a", None)).is_none());
        let refusal = writes.refuse("s3", &put("a", Some(("if-none-match", "*")))).unwrap();
        assert_eq!(refusal.status, StatusCode::CONFLICT);
        assert!(body_text(&refusal).contains("<Code>ConditionalRequestConflict</Code>"));
        assert!(writes.refuse("s3", &put("a", Some(("if-none-match", "*")))).is_none());
        assert!(writes.refuse("s3", &put("a", Some(("if-match", "\"1\"")))).is_none());
        assert!(writes.refuse("s3", &put("b", Some(("if-match", "\"1\"")))).is_some());
        assert!(writes.refuse("lambda", &put("c", Some(("if-match", "\"1\"")))).is_none());
    }
}
