//! References between resources. A field that is only `${vpc.id}` becomes `Fn::GetAtt` or `Ref`, so
//! that `cfn-lint` checks that the property accepts the attribute. Within a longer text the
//! reference becomes an example value in the form of AWS.

use std::collections::BTreeMap;

use reconciler::graph::Node;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:";
const REGION_ACCOUNT: &str = "eu-central-1:111122223333:";
const NUMBER: &str = "0123456789abcdef0";

/// The resource kinds of the resources that can be referenced, by id.
pub(super) struct References<'a>(BTreeMap<&'a str, &'static str>);

impl<'a> References<'a> {
    pub(super) fn from_nodes(nodes: &[&'a Node]) -> Self {
        let kinds: BTreeMap<_, _> =
            nodes.iter().map(|node| (node.id.as_str(), node.resource.kind_name())).collect();
        assert_eq!(kinds.len(), nodes.len(), "two resources of the planes have the same id");
        Self(kinds)
    }

    pub(super) fn resolve_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.resolve_text(&text),
            Value::Array(items) => items.into_iter().map(|item| self.resolve_value(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, member)| (name, self.resolve_value(member)))
                .collect(),
            plain => plain,
        }
    }

    fn resolve_text(&self, text: &str) -> Value {
        let mut resolved = text.to_owned();
        for (id, kind) in &self.0 {
            for attribute in ["arn", "id", "name", "first_id"] {
                let reference = format!("${{{id}.{attribute}}}");
                // CloudFormation has no attribute for the ARN of a subnet.
                let has_intrinsic =
                    !matches!((*kind, attribute), ("subnet", "arn") | (_, "first_id"));
                if text == reference && has_intrinsic {
                    return intrinsic_function(kind, attribute, &logical_id(id));
                }
                if resolved.contains(&reference) {
                    resolved = resolved.replace(&reference, &example_value(kind, attribute));
                }
            }
        }
        Value::String(resolved)
    }
}

/// `private-subnet-1` → `PrivateSubnet1`: letters and digits only.
pub(super) fn logical_id(id: &str) -> String {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .flat_map(|word| {
            word.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(word.chars().skip(1))
        })
        .collect()
}

fn intrinsic_function(kind: &str, attribute: &str, logical_id: &str) -> Value {
    let attribute = match (kind, attribute) {
        ("VPC", "id") => "VpcId",
        ("subnet", "id") => "SubnetId",
        ("security group", "id") => "GroupId",
        ("route table", "id") => "RouteTableId",
        ("internet gateway", "id") => "InternetGatewayId",
        ("NAT gateway", "id") => "NatGatewayId",
        ("elastic IP address", "id") => "AllocationId",
        ("EFS file system", "id") => "FileSystemId",
        ("SNS topic", "arn") => "TopicArn",
        ("DataSync EFS location" | "DataSync S3 location", "arn") => "LocationArn",
        (_, "arn") => "Arn",
        // `Ref` returns the name.
        (_, "name") => return json!({ "Ref": logical_id }),
        _ => panic!("`{attribute}` of {kind} has no equivalent here"),
    };
    json!({ "Fn::GetAtt": [logical_id, attribute] })
}

/// Returns an example value in the form of AWS.
fn example_value(kind: &str, attribute: &str) -> String {
    match (kind, attribute) {
        ("VPC", "id") => format!("vpc-{NUMBER}"),
        ("subnet", "id") => format!("subnet-{NUMBER}"),
        ("security group", "id") => format!("sg-{NUMBER}"),
        ("EFS file system", "id") => format!("fs-{NUMBER}"),
        ("EFS mount targets", "first_id") => format!("fsmt-{NUMBER}"),
        (kind, "arn") => example_arn(kind),
        _ => panic!("there is no example of `{attribute}` of {kind} here"),
    }
}

fn example_arn(kind: &str) -> String {
    match kind {
        "subnet" => format!("{ARN}ec2:{REGION_ACCOUNT}subnet/subnet-{NUMBER}"),
        "EFS file system" => {
            format!("{ARN}elasticfilesystem:{REGION_ACCOUNT}file-system/fs-{NUMBER}")
        }
        "EFS access point" => {
            format!("{ARN}elasticfilesystem:{REGION_ACCOUNT}access-point/fsap-{NUMBER}")
        }
        "S3 bucket" => format!("{ARN}s3:::backup-data-111122223333-eu-central-1"),
        "log group" => format!("{ARN}logs:{REGION_ACCOUNT}log-group:/efs-s3/backup/datasync"),
        "IAM role" => format!("{ARN}iam::111122223333:role/backup-role-eu-central-1"),
        "Lambda function" => format!("{ARN}lambda:{REGION_ACCOUNT}function:backup-function"),
        _ => panic!("there is no example of `arn` of {kind} here"),
    }
}
