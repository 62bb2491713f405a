//! One call as it is judged and recorded.

mod body;
mod object_path;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::body::{LARGEST, base64, kept_body};
use self::object_path::{generalize_path, is_object};
use super::principal::Principal;
use crate::fault_proxy::{Answer, call};

/// So much of a body tells the operation of the query protocol.
const BEGINNING: usize = 4096;
/// Operations that deliver something: no later verdict depends on them.
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
    /// The operation, in the form of [`call::operation_of`].
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
        let header = |wanted: &str| self.headers.iter().find(|(name, _)| name == wanted);
        let text = |wanted: &str| header(wanted).map_or("", |(_, value)| value.as_str());
        let (target, role) = (text("x-amz-target"), text("x-amz-security-token"));
        let whose = [self.principal.as_str(), role, &self.account, &self.service];
        let what = [self.method.as_str(), &path, target];
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        let asking = names.filter(|name| object && is_asking(name));
        let mut digest = Sha256::new();
        for part in whose.into_iter().chain(what).chain(asking) {
            digest.update(part.as_bytes());
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

/// Whether the presence of a header decides what is asked for: a retention, a condition, tags.
fn is_asking(name: &str) -> bool {
    let of_amazon =
        name.starts_with("x-amz-") && !name.contains("date") && !name.contains("sha256");
    of_amazon || name.starts_with("if-")
}

fn header_pairs(headers: &hyper::HeaderMap) -> Vec<(String, String)> {
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}
