//! CloudWatch Logs takes the name of a policy or the ARN of its log group, never both, and a policy
//! of a log group is only removed by its last revision (terraform-provider-aws,
//! `internal/service/logs/resource_policy.go`: `ExactlyOneOf`; CloudWatch Logs API model
//! 2014-03-28, `DeleteResourcePolicy`). The local cloud takes both.

use serde_json::Value;

use super::refusals::json_refusal;
use super::{Answer, Call};

const OPERATIONS: [&str; 2] = ["PutResourcePolicy", "DeleteResourcePolicy"];

pub(super) fn refuse(call: &Call, body: &[u8]) -> Option<Answer> {
    if call.service != "logs" || !OPERATIONS.contains(&call.operation.as_str()) {
        return None;
    }
    let request: Value = serde_json::from_slice(body).ok()?;
    let names_policy = !request["policyName"].is_null();
    let names_group = !request["resourceArn"].is_null();
    let refused = |message| Some(json_refusal("InvalidParameterException", message));
    if names_policy == names_group {
        return refused("Exactly one of policyName and resourceArn must be specified.");
    }
    let has_revision =
        request["expectedRevisionId"].as_str().is_some_and(|revision| !revision.is_empty());
    if names_group && call.operation == "DeleteResourcePolicy" && !has_revision {
        return refused("expectedRevisionId is required to delete a resource-scoped policy.");
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{body_text, test_call};
    use super::*;

    #[test]
    fn a_policy_is_named_or_its_log_group_and_never_both() {
        let refused = |operation: &str, request: Value| {
            refuse(&test_call("logs", operation), request.to_string().as_bytes()).is_some()
        };
        for operation in OPERATIONS {
            assert!(refused(operation, json!({})), "{operation}");
            assert!(refused(
                operation,
                json!({ "policyName": "a", "resourceArn": "b", "expectedRevisionId": "1" })
            ));
            assert!(!refused(operation, json!({ "resourceArn": "b", "expectedRevisionId": "1" })));
            assert!(!refused(operation, json!({ "policyName": "a" })));
        }
        assert!(!refused("PutResourcePolicy", json!({ "resourceArn": "b" })));
        assert!(refused("DeleteResourcePolicy", json!({ "resourceArn": "b" })));
        assert!(!refused("DescribeResourcePolicies", json!({})));
        let both = refuse(&test_call("logs", OPERATIONS[0]), b"{}").unwrap();
        assert!(body_text(&both).contains("InvalidParameterException"));
    }
}
