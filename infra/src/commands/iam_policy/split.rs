//! Splits statements into managed policies: one holds 6,144 characters, not counting white space
//! (IAM User Guide, "IAM and AWS STS quotas").

use serde::Serialize;
use serde_json::{Value, json};

/// The number of characters that one managed policy holds.
pub(crate) const LIMIT: usize = 6_144;

/// A managed policy.
#[derive(Debug, Serialize)]
pub(crate) struct NamedPolicy {
    pub name: String,
    pub policy: Value,
}

/// Puts each statement into the first policy with enough room, in order. The first policy is named
/// `name`, the others `name-2` and so on.
pub(crate) fn split_into_policies(
    statements: Vec<Value>,
    name: &str,
    limit: usize,
) -> Vec<NamedPolicy> {
    let mut policies: Vec<Vec<Value>> = Vec::new();
    for statement in statements {
        let room = policies
            .iter_mut()
            .find(|policy| policy_size(policy) + 1 + statement.to_string().len() <= limit);
        match room {
            Some(policy) => policy.push(statement),
            None => policies.push(vec![statement]),
        }
    }
    let numbered = policies.into_iter().enumerate();
    numbered.map(|(index, statements)| named_policy(name, index, &statements)).collect()
}

fn named_policy(name: &str, index: usize, statements: &[Value]) -> NamedPolicy {
    let name = if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) };
    NamedPolicy { name, policy: policy_document(statements) }
}

fn policy_document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn policy_size(statements: &[Value]) -> usize {
    policy_document(statements).to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_no_policy_is_too_long() {
        let statements: Vec<_> = (0..40).map(|n| json!({ "Sid": "x".repeat(n * 3) })).collect();
        let policies = split_into_policies(statements.clone(), "backup", 300);
        assert!(policies.iter().all(|policy| policy.policy.to_string().len() <= 300));
        assert_eq!((policies[0].name.as_str(), policies[1].name.as_str()), ("backup", "backup-2"));
        let mut all: Vec<_> = policies
            .iter()
            .flat_map(|policy| policy.policy["Statement"].as_array().unwrap().clone())
            .collect();
        all.sort_by_key(|statement| statement.to_string().len());
        assert_eq!(all, statements);
    }
}
