//! The room that a role has for inline policies.

use reconciler::resources::iam::role::INLINE_LIMIT;
use serde_json::{Value, json};

use super::policy_document;

/// The way in which a policy names the resources of many syncs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// Each region, bucket and kind of role by itself.
    Exact,
    /// By patterns, where each by itself would not fit.
    Patterns,
}

/// Returns the policy of a role: the exact one, if there is room for it, otherwise the one with
/// patterns. Where even that is too long, the names of the statements are left out, and lists of
/// one item are written as the item: both mean the same to IAM (IAM User Guide, "Grammar of the IAM
/// JSON policy language").
pub(super) fn inline_policy(statements: impl Fn(Precision) -> Vec<Value>) -> Value {
    for precision in [Precision::Exact, Precision::Patterns] {
        let policy = policy_document(statements(precision));
        if policy.to_string().len() <= INLINE_LIMIT {
            return policy;
        }
    }
    policy_document(statements(Precision::Patterns).iter().map(shorten_statement).collect())
}

fn shorten_statement(statement: &Value) -> Value {
    let fields = statement.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, _)| *name != "Sid").map(|(name, value)| {
        let value = match value.as_array().map(Vec::as_slice) {
            Some([item]) => item,
            _ => value,
        };
        (name.clone(), json!(value))
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(resource: &str) -> Value {
        json!({ "Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"],
            "Resource": [resource, "b"] })
    }

    #[test]
    fn a_policy_is_as_exact_as_there_is_room() {
        let long = "a".repeat(INLINE_LIMIT);
        let policy = |exact: &str, pattern: &str| {
            let policy = inline_policy(|precision| match precision {
                Precision::Exact => vec![statement(exact)],
                Precision::Patterns => vec![statement(pattern)],
            });
            policy["Statement"][0].clone()
        };
        assert_eq!(policy("exact", "*"), statement("exact"));
        assert_eq!(policy(&long, "*"), statement("*"));
        let expected =
            json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": [long, "b"] });
        assert_eq!(policy(&long, &long), expected);
    }
}
