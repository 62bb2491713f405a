//! The file system's own policy: TLS for everybody, access by IAM alone.
//!
//! Without a policy whoever reaches a mount target has full access (EFS User Guide, "Using IAM to
//! control file system data access"). With this one, clients that present no IAM identity are
//! refused.

use serde_json::{Value, json};

use super::document;

/// Denies what comes without TLS. It allows nothing: whom the account's own policies let mount gets
/// in by them, and an anonymous client has none.
pub(crate) fn file_system(arn: &str) -> Value {
    let mut tls = json!({ "Sid": "OnlyWithTls", "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "*", "Resource": arn });
    tls["Condition"] = json!({ "Bool": { "aws:SecureTransport": "false" } });
    document(&[tls])
}

#[cfg(test)]
mod tests {
    use super::super::statements;
    use super::*;

    #[test]
    fn nothing_passes_without_tls_and_nobody_is_let_in_by_it() {
        insta::assert_snapshot!(statements(&file_system("${file-system.arn}")), @r#"
        Sid: "OnlyWithTls"
        Effect: "Deny"
        Principal: {"AWS":"*"}
        Action: "*"
        Resource: "${file-system.arn}"
        Condition: {"Bool":{"aws:SecureTransport":"false"}}
        "#);
    }
}
