//! The instance's role: it mounts the file system, and writes to it. What the agents need comes
//! from managed policies.

use domain::names::Names;
use serde_json::{Value, json};

use super::{allow_statement, policy_document};

/// Lets instances of ours use the role. EC2 sets `aws:SourceAccount` for none of its calls to
/// `AssumeRole`: a role is only given to an instance by somebody who may pass it.
pub(crate) fn ec2_trust(names: &Names) -> Value {
    let service = names.ec2_principal();
    policy_document(&[json!({ "Effect": "Allow", "Principal": { "Service": service },
            "Action": "sts:AssumeRole" })])
}

/// Read and write as root, through TLS, on this file system (EFS User Guide, "Using IAM to control
/// file system data access").
pub(crate) fn instance_access(file_system_arn: &str) -> Value {
    let actions = [
        "elasticfilesystem:ClientMount",
        "elasticfilesystem:ClientRootAccess",
        "elasticfilesystem:ClientWrite",
    ];
    let mut mount = allow_statement("MountFileSystem", &json!(actions), &json!(file_system_arn));
    mount["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    policy_document(&[mount])
}

#[cfg(test)]
mod tests {
    use super::super::statement_lines;
    use super::*;
    use crate::testing::stack_names;

    #[test]
    fn the_instance_mounts_and_nothing_else() {
        insta::assert_snapshot!(statement_lines(&ec2_trust(&stack_names())), @r#"
        Effect: "Allow"
        Principal: {"Service":"ec2.amazonaws.com"}
        Action: "sts:AssumeRole"
        "#);
        insta::assert_snapshot!(statement_lines(&instance_access("${file-system.arn}")), @r#"
        Sid: "MountFileSystem"
        Effect: "Allow"
        Action: ["elasticfilesystem:ClientMount","elasticfilesystem:ClientRootAccess","elasticfilesystem:ClientWrite"]
        Resource: "${file-system.arn}"
        Condition: {"Bool":{"aws:SecureTransport":"true"}}
        "#);
    }
}
