//! `[stack]`: the only section with required keys.

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::config::document::Document;
use crate::config::ids::{check_managed_policy, is_account, is_region};
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;
use crate::partition::Partition;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackSettings {
    /// 1 to 20 of `a-z 0-9 -`, beginning with a letter, not ending in `-`.
    pub name: String,
    pub region: String,
    /// The managed policy beyond which no role of the stack reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_arn: Option<String>,
    /// The only account in which the command line works with this configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

pub(in crate::config) fn read_section(document: &mut Document) -> StackSettings {
    let mut read = SectionReader::open(document, "stack");
    let section = StackSettings {
        name: read
            .read_required_text("name", "the first part of every resource name, such as backup"),
        region: read
            .read_required_text("region", "the region of all resources, such as eu-central-1"),
        permissions_boundary_arn: read.read_optional_text("permissions_boundary_arn"),
        account: read.read_optional_text("account"),
    };
    read.finish();
    section
}

pub(in crate::config) fn check_section(stack: &StackSettings, problems: &mut RuleProblems) {
    let name = stack.name.as_bytes();
    let name_ok = (1..=20).contains(&name.len())
        && name[0].is_ascii_lowercase()
        && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && !stack.name.ends_with('-');
    let allowed = "must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it \
        becomes part of bucket names";
    problems.require_value(name_ok, "stack.name", &stack.name, allowed);
    let reserved = super::destination::bucket_name::reserved_beginning(&stack.name);
    if let Some(beginning) = reserved {
        problems.add_problem(
            "stack.name",
            &stack.name,
            format!("must not begin with {beginning}: S3 reserves such bucket names"),
        );
    }
    // "Cannot start with sg-" (EC2 API reference, `CreateSecurityGroup`, `GroupName`): ours begin
    // with the stack's name.
    if stack.name == "sg" || stack.name.starts_with("sg-") {
        let why =
            "must not be sg or begin with sg-: EC2 reads such names of security groups as ids";
        problems.add_problem("stack.name", &stack.name, why.to_owned());
    }
    let allowed = "must be a region such as eu-central-1; `aws account list-regions` lists yours";
    problems.require_value(is_region(&stack.region), "stack.region", &stack.region, allowed);
    if let Some(account) = &stack.account {
        let allowed = "must be an account id of 12 digits in quotes, such as 111122223333; \
            `aws sts get-caller-identity` shows that of the credentials";
        problems.require_value(is_account(account), "stack.account", account, allowed);
    }
    if let Some(arn) = &stack.permissions_boundary_arn
        && let Err(message) = check_managed_policy(arn, &stack.region)
    {
        problems.add_combined("stack.permissions_boundary_arn", arn, &["stack.region"], message);
    }
    if is_region(&stack.region) && Partition::of_region(&stack.region).is_none() {
        let why = "must be in one of the partitions aws, aws-cn, aws-us-gov and aws-eusc: the \
            names of others are not public";
        problems.add_problem("stack.region", &stack.region, why.to_owned());
    }
}
