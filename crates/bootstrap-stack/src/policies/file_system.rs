//! The file system's own policy: TLS for everybody, access by IAM alone.
//!
//! Without a policy every client that reaches a mount target has full access (EFS User Guide,
//! "Using IAM to control file system data access"). With this one, clients without an IAM identity
//! are denied.

use serde_json::{Value, json};

use super::policy_document;

/// Denies access without TLS. It allows nothing: the identity policies of the account allow
/// mounting, and an anonymous client has none.
pub(crate) fn file_system_policy(arn: &str) -> Value {
    let mut tls = json!({ "Sid": "OnlyWithTls", "Effect": "Deny", "Principal": { "AWS": "*" },
        "Action": "*", "Resource": arn });
    tls["Condition"] = json!({ "Bool": { "aws:SecureTransport": "false" } });
    policy_document(&[tls])
}

#[cfg(test)]
mod tests {
    use super::super::statement_lines;
    use super::*;

    #[test]
    fn access_without_tls_is_denied_and_nothing_is_allowed() {
        insta::assert_snapshot!(statement_lines(&file_system_policy("${file-system.arn}")), @r#"
        Sid: "OnlyWithTls"
        Effect: "Deny"
        Principal: {"AWS":"*"}
        Action: "*"
        Resource: "${file-system.arn}"
        Condition: {"Bool":{"aws:SecureTransport":"false"}}
        "#);
    }
}
