//! One call as it is judged and recorded.

use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::principal::Principal;
use crate::fault_proxy::{Answer, call};

/// Bodies above this are recorded without what makes them large.
const LARGEST: usize = 256 << 10;
/// So much of a body tells the operation of the query protocol.
const BEGINNING: usize = 4096;
/// What is sent and delivered: nothing that a later verdict depends on.
const DELIVERIES: [&str; 9] = [
    "DeleteMessage",
    "PutEvents",
    "PutLogEvents",
    "PutMetricData",
    "Publish",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
    "CreateLogStream",
];
/// Reads whose answers say what belongs to what.
const TELLING: [&str; 2] = ["DescribeRouteTables", "DescribeMountTargets"];

/// A signed request, with what tells it from others.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) principal: String,
    pub(super) judged: bool,
    pub(super) service: String,
    pub(super) account: String,
    pub(super) method: String,
    /// With the query.
    pub(super) path: String,
    /// As in [`call::operation`].
    pub(super) operation: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether a later verdict may depend on it.
    pub(super) mutates: bool,
    /// Whether its answer says what belongs to what.
    pub(super) tells: bool,
    /// The same for two calls that ask IAM the same.
    pub(super) verdict_key: [u8; 16],
    /// The same for two calls of which one is recorded.
    pub(super) record_key: [u8; 16],
}

/// A call as the judge reads it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Wire<'a> {
    n: u64,
    principal: &'a str,
    judged: bool,
    method: &'a str,
    path: &'a str,
    headers: &'a [(String, String)],
    /// In base 64.
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answer_headers: Vec<(String, String)>,
    answer: String,
}

impl Seen {
    /// `None` for a request without a signature.
    pub(super) fn from_request(
        number: u64,
        principal: &Principal,
        head: &Parts,
        body: &Bytes,
    ) -> Option<Self> {
        let scope =
            head.headers.get("authorization")?.to_str().ok()?.split("Credential=").nth(1)?;
        let account = scope.split('/').next()?.to_owned();
        let service = scope.split('/').nth(3)?.to_owned();
        let operation = call::operation_of(head, &body[..body.len().min(BEGINNING)]);
        let object = service == "s3" && is_object(head.uri.path());
        let invocation = head.uri.path().ends_with("/invocations");
        let target = operation.split(' ').next().unwrap_or_default();
        let tells = TELLING.contains(&target)
            || (head.method == "GET" && head.uri.path().contains("mount-targets"));
        let delivers = DELIVERIES.contains(&target) || object || invocation;
        let kept = kept_body(&service, object, invocation, head, body);
        let mut seen = Self {
            number,
            principal: principal.0.clone(),
            judged: principal.has_role(),
            account,
            method: head.method.to_string(),
            path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            headers: header_pairs(&head.headers),
            mutates: call::is_mutation(head, &operation) && !delivers,
            operation: operation.clone(),
            tells,
            verdict_key: [0; 16],
            record_key: [0; 16],
            body: kept,
            service,
        };
        let describes = seen.service == "ec2" && target.starts_with("Describe");
        let asked = if describes { operation.into_bytes() } else { seen.body.clone() };
        seen.verdict_key = seen.digest_of(&asked, object);
        seen.record_key =
            if describes { seen.digest_of(&seen.body, object) } else { seen.verdict_key };
        Some(seen)
    }

    fn digest_of(&self, body: &[u8], object: bool) -> [u8; 16] {
        let path = if object { generalize_path(&self.path) } else { self.path.clone() };
        let target = self
            .headers
            .iter()
            .find(|(name, _)| name == "x-amz-target")
            .map_or("", |(_, value)| value.as_str());
        let mut digest = Sha256::new();
        for part in
            [self.principal.as_str(), &self.account, &self.service, &self.method, &path, target]
        {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        // Which headers there are decides what is asked for: a retention, a condition, tags.
        let asking = |name: &str| {
            name.starts_with("x-amz-") && !name.contains("date") && !name.contains("sha256")
        };
        for (name, _) in self
            .headers
            .iter()
            .filter(|(name, _)| object && (asking(name) || name.starts_with("if-")))
        {
            digest.update(name.as_bytes());
            digest.update([0]);
        }
        digest.update(body);
        let mut key = [0; 16];
        key.copy_from_slice(&digest.finalize()[..16]);
        key
    }

    /// The same call under another number.
    pub(super) fn with_number(self, number: u64) -> Self {
        Self { number, ..self }
    }

    /// The body without what is large and says nothing.
    pub(super) fn kept_body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn wire_form(&self) -> Wire<'_> {
        Wire {
            n: self.number,
            principal: &self.principal,
            judged: self.judged,
            method: &self.method,
            path: &self.path,
            headers: &self.headers,
            body: base64(&self.body),
            status: None,
            answer_headers: Vec::new(),
            answer: String::new(),
        }
    }

