//! EventBridge rule on the default bus with one Lambda target, and the queue for what can't be
//! delivered to it.
//!
//! `PutRule` and `PutTargets` replace what was there, so both are safe to repeat. `PutTargets` can
//! answer 200 and still have refused an entry (`FailedEntryCount`).

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_eventbridge::types::{DeadLetterConfig, RetryPolicy, RuleState, Tag, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::{has_resource_tags, resource_tags};

/// The one target that a rule of ours has.
const TARGET_ID: &str = "function";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub name: String,
    pub description: String,
    /// `rate(…)` or `cron(…)`; a rule has either this or a pattern.
    pub schedule: Option<String>,
    pub pattern: Option<Value>,
    pub enabled: bool,
    pub target_arn: String,
    /// What the target is sent instead of the event.
    #[serde(default)]
    pub input: Option<Value>,
    /// The queue that an event goes to when it could not be delivered.
    pub dead_letter_arn: String,
    /// 0 to 185, after the first try.
    pub retries: i32,
    /// 60 to 86,400: how old an event may become before it is given up.
    pub event_age_seconds: i32,
}

impl ResourceKind for Rule {
    const NAME: &'static str = "EventBridge rule";
    const ACTIONS: Actions = Actions {
        look: &["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"],
        make: &["events:PutRule"],
        change: &["events:DeleteRule", "events:PutTargets", "events:RemoveTargets"],
        implied: &["events:TagResource"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let rule = match aws.eventbridge.describe_rule().name(&self.name).send().await {
            Ok(rule) => rule,
            Err(error) => {
                return gone(error.into())
                    .map_err(KindError::doing("reading EventBridge rule", &self.name));
            }
        };
        let arn = rule.arn.clone().unwrap_or_default();
        let tagged = aws.eventbridge.list_tags_for_resource().resource_arn(&arn).send().await;
        let tagged =
            tagged.map_err(KindError::doing("reading tags of EventBridge rule", &self.name))?;
        let managed =
            has_resource_tags(aws, id, tagged.tags().iter().map(|tag| (tag.key(), tag.value())));
        let targets = aws.eventbridge.list_targets_by_rule().rule(&self.name).send().await;
        let targets =
            targets.map_err(KindError::doing("reading targets of EventBridge rule", &self.name))?;
        let target = targets.targets().iter().find(|target| target.id() == TARGET_ID);
        let (dead_letters, policy) =
            (target.and_then(Target::dead_letter_config), target.and_then(Target::retry_policy));
        let state = json!(Self {
            name: self.name.clone(),
            description: rule.description.unwrap_or_default(),
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
        });
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let mut put = self.put(aws);
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
        self.put(aws)
            .send()
            .await
            .map_err(KindError::doing("changing EventBridge rule", &self.name))?;
        self.put_target(aws).await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        self.remove_targets(aws).await?;
        if let Err(error) = aws.eventbridge.delete_rule().name(&self.name).send().await {
            gone(error.into())
                .map_err(KindError::doing("deleting EventBridge rule", &self.name))?;
        }
        Ok(())
    }
}

impl Rule {
    fn put(
        &self,
        aws: &Aws,
    ) -> aws_sdk_eventbridge::operation::put_rule::builders::PutRuleFluentBuilder {
        let state = if self.enabled { RuleState::Enabled } else { RuleState::Disabled };
        let put =
            aws.eventbridge.put_rule().name(&self.name).description(&self.description).state(state);
        put.set_schedule_expression(self.schedule.clone())
            .set_event_pattern(self.pattern.as_ref().map(Value::to_string))
    }

