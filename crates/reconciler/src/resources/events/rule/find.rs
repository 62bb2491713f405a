//! Reads of a rule: all rules of the stack in one list in an observation, and one alone outside of
//! it.
//!
//! `ListRules` returns all that `DescribeRule` does but who created the rule, 100 rules a page, and
//! no targets (EventBridge API reference, `ListRules`).

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::{Rule as FoundRule, Target};

use super::{GONE, Rule};
use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};

impl Rule {
    pub(super) async fn find_rule(&self, aws: &Aws) -> Result<Option<FoundRule>, KindError> {
        let all = aws.names.within_stack("");
        match &aws.observed_before {
            Some(before) if self.name.starts_with(&all) => {
                let rules = before.rules.get_or_try_init(|| self.list_rules(aws, &all)).await?;
                Ok(rules.get(&self.name).cloned())
            }
            _ => self.describe_rule(aws).await,
        }
    }

    async fn list_rules(
        &self,
        aws: &Aws,
        prefix: &str,
    ) -> Result<BTreeMap<String, FoundRule>, KindError> {
        let (mut found, mut next) = (BTreeMap::new(), None);
        loop {
            let list = aws.eventbridge.list_rules().name_prefix(prefix).set_next_token(next);
            let page = list.send().await;
            let page =
                page.map_err(KindError::doing("listing EventBridge rules for", &self.name))?;
            let rules = page.rules.unwrap_or_default().into_iter();
            found.extend(rules.filter_map(|rule| Some((rule.name.clone()?, rule))));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    async fn describe_rule(&self, aws: &Aws) -> Result<Option<FoundRule>, KindError> {
        let answer = aws.eventbridge.describe_rule().name(&self.name).send().await;
        let found = none_if_refused(answer, GONE, "reading EventBridge rule", &self.name)?;
        Ok(found.map(|rule| {
            let found = FoundRule::builder().name(&self.name).set_arn(rule.arn);
            let found = found.set_description(rule.description).set_state(rule.state);
            let found = found.set_event_pattern(rule.event_pattern);
            found.set_schedule_expression(rule.schedule_expression).build()
        }))
    }

    /// `None` for a rule that the list still had, and that is gone.
    pub(super) async fn read_targets(&self, aws: &Aws) -> Result<Option<Vec<Target>>, KindError> {
        let answer = aws.eventbridge.list_targets_by_rule().rule(&self.name).send().await;
        let doing = "reading targets of EventBridge rule";
        let found = none_if_refused(answer, GONE, doing, &self.name)?;
        Ok(found.map(|answer| answer.targets.unwrap_or_default()))
    }
}
