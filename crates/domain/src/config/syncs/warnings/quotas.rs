//! Quotas of AWS that a stack with many syncs may exceed. All of them are adjustable, so that
//! nothing is refused.

use crate::config::{ConfigWarning, ResolvedSync, StackConfig};

/// DataSync User Guide, "AWS DataSync quotas": tasks in an account and region.
const TASKS: usize = 100;
/// EventBridge User Guide, "Amazon EventBridge quotas": rules of an event bus.
const RULES: usize = 300;
/// The same, in the regions `af-south-1` and `eu-south-1`.
const FEW_RULES: usize = 100;
/// The rules of a stack that no sync has of its own, rounded up.
const SHARED_RULES: usize = 5;

pub(super) fn find_exceeded_quotas(
    config: &StackConfig,
    syncs: &[ResolvedSync],
) -> Vec<ConfigWarning> {
    let count = syncs.len();
    let with_full = syncs.iter().filter(|sync| sync.config.full_verification().is_some()).count();
    let rules = 2 * count + with_full + SHARED_RULES;
    let most_rules = match config.stack.region.as_str() {
        "af-south-1" | "eu-south-1" => FEW_RULES,
        _ => RULES,
    };
    let mut found = Vec::new();
    if count > TASKS {
        let message = format!(
            "is the number of syncs, more than the {TASKS} tasks of DataSync's quota for a \
                region: have it raised before the deploy (Service Quotas, \"AWS DataSync\"), or \
                use a second stack in another region"
        );
        found.push(ConfigWarning::new("sync", count, message));
    }
    if rules > most_rules {
        let message = format!(
            "is the number of syncs, which need {rules} EventBridge rules, more than the \
                {most_rules} of the quota of an event bus: have it raised before the deploy \
                (Service Quotas, \"Amazon EventBridge\"); schedule.full_verification = \"never\" \
                saves one rule a sync"
        );
        found.push(ConfigWarning::new("sync", count, message));
    }
    found
}
