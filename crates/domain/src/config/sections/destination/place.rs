//! The place of the destination bucket: another region, another account.
//!
//! Sources: DataSync User Guide, "Where can I transfer my data with AWS DataSync?", "Supported
//! transfers between AWS Regions": one of the two locations must be in the Region in which DataSync
//! is used; "Tutorial: Transferring data between Amazon S3 buckets across AWS accounts",
//! "Troubleshooting": across accounts and Regions a Basic mode task may get a network connection
//! error, unless it is in the Region of the destination; an Enhanced mode task does not. Our tasks
//! are in the stack's region, where their events arrive.

use crate::config::ids::{is_account, is_region};
use crate::config::rule_problems::RuleProblems;
use crate::config::{StackConfig, TaskMode};
use crate::partition::Partition;

pub(in crate::config) fn check_place(config: &StackConfig, problems: &mut RuleProblems) {
    let destination = &config.destination;
    check_region(config, problems);
    let Some(account) = &destination.account else { return };
    let allowed = "must be the account that owns the bucket, 12 digits";
    problems.require_value(is_account(account), "destination.account", account, allowed);
    if destination.bucket.is_none() {
        let message = "needs destination.bucket: a bucket in another account is never created; \
            name an existing one, or remove this key";
        problems.add_combined("destination.account", account, &["destination.bucket"], message);
    }
    if destination.region.is_some() && config.task.mode == TaskMode::Basic {
        let message = "does not go with destination.region and task.mode = \"BASIC\": across \
            accounts and regions a Basic mode task may get network errors (DataSync User Guide); \
            write task.mode = \"ENHANCED\"";
        let with = ["destination.region", "task.mode"];
        problems.add_combined("destination.account", account, &with, message);
    }
}

fn check_region(config: &StackConfig, problems: &mut RuleProblems) {
    let (stack, key) = (&config.stack, "destination.region");
    let Some(region) = &config.destination.region else { return };
    let of_stack = Partition::of_region(&stack.region);
    if !is_region(region) {
        let allowed = "must be a region such as eu-west-1; `aws account list-regions` lists yours";
        problems.add_problem(key, region, allowed);
    } else if *region == stack.region {
        let message = "is the stack's own region: remove this key";
        problems.add_combined(key, region, &["stack.region"], message);
    } else if of_stack.is_some()
        && Partition::of_region(region).map(|other| other.name) != of_stack.map(|own| own.name)
    {
        let message = "must be a region in the partition of stack.region: DataSync and IAM roles \
            do not reach another one";
        problems.add_combined(key, region, &["stack.region"], message);
    }
}
