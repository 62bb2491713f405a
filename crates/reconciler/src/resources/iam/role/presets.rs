//! Desired states of roles, built step by step.

use serde_json::Value;

use super::Role;

impl Role {
    /// A role with an inline policy, or with none if `policy` is null.
    #[must_use]
    pub fn new(name: impl Into<String>, trust: Value, policy: Value) -> Self {
        Self {
            name: name.into(),
            trust,
            policy,
            managed_policy_arns: Vec::new(),
            other_policies: Vec::new(),
            permissions_boundary_arn: None,
        }
    }

    /// The role with these managed policies, by ARN.
    #[must_use]
    pub fn with_managed_policies(self, mut arns: Vec<String>) -> Self {
        arns.sort();
        Self { managed_policy_arns: arns, ..self }
    }
}
