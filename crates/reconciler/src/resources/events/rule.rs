//! EventBridge rule on the default bus with one Lambda target, and the queue for events that could
//! not be delivered.
//!
//! `PutRule` and `PutTargets` replace existing values, so both are safe to repeat. `PutTargets` can
//! return 200 although it refused an entry (`FailedEntryCount`).
//!
//! The description ends in a digest of the target, by which a plan that is only shown knows the
//! target without a request for it (decision 15). It is written after the target, so that it never
//! tells one that was not set.

mod find;
mod target_digest;
mod targets;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_eventbridge::types::{RetryPolicy, Rule as FoundRule, RuleState, Tag, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, is_ours_unchanged, resource_tags};

/// The id of the only target of a managed rule.
const TARGET_ID: &str = "function";
/// The code for a rule that does not exist.
const GONE: &[&str] = &["ResourceNotFoundException"];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    pub description: String,
    /// `rate(…)` or `cron(…)`; a rule has either this or a pattern.
    pub schedule: Option<String>,
    pub pattern: Option<Value>,
    pub enabled: bool,
    pub target_arn: String,
    /// The input that the target receives instead of the event.
    #[serde(default)]
    pub input: Option<Value>,
    /// The queue for events that could not be delivered (dead letters).
    pub dead_letter_arn: String,
    /// 0 to 185, after the first try.
    pub retries: i32,
    /// 60 to 86,400: how old an event may become before it is given up.
    pub event_age_seconds: i32,
}

impl ResourceKind for Rule {
    const NAME: &'static str = "EventBridge rule";
    const ACTIONS: Actions = Actions {
        look: &[
            "events:DescribeRule",
            "events:ListRuleNamesByTarget",
            "events:ListRules",
            "events:ListTagsForResource",
            "events:ListTargetsByRule",
        ],
        make: &["events:PutRule"],
        change: &["events:DeleteRule", "events:PutTargets", "events:RemoveTargets"],
        implied: &["events:TagResource"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let Some(rule) = self.find_rule(aws).await? else { return Ok(None) };
        let targets = match self.find_described_target(aws, &rule).await? {
            Some(described) => vec![described],
            None => match self.read_targets(aws).await? {
                Some(targets) => targets,
                None => return Ok(None),
            },
        };
        let arn = rule.arn.clone().unwrap_or_default();
        let state = json!(self.live_state(rule, &targets));
        let managed =
            is_ours_unchanged(aws, &state, self) || self.is_managed(aws, id, &arn).await?;
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let mut put = self.put_rule(aws);
        for (key, value) in resource_tags(aws, id) {
            put = put.tags(
                Tag::builder()
                    .key(key)
                    .value(value)
                    .build()
                    .map_err(|error| self.cannot_build(&error))?,
            );
        }
        put.send().await.map_err(KindError::doing("creating EventBridge rule", &self.name))?;
        self.put_target(aws).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.put_target(aws).await?;
        let put = self.put_rule(aws).send().await;
        put.map(drop).map_err(KindError::doing("changing EventBridge rule", &self.name))
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        self.remove_targets(aws).await?;
        if let Err(error) = aws.eventbridge.delete_rule().name(&self.name).send().await {
            none_if_gone(error.into())
                .map_err(KindError::doing("deleting EventBridge rule", &self.name))?;
        }
        Ok(())
    }
}

impl Rule {
    async fn is_managed(&self, aws: &Aws, id: &ResourceId, arn: &str) -> Result<bool, KindError> {
        let tagged = aws.eventbridge.list_tags_for_resource().resource_arn(arn).send().await;
        let tagged =
            tagged.map_err(KindError::doing("reading tags of EventBridge rule", &self.name))?;
        let tags = tagged.tags().iter().map(|tag| (tag.key(), tag.value()));
        Ok(has_resource_tags(aws, id, tags))
    }

    fn live_state(&self, rule: FoundRule, targets: &[Target]) -> Self {
        let target = targets.iter().find(|target| target.id() == TARGET_ID);
        let dead_letters = target.and_then(Target::dead_letter_config);
        let policy = target.and_then(Target::retry_policy);
        Self {
            name: self.name.clone(),
            description: self.without_digest(&rule),
            schedule: rule.schedule_expression.filter(|text| !text.is_empty()),
            pattern: rule.event_pattern.and_then(|text| serde_json::from_str(&text).ok()),
            enabled: rule.state == Some(RuleState::Enabled),
            target_arn: target.map(|target| target.arn().to_owned()).unwrap_or_default(),
            input: target.and_then(Target::input).and_then(|text| serde_json::from_str(text).ok()),
            dead_letter_arn: dead_letters
                .and_then(|to| to.arn().map(str::to_owned))
                .unwrap_or_default(),
            retries: policy.and_then(RetryPolicy::maximum_retry_attempts).unwrap_or_default(),
            event_age_seconds: policy
                .and_then(RetryPolicy::maximum_event_age_in_seconds)
                .unwrap_or_default(),
        }
    }

    fn put_rule(
        &self,
        aws: &Aws,
    ) -> aws_sdk_eventbridge::operation::put_rule::builders::PutRuleFluentBuilder {
        let state = if self.enabled { RuleState::Enabled } else { RuleState::Disabled };
        let put = aws
            .eventbridge
            .put_rule()
            .name(&self.name)
            .description(self.with_digest())
            .state(state);
        put.set_schedule_expression(self.schedule.clone())
            .set_event_pattern(self.pattern.as_ref().map(Value::to_string))
    }

    fn cannot_build(&self, error: &dyn std::error::Error) -> KindError {
        KindError {
            doing: format!("describing EventBridge rule `{}`", self.name),
            source: Cause::Other(error.to_string()),
        }
    }
}

fn none_if_gone(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(GONE) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