    async fn put_target(&self, aws: &Aws) -> Result<(), KindError> {
        let policy = RetryPolicy::builder().maximum_retry_attempts(self.retries);
        let policy = policy.maximum_event_age_in_seconds(self.event_age_seconds).build();
        let dead_letters = DeadLetterConfig::builder().arn(&self.dead_letter_arn).build();
        let target = Target::builder().id(TARGET_ID).arn(&self.target_arn);
        let target = target.set_input(self.input.as_ref().map(Value::to_string));
        let target = target.dead_letter_config(dead_letters).retry_policy(policy).build();
        let target = target.map_err(|error| self.cannot_build(&error))?;
        let answer = aws.eventbridge.put_targets().rule(&self.name).targets(target).send().await;
        let answer =
            answer.map_err(KindError::doing("setting target of EventBridge rule", &self.name))?;
        let refused = answer
            .failed_entries()
            .iter()
            .map(|entry| refusal(entry.error_code(), entry.error_message()));
        none_refused(refused)
            .map_err(KindError::doing("setting target of EventBridge rule", &self.name))
    }

    /// All of them, as a rule that has targets can't be deleted, and somebody may have added some.
    async fn remove_targets(&self, aws: &Aws) -> Result<(), KindError> {
        let doing = "removing targets of EventBridge rule";
        let targets = match aws.eventbridge.list_targets_by_rule().rule(&self.name).send().await {
            Ok(answer) => answer.targets.unwrap_or_default(),
            Err(error) => {
                return gone(error.into()).map(drop).map_err(KindError::doing(doing, &self.name));
            }
        };
        if targets.is_empty() {
            return Ok(());
        }
        let ids = targets.into_iter().map(|target| target.id).collect();
        match aws.eventbridge.remove_targets().rule(&self.name).set_ids(Some(ids)).send().await {
            Ok(answer) => {
                let refused = answer
                    .failed_entries()
                    .iter()
                    .map(|entry| refusal(entry.error_code(), entry.error_message()));
                none_refused(refused).map_err(KindError::doing(doing, &self.name))
            }
            Err(error) => gone(error.into()).map(drop).map_err(KindError::doing(doing, &self.name)),
        }
    }

    fn cannot_build(&self, error: &dyn std::error::Error) -> KindError {
        KindError {
            doing: format!("describing EventBridge rule `{}`", self.name),
            source: Cause::Other(error.to_string()),
        }
    }
}

fn refusal(code: Option<&str>, message: Option<&str>) -> String {
    format!("{}: {}", code.unwrap_or("no code"), message.unwrap_or("no message"))
}

fn none_refused(refused: impl Iterator<Item = String>) -> Result<(), Cause> {
    let refused: Vec<String> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(Cause::Other(refused.join("; "))) }
}

