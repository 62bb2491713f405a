//! The calls that moto does not know and that a stack cannot do without, answered in its place, and
//! what its answers lack.

use std::collections::HashSet;

use hyper::HeaderMap;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::fault_proxy::{Answer, Call};

const FILE_SYSTEMS: &str = "/2015-02-01/file-systems/";
/// The revision that each policy of a log group has here.
const REVISION: &str = "1";
const POLICY_NOT_FOUND: &str = "PolicyNotFound";

/// EFS: moto 5.2.5 keeps the policy of a file system and never removes it. CloudWatch Logs: it
/// knows no revisions.
#[derive(Debug, Default)]
pub(super) struct MotoGaps {
    /// The paths of policies that were removed.
    removed_policies: HashSet<String>,
}

impl MotoGaps {
    pub(super) fn answer_gap(&mut self, call: &Call) -> Option<Answer> {
        let (method, path) = policy_of_file_system(call)?;
        match method {
            "DELETE" => {
                self.removed_policies.insert(path.to_owned());
                Some(answer_gap(StatusCode::OK, HeaderMap::new(), String::new()))
            }
            "GET" if self.removed_policies.contains(path) => Some(policy_not_found()),
            _ => None,
        }
    }

    /// Takes in a call that succeeded.
    pub(super) fn remember(&mut self, call: &Call) {
        if let Some(("PUT", path)) = policy_of_file_system(call) {
            self.removed_policies.remove(path);
        }
    }
}

/// Adds the revision that a policy of a log group has on AWS, and by which alone it is removed
/// (CloudWatch Logs API reference, `ResourcePolicy`).
pub(super) fn add_revisions(call: &Call, answer: Answer) -> Answer {
    if (call.service.as_str(), call.operation.as_str()) != ("logs", "DescribeResourcePolicies") {
        return answer;
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
    for policy in body["resourcePolicies"].as_array_mut().into_iter().flatten() {
        policy["revisionId"] = json!(REVISION);
    }
    let mut headers = answer.headers;
    headers.remove(CONTENT_LENGTH);
    Answer { status: answer.status, headers, body: Bytes::from(body.to_string()) }
}

fn policy_of_file_system(call: &Call) -> Option<(&str, &str)> {
    let (method, path) = call.operation.split_once(' ')?;
    let is_policy = path.starts_with(FILE_SYSTEMS) && path.ends_with("/policy");
    (call.service == "elasticfilesystem" && is_policy).then_some((method, path))
}

fn answer_gap(status: StatusCode, headers: HeaderMap, body: String) -> Answer {
    Answer { status, headers, body: Bytes::from(body) }
}

fn policy_not_found() -> Answer {
    let headers = HeaderMap::from_iter([
        (HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(POLICY_NOT_FOUND)),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ]);
    let body = json!({ "ErrorCode": POLICY_NOT_FOUND, "Message": "The policy was removed." });
    answer_gap(StatusCode::NOT_FOUND, headers, body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_log_groups_get_a_revision() {
        let call = |operation: &str| Call {
            service: "logs".into(),
            region: String::new(),
            operation: operation.into(),
            mutates: false,
            fingerprint: String::new(),
        };
        let body = r#"{"resourcePolicies":[{"policyName":null}]}"#;
        let added = |operation: &str| {
            let given = answer_gap(StatusCode::OK, HeaderMap::new(), body.to_owned());
            String::from_utf8(add_revisions(&call(operation), given).body.to_vec()).unwrap()
        };
        let expected = r#"{"resourcePolicies":[{"policyName":null,"revisionId":"1"}]}"#;
        assert_eq!(added("DescribeResourcePolicies"), expected);
        assert_eq!(added("DescribeLogGroups"), body);
    }

    #[test]
    fn a_policy_that_was_removed_is_gone_until_it_is_put_again() {
        let call = |method: &str| Call {
            service: "elasticfilesystem".into(),
            region: String::new(),
            operation: format!("{method} /2015-02-01/file-systems/fs-1/policy"),
            mutates: method != "GET",
            fingerprint: String::new(),
        };
        let mut gaps = MotoGaps::default();
        let mut status = |call: &Call| gaps.answer_gap(call).map(|answer| answer.status.as_u16());
        assert_eq!(status(&call("GET")), None);
        assert_eq!(status(&call("DELETE")), Some(200));
        assert_eq!(status(&call("GET")), Some(404));
        assert_eq!(status(&call("PUT")), None);
        gaps.remember(&call("PUT"));
        assert!(gaps.answer_gap(&call("GET")).is_none());
    }
}