    pub(super) fn wire_form_with_answer(&self, answer: &Answer) -> Wire<'_> {
        // What objects hold teaches nothing.
        let kept = if self.service == "s3" { 0 } else { answer.body.len().min(4 * LARGEST) };
        Wire {
            status: Some(answer.status.as_u16()),
            answer_headers: header_pairs(&answer.headers),
            answer: base64(&answer.body[..kept]),
            ..self.wire_form()
        }
    }
}

fn header_pairs(headers: &hyper::HeaderMap) -> Vec<(String, String)> {
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// `/bucket/key`
fn is_object(path: &str) -> bool {
    path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty())
}

/// The path of an object without what varies from object to object: numbers and digests in the
/// records bucket, all but the first directory elsewhere; of the query its names.
fn generalize_path(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    let key = match key.split_once('/') {
        _ if bucket.contains("-records-") => without_numbers(key),
        Some((first, _)) => format!("{}/*", without_numbers(first)),
        None => "*".to_owned(),
    };
    let names: Vec<&str> =
        query.split('&').map(|field| field.split('=').next().unwrap_or(field)).collect();
    format!("{bucket}/{key}?{}", names.join("&"))
}

/// Runs of digits and of hexadecimal digits of 16 or more as one character.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let digest = word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if digest {
            out.push('#');
        } else {
            let mut in_number = false;
            for letter in word.chars() {
                if !(in_number && letter.is_ascii_digit()) {
                    out.push(if letter.is_ascii_digit() { '#' } else { letter });
                }
                in_number = letter.is_ascii_digit();
            }
        }
        out.push_str(&part[word.len()..]);
    }
    out
}

/// The body without what is large and says nothing: contents, payloads, code.
fn kept_body(service: &str, object: bool, invocation: bool, head: &Parts, body: &Bytes) -> Vec<u8> {
    let listed = head
        .uri
        .query()
        .is_some_and(|query| query.starts_with("delete") || query.starts_with("uploadId"));
    if invocation || (object && !(head.method == "POST" && listed)) {
        return Vec::new();
    }
    if service == "lambda" && body.len() > LARGEST { without_code(body) } else { body.to_vec() }
}

/// `CreateFunction` and `UpdateFunctionCode` with an empty archive.
fn without_code(body: &[u8]) -> Vec<u8> {
    const FIELD: &[u8] = b"\"ZipFile\":";
    let cut = || {
        let field = body.windows(FIELD.len()).position(|part| part == FIELD)? + FIELD.len();
        let begin = field + body[field..].iter().position(|byte| *byte == b'"')? + 1;
        let end = begin + body[begin..].iter().position(|byte| *byte == b'"')?;
        Some([&body[..begin], b"UEs=", &body[end..]].concat())
    };
    cut().unwrap_or_default()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_in_names_of_objects_is_left_out() {
        let run = generalize_path("/a-records-1/runs/exec-0123456789abcdef0.json?x-id=GetObject");
        assert_eq!(run, "a-records-1/runs/exec-#.json?x-id");
        assert_ne!(
            generalize_path("/a-records-1/state/outputs.json"),
            generalize_path("/a-records-1/state/pause.json")
        );
        assert_eq!(generalize_path("/a-data-1/tree/a/b"), generalize_path("/a-data-1/tree/c"));
    }

    #[test]
    fn code_is_cut_out_of_a_request() {
        let body = br#"{"Code":{"ZipFile": "AAAA"},"Role":"r"}"#;
        assert_eq!(without_code(body), br#"{"Code":{"ZipFile": "UEs="},"Role":"r"}"#);
    }

    #[test]
    fn base_64_is_padded() {
        assert_eq!(
            [base64(b""), base64(b"f"), base64(b"fo"), base64(b"foo")],
            ["", "Zg==", "Zm8=", "Zm9v"]
        );
    }
}
