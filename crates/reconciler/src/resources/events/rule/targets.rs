//! The target of a rule: set, and removed before the rule.

use aws::SdkFailure;
use aws_sdk_eventbridge::operation::remove_targets::RemoveTargetsOutput;
use aws_sdk_eventbridge::types::{DeadLetterConfig, RetryPolicy, Target};
use serde_json::Value;

use super::{Rule, TARGET_ID, none_if_gone};
use crate::Aws;
use crate::kind_error::{Cause, KindError};

pub(super) fn refusal_text(code: Option<&str>, message: Option<&str>) -> String {
    format!("{}: {}", code.unwrap_or("no code"), message.unwrap_or("no message"))
}

pub(super) fn none_refused(refused: impl Iterator<Item = String>) -> Result<(), Cause> {
    let refused: Vec<String> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(Cause::Other(refused.join("; "))) }
}

fn removal_refusals(answer: &RemoveTargetsOutput) -> impl Iterator<Item = String> {
    let failed = answer.failed_entries().iter();
    failed.map(|entry| refusal_text(entry.error_code(), entry.error_message()))
}

impl Rule {
    pub(super) fn desired_target(&self) -> Result<Target, KindError> {
        let policy = RetryPolicy::builder().maximum_retry_attempts(self.retries);
        let policy = policy.maximum_event_age_in_seconds(self.event_age_seconds).build();
        let dead_letters = DeadLetterConfig::builder().arn(&self.dead_letter_arn).build();
        let target = Target::builder().id(TARGET_ID).arn(&self.target_arn);
        let target = target.set_input(self.input.as_ref().map(Value::to_string));
        let target = target.dead_letter_config(dead_letters).retry_policy(policy).build();
        target.map_err(|error| self.cannot_build(&error))
    }

    pub(super) async fn put_target(&self, aws: &Aws) -> Result<(), KindError> {
        let target = self.desired_target()?;
        let answer = aws.eventbridge.put_targets().rule(&self.name).targets(target).send().await;
        let answer =
            answer.map_err(KindError::doing("setting target of EventBridge rule", &self.name))?;
        let refused = answer
            .failed_entries()
            .iter()
            .map(|entry| refusal_text(entry.error_code(), entry.error_message()));
        none_refused(refused)
            .map_err(KindError::doing("setting target of EventBridge rule", &self.name))
    }

    /// Removes all targets: a rule with targets can't be deleted, and others may have been added by
    /// hand.
    fn ignore_gone<F: Into<SdkFailure>>(
        &self,
        error: F,
        doing: &'static str,
    ) -> Result<(), KindError> {
        none_if_gone(error.into()).map(drop).map_err(KindError::doing(doing, &self.name))
    }

    pub(super) async fn remove_targets(&self, aws: &Aws) -> Result<(), KindError> {
        let doing = "removing targets of EventBridge rule";
        let targets = match aws.eventbridge.list_targets_by_rule().rule(&self.name).send().await {
            Ok(answer) => answer.targets.unwrap_or_default(),
            Err(error) => return self.ignore_gone(error, doing),
        };
        if targets.is_empty() {
            return Ok(());
        }
        let ids = targets.into_iter().map(|target| target.id).collect();
        match aws.eventbridge.remove_targets().rule(&self.name).set_ids(Some(ids)).send().await {
            Ok(answer) => {
                none_refused(removal_refusals(&answer)).map_err(KindError::doing(doing, &self.name))
            }
            Err(error) => self.ignore_gone(error, doing),
        }
    }
}
