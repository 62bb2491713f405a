//! Every name and ARN that follows from the stack's name, account and region alone.
//!
//! Nothing here depends on an answer from AWS, so a plan is concrete before the first call.

use serde::{Deserialize, Serialize};

use crate::function::FunctionName;
use crate::partition::Partition;

/// The tag that says which stack a resource belongs to.
pub const STACK_TAG: &str = "efs-s3:stack";
/// The tag that says which resource of the stack it is; with [`STACK_TAG`] it takes the place of a
/// state file.
pub const RESOURCE_TAG: &str = "efs-s3:resource";
/// The tag with the SHA-256 of a function's ELF, written only after the code has arrived.
pub const CODE_TAG: &str = "efs-s3:code-sha256";

/// The rule that starts executions, without the stack's name and the sync.
pub const SCHEDULE_RULE: &str = "schedule";
/// The rule that starts full verifications, without the stack's name: `start-execution`
/// distinguishes its event from one of the schedule by it.
pub const FULL_VERIFICATION_RULE: &str = "full-verification";

/// The tag that says which slot an execution was started for.
pub const SLOT_TAG: &str = "efs-s3:slot";
/// The tag of an execution that covers only a part of the source.
pub const PART_TAG: &str = "efs-s3:part";
/// The tag with the id of the execution whose busy files this one copies again.
pub const RETRY_TAG: &str = "efs-s3:retry-of";

/// A stack at its place: the input to every name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    pub stack: String,
    /// 12 digits.
    pub account: String,
    pub region: String,
}

impl Names {
    #[must_use]
    pub fn new(stack: &str, account: &str, region: &str) -> Self {
        Self { stack: stack.to_owned(), account: account.to_owned(), region: region.to_owned() }
    }

    /// `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`, by region.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        self.of_partition().name
    }

    /// The end of the host names of AWS's services.
    #[must_use]
    pub fn dns_suffix(&self) -> &'static str {
        self.of_partition().dns_suffix
    }

    /// The service principal of EC2: in China it has an ending of its own, everywhere else the same
    /// one (terraform-provider-aws, data source `aws_service_principal`; IAM User Guide in China).
    #[must_use]
    pub fn ec2_principal(&self) -> &'static str {
        if self.partition() == "aws-cn" { "ec2.amazonaws.com.cn" } else { "ec2.amazonaws.com" }
    }

    /// The name of a service of AWS in this region for VPC endpoints, such as `s3`.
    #[must_use]
    pub fn endpoint_service(&self, service: &str) -> String {
        format!("{}.{}.{service}", self.of_partition().endpoint_prefix, self.region)
    }

    /// The end of the console's host names.
    #[must_use]
    pub fn console_domain(&self) -> &'static str {
        self.of_partition().console_domain
    }

    /// A configuration with a region of no known partition is refused before any name is made.
    fn of_partition(&self) -> Partition {
        Partition::of_region(&self.region).unwrap_or(Partition::AWS)
    }

    #[must_use]
    pub fn file_system_arn(&self, id: &str) -> String {
        self.regional_arn("elasticfilesystem", &format!("file-system/{id}"))
    }

    /// Records bucket: S3 names are global, hence account and region in it.
    #[must_use]
    pub fn records_bucket(&self) -> String {
        format!("{}-records-{}-{}", self.stack, self.account, self.region)
    }

    #[must_use]
    pub fn destination_bucket(&self) -> String {
        format!("{}-data-{}-{}", self.stack, self.account, self.region)
    }

    #[must_use]
    pub fn function_name(&self, function: FunctionName) -> String {
        format!("{}-{function}", self.stack)
    }

    /// A name that only needs to be unique within the account and region: `<stack>-<suffix>`.
    #[must_use]
    pub fn within_stack(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.stack)
    }

    /// Roles are global to the account, so the region is part of the name.
    #[must_use]
    pub fn role_name(&self, suffix: &str) -> String {
        format!("{}-{suffix}-{}", self.stack, self.region)
    }

    #[must_use]
    pub fn role_arn(&self, suffix: &str) -> String {
        self.arn_of_role(&self.role_name(suffix))
    }

    /// The ARN of the role with this complete name.
    #[must_use]
    pub fn arn_of_role(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", self.partition(), self.account)
    }

    #[must_use]
    pub fn bucket_arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition())
    }

    #[must_use]
    pub fn alerts_topic(&self) -> String {
        self.within_stack("alerts")
    }

    #[must_use]
    pub fn alerts_topic_arn(&self) -> String {
        self.regional_arn("sns", &self.alerts_topic())
    }

    /// Dashboards are global to the account, so the region is part of the name.
    #[must_use]
    pub fn dashboard_name(&self) -> String {
        format!("{}-{}", self.regionless_dashboard(), self.region)
    }

    /// The dashboard's name in releases before the region was part of it.
    #[must_use]
    pub fn regionless_dashboard(&self) -> String {
        self.within_stack("runs")
    }

    /// The queue for events that could not be processed (dead letters).
    #[must_use]
    pub fn dead_letter_queue(&self) -> String {
        self.within_stack("dead-letters")
    }

    #[must_use]
    pub fn dead_letter_queue_arn(&self) -> String {
        self.regional_arn("sqs", &self.dead_letter_queue())
    }

    /// The pattern of the ARNs of all alarms of the stack.
    #[must_use]
    pub fn alarms_arn(&self) -> String {
        self.regional_arn("cloudwatch", &format!("alarm:{}", self.within_stack("*")))
    }

    #[must_use]
    pub fn function_arn(&self, function: FunctionName) -> String {
        self.regional_arn("lambda", &format!("function:{}", self.function_name(function)))
    }

    #[must_use]
    pub fn rule_arn(&self, suffix: &str) -> String {
        self.regional_arn("events", &format!("rule/{}", self.within_stack(suffix)))
    }

    /// The log group DataSync writes to.
    #[must_use]
    pub fn task_log_group(&self) -> String {
        format!("/efs-s3/{}/datasync", self.stack)
    }

    /// The log group of the VPC's flow log.
    #[must_use]
    pub fn flow_log_group(&self) -> String {
        format!("/efs-s3/{}/vpc-flow-log", self.stack)
    }

    #[must_use]
    pub fn function_log_group(&self, function: FunctionName) -> String {
        format!("/aws/lambda/{}", self.function_name(function))
    }

    #[must_use]
    pub fn log_group_arn(&self, log_group: &str) -> String {
        self.regional_arn("logs", &format!("log-group:{log_group}"))
    }

    /// `arn:<partition>:<service>:<region>:<account>:<resource>`.
    #[must_use]
    pub fn regional_arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account)
    }
}

#[cfg(test)]
mod tests;
