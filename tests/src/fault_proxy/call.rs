//! Which operation of which service a request is, as far as it shows on the wire.

use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The name in the credential scope of the signature: `ec2`, `elasticfilesystem`, ….
    pub service: String,
    /// From the same scope.
    pub region: String,
    /// `CreateVpc`; for the services that speak REST, method and path.
    pub operation: String,
    pub mutates: bool,
    /// The same for two requests that ask the same.
    pub fingerprint: String,
}

impl Call {
    pub(crate) fn from_request(head: &Parts, body: &Bytes) -> Self {
        let service = credential_part(head, 3).unwrap_or_default().to_owned();
        let region = credential_part(head, 2).unwrap_or_default().to_owned();
        let operation = operation_of(head, body);
        let asked = [head.method.as_str(), &head.uri.to_string(), &operation];
        let mut digest = Sha256::new();
        asked.iter().for_each(|part| digest.update(part.as_bytes()));
        digest.update(body);
        let fingerprint = hex::encode(&digest.finalize()[..8]);
        Self { mutates: is_mutation(head, &operation), service, region, operation, fingerprint }
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.service, self.operation)
    }
}

/// A part of `Credential=<key>/<date>/<region>/<service>/aws4_request`.
pub(crate) fn credential_part(head: &Parts, part: usize) -> Option<&str> {
    let authorization = head.headers.get("authorization")?.to_str().ok()?;
    authorization.split("Credential=").nth(1)?.split('/').nth(part)
}

/// From the target of the JSON protocols, or the action of the query protocols, or method and path.
pub(crate) fn operation_of(head: &Parts, body: &[u8]) -> String {
    if let Some(target) = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let action = std::str::from_utf8(body)
        .ok()
        .and_then(|form| form.split('&').find_map(|field| field.strip_prefix("Action=")));
    match action {
        Some(action) => action.to_owned(),
        None => format!("{} {}", head.method, head.uri),
    }
}

pub(crate) fn is_mutation(head: &Parts, operation: &str) -> bool {
    if operation.contains(' ') {
        return !matches!(head.method.as_str(), "GET" | "HEAD");
    }
    !["Describe", "List", "Get"].iter().any(|reads| operation.starts_with(reads))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn call_for(method: &str, uri: &str, headers: &[(&str, &str)], body: &'static str) -> Call {
        let mut request = Request::builder().method(method).uri(uri);
        let scope = "AWS4-HMAC-SHA256 Credential=1/20261123/eu-central-1/ec2/aws4_request, \
            SignedHeaders=host";
        for (name, value) in headers.iter().chain(&[("authorization", scope)]) {
            request = request.header(*name, *value);
        }
        Call::from_request(
            &request.body(()).unwrap().into_parts().0,
            &Bytes::from_static(body.as_bytes()),
        )
    }

    #[test]
    fn each_protocol_names_its_operation() {
        let query = call_for("POST", "/", &[], "Action=CreateVpc&Version=2016-11-15");
        assert_eq!(
            (query.service.as_str(), query.operation.as_str(), query.mutates),
            ("ec2", "CreateVpc", true)
        );
        let json = call_for("POST", "/", &[("x-amz-target", "FmrsService.DescribeTask")], "{}");
        assert_eq!((json.operation.as_str(), json.mutates), ("DescribeTask", false));
        let rest = call_for("PUT", "/bucket?versioning", &[], "<x/>");
        assert_eq!((rest.operation.as_str(), rest.mutates), ("PUT /bucket?versioning", true));
        assert!(!call_for("HEAD", "/bucket", &[], "").mutates);
    }

    #[test]
    fn a_fingerprint_tells_requests_apart() {
        let list = |body| call_for("POST", "/", &[], body).fingerprint;
        assert_eq!(list("Action=DescribeVpcs&a=1"), list("Action=DescribeVpcs&a=1"));
        assert_ne!(list("Action=DescribeVpcs&a=1"), list("Action=DescribeVpcs&a=2"));
    }
}
