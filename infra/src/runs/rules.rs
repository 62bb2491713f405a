//! The EventBridge rules of the stack, in one list.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws::SdkFailure;

use crate::access::Access;
use crate::context::StackContext;

pub(crate) const ACCESS: Access = Access { stack: &["events:ListRules"], ..Access::NONE };

/// A rule with a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScheduleRule {
    pub enabled: bool,
    pub expression: String,
}

/// Returns the rules with a schedule whose names begin as those of the stack, by name.
pub(crate) async fn read_schedule_rules(
    context: &StackContext,
) -> Result<BTreeMap<String, ScheduleRule>> {
    let prefix = context.names().within_stack("");
    let (mut rules, mut next) = (BTreeMap::new(), None);
    loop {
        let list = context.aws.eventbridge.list_rules().name_prefix(&prefix).set_next_token(next);
        let page = list.send().await.map_err(SdkFailure::from);
        let page = page.with_context(|| format!("listing the rules `{prefix}*`"))?;
        for rule in page.rules.unwrap_or_default() {
            let enabled = rule.state().is_some_and(|state| state.as_str() == "ENABLED");
            if let (Some(name), Some(expression)) = (rule.name, rule.schedule_expression) {
                rules.insert(name, ScheduleRule { enabled, expression });
            }
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(rules);
        }
    }
}