fn gone(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    if failure.is(&["ResourceNotFoundException"]) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::Client;
    use aws_sdk_eventbridge::operation::delete_rule::DeleteRuleOutput;
    use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
    use aws_sdk_eventbridge::operation::list_tags_for_resource::ListTagsForResourceOutput;
    use aws_sdk_eventbridge::operation::list_targets_by_rule::ListTargetsByRuleOutput;
    use aws_sdk_eventbridge::operation::put_rule::PutRuleOutput;
    use aws_sdk_eventbridge::operation::put_targets::PutTargetsOutput;
    use aws_sdk_eventbridge::operation::remove_targets::RemoveTargetsOutput;
    use aws_sdk_eventbridge::types::PutTargetsResultEntry;
    use aws_smithy_mocks::{Rule as Answer, mock};

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    fn desired() -> Rule {
        Rule {
            name: "backup-done".into(),
            description: "what happens".into(),
            schedule: None,
            pattern: Some(json!({"source": ["aws.datasync"]})),
            enabled: true,
            target_arn: "arn:function".into(),
            input: Some(json!({"action": "sweep"})),
            dead_letter_arn: "arn:queue".into(),
            retries: 185,
            event_age_seconds: 3_600,
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("done-rule")
    }

    fn describe() -> Answer {
        mock!(Client::describe_rule).then_output(|| {
            let rule = DescribeRuleOutput::builder().arn("arn:rule").description("what happens");
            rule.event_pattern("{ \"source\": [ \"aws.datasync\" ] }")
                .state(RuleState::Enabled)
                .build()
        })
    }

    fn tagged() -> Answer {
        mock!(Client::list_tags_for_resource).then_output(|| {
            let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
            let tags = [tag("efs-s3:stack", "backup"), tag("efs-s3:resource", "done-rule")];
            ListTagsForResourceOutput::builder().set_tags(Some(tags.into())).build()
        })
    }

    fn targets(ids: &'static [&'static str]) -> Answer {
        mock!(Client::list_targets_by_rule).then_output(move || {
            let target = |id: &&str| {
                let policy = RetryPolicy::builder()
                    .maximum_retry_attempts(185)
                    .maximum_event_age_in_seconds(3_600);
                let dead_letters = DeadLetterConfig::builder().arn("arn:queue").build();
                let target = Target::builder()
                    .id(*id)
                    .arn("arn:function")
                    .input("{ \"action\": \"sweep\" }");
                let target = target.retry_policy(policy.build());
                target.dead_letter_config(dead_letters).build().unwrap()
            };
            ListTargetsByRuleOutput::builder()
                .set_targets(Some(ids.iter().map(target).collect()))
                .build()
        })
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired_however_its_pattern_is_written() {
        let aws =
            client!(aws_sdk_eventbridge, &describe(), &tagged(), &targets(&["other", "function"]));
        let aws = Aws { eventbridge: aws, ..mocked::aws() };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.managed), (json!(desired()), true));
        assert_eq!(found.attribute("arn"), "arn:rule");
    }

    #[tokio::test]
    async fn absent_is_an_answer_and_a_lost_target_shows() {
        let gone = mock!(Client::describe_rule)
            .then_http_response(|| refusal(400, "ResourceNotFoundException", "none"));
        let aws = Aws { eventbridge: client!(aws_sdk_eventbridge, &gone), ..mocked::aws() };
        assert_eq!(desired().read(&aws, &id()).await.unwrap(), None);

        let aws = client!(aws_sdk_eventbridge, &describe(), &tagged(), &targets(&[]));
        let found = desired()
            .read(&Aws { eventbridge: aws, ..mocked::aws() }, &id())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.state["target_arn"], "");
    }

    #[tokio::test]
    async fn a_refused_target_is_an_error_though_the_call_succeeds() {
        let put = mock!(Client::put_rule)
            .match_requests(|request| {
                request.schedule_expression().is_none() && request.tags().len() == 2
            })
            .then_output(|| PutRuleOutput::builder().build());
        let targets = mock!(Client::put_targets).then_output(|| {
            let entry = PutTargetsResultEntry::builder()
                .error_code("Limit")
                .error_message("too many")
                .build();
            PutTargetsOutput::builder().failed_entry_count(1).failed_entries(entry).build()
        });
        let aws =
            Aws { eventbridge: client!(aws_sdk_eventbridge, &put, &targets), ..mocked::aws() };
        let error = desired().create(&aws, &id()).await.unwrap_err();
        let text = aws::failure::chain(&error);
        insta::assert_snapshot!(text, @"setting target of EventBridge rule `backup-done`: Limit: too many");
    }

    #[tokio::test]
    async fn delete_removes_every_target_first() {
        let remove = mock!(Client::remove_targets)
            .match_requests(|request| request.ids() == ["other", "function"])
            .then_output(|| RemoveTargetsOutput::builder().build());
        let delete = mock!(Client::delete_rule).then_output(|| DeleteRuleOutput::builder().build());
        let all = targets(&["other", "function"]);
        let aws = client!(aws_sdk_eventbridge, &describe(), &tagged(), &all, &remove, &delete);
        let aws = Aws { eventbridge: aws, ..mocked::aws() };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((remove.num_calls(), delete.num_calls()), (1, 1));
    }
}
