//! The policies of the flow log's role and of the VPC endpoints.

use domain::names::Names;
use serde_json::{Value, json};

use super::{allow_statement, policy_document, trust_in};

/// Lets flow logs of ours assume the role (VPC User Guide, "IAM role for publishing flow logs to
/// CloudWatch Logs").
pub(crate) fn flow_log_trust(names: &Names) -> Value {
    trust_in("vpc-flow-logs.amazonaws.com", names, names.regional_arn("ec2", "vpc-flow-log/*"))
}

/// The group exists already; `CreateLogGroup` is not given.
pub(crate) fn flow_log_access(names: &Names) -> Value {
    let log_group = names.log_group_arn(&names.flow_log_group());
    let actions = json!(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]);
    policy_document(&[
        allow_statement("WriteFlowLog", &actions, &json!([log_group, format!("{log_group}:*")])),
        // Describing groups can't be narrowed to one.
        allow_statement("FindLogGroup", &json!("logs:DescribeLogGroups"), &json!("*")),
    ])
}

/// Allows through the endpoint only the buckets of this account, and those from which the Systems
/// Manager agent fetches (Systems Manager User Guide, "SSM Agent communications with AWS managed S3
/// buckets"): packages can be fetched, and files can't leave the account.
///
/// `with_packages` adds the repository of Amazon Linux 2023, which `dnf` reads without a signature
/// (aws-samples/data-perimeter-policy-examples, `service_owned_resources.md`).
pub(crate) fn s3_endpoint_policy(names: &Names, with_packages: bool) -> Value {
    let (partition, region) = (names.partition(), &names.region);
    let agent = [
        "aws-ssm-",
        "aws-windows-downloads-",
        "amazon-ssm-",
        "amazon-ssm-packages-",
        "patch-baseline-snapshot-",
    ];
    let agent: Vec<_> =
        agent.map(|bucket| format!("arn:{partition}:s3:::{bucket}{region}/*")).to_vec();
    let mut own = allow_statement("OwnBuckets", &json!("s3:*"), &json!("*"));
    own["Principal"] = json!("*");
    own["Condition"] = json!({ "StringEquals": { "aws:ResourceAccount": names.account } });
    let mut fetch = allow_statement("SystemsManagerAgent", &json!("s3:GetObject"), &json!(agent));
    fetch["Principal"] = json!("*");
    let packages = format!("arn:{partition}:s3:::al2023-repos-{region}-de612dc2/*");
    let mut install =
        allow_statement("AmazonLinuxPackages", &json!("s3:GetObject"), &json!(packages));
    install["Principal"] = json!("*");
    let install = with_packages.then_some(install);
    policy_document(&[own, fetch].into_iter().chain(install).collect::<Vec<_>>())
}

/// Allows through the endpoint only identities of this account: credentials of another one can't
/// carry data out (aws-samples/data-perimeter-policy-examples, `default_endpoint_policy.json`, with
/// the account in place of the organisation).
pub(crate) fn interface_endpoint_policy(names: &Names) -> Value {
    let mut own = allow_statement("OwnIdentities", &json!("*"), &json!("*"));
    own["Principal"] = json!("*");
    own["Condition"] = json!({ "StringEquals": { "aws:PrincipalAccount": names.account } });
    policy_document(&[own])
}

#[cfg(test)]
mod tests {
    use super::super::statement_lines;
    use super::*;
    use crate::testing::stack_names;

    #[test]
    fn flow_logs_write_to_their_group() {
        insta::assert_snapshot!(statement_lines(&flow_log_trust(&stack_names())), @r#"
        Effect: "Allow"
        Principal: {"Service":"vpc-flow-logs.amazonaws.com"}
        Action: "sts:AssumeRole"
        Condition: {"StringEquals":{"aws:SourceAccount":"111122223333"},"StringLike":{"aws:SourceArn":"arn:aws:ec2:eu-central-1:111122223333:vpc-flow-log/*"}}
        "#);
        insta::assert_snapshot!(statement_lines(&flow_log_access(&stack_names())), @r#"
        Sid: "WriteFlowLog"
        Effect: "Allow"
        Action: ["logs:CreateLogStream","logs:DescribeLogStreams","logs:PutLogEvents"]
        Resource: ["arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/vpc-flow-log","arn:aws:logs:eu-central-1:111122223333:log-group:/efs-s3/backup/vpc-flow-log:*"]
        Sid: "FindLogGroup"
        Effect: "Allow"
        Action: "logs:DescribeLogGroups"
        Resource: "*"
        "#);
    }

    #[test]
    fn files_do_not_leave_the_account_by_the_endpoint() {
        let policy = s3_endpoint_policy(&stack_names(), false);
        insta::assert_snapshot!(statement_lines(&policy), @r#"
        Sid: "OwnBuckets"
        Effect: "Allow"
        Principal: "*"
        Action: "s3:*"
        Resource: "*"
        Condition: {"StringEquals":{"aws:ResourceAccount":"111122223333"}}
        Sid: "SystemsManagerAgent"
        Effect: "Allow"
        Principal: "*"
        Action: "s3:GetObject"
        Resource: ["arn:aws:s3:::aws-ssm-eu-central-1/*","arn:aws:s3:::aws-windows-downloads-eu-central-1/*","arn:aws:s3:::amazon-ssm-eu-central-1/*","arn:aws:s3:::amazon-ssm-packages-eu-central-1/*","arn:aws:s3:::patch-baseline-snapshot-eu-central-1/*"]
        "#);
    }

    #[test]
    fn packages_come_from_one_bucket_more() {
        let [without, with] = [false, true].map(|with_packages| {
            let policy = s3_endpoint_policy(&stack_names(), with_packages);
            statement_lines(&policy)
        });
        let added = with.strip_prefix(without.as_str()).unwrap();
        insta::assert_snapshot!(added, @r#"
        Sid: "AmazonLinuxPackages"
        Effect: "Allow"
        Principal: "*"
        Action: "s3:GetObject"
        Resource: "arn:aws:s3:::al2023-repos-eu-central-1-de612dc2/*"
        "#);
    }

    #[test]
    fn interface_endpoints_are_for_identities_of_the_account() {
        let policy = interface_endpoint_policy(&stack_names());
        insta::assert_snapshot!(statement_lines(&policy), @r#"
        Sid: "OwnIdentities"
        Effect: "Allow"
        Principal: "*"
        Action: "*"
        Resource: "*"
        Condition: {"StringEquals":{"aws:PrincipalAccount":"111122223333"}}
        "#);
    }
}
