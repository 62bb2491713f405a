//! The digest of the target in the description of a rule, and the target that it proves.

use std::collections::BTreeSet;

use aws_sdk_eventbridge::types::{Rule as FoundRule, Target};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Rule;
use crate::Aws;
use crate::kind_error::KindError;

/// The characters of a digest: enough to tell apart the few targets that a rule ever had. A
/// description has at most 512 (EventBridge API reference, `PutRule`).
const DIGEST_LENGTH: usize = 16;

impl Rule {
    /// The description as EventBridge has it.
    pub(super) fn with_digest(&self) -> String {
        format!("{}{}", self.description, self.digest_text())
    }

    /// The description of a rule that was found, as the desired state has it: without the digest,
    /// if that is the digest of the desired target.
    pub(super) fn without_digest(&self, found: &FoundRule) -> String {
        let text = found.description().unwrap_or_default();
        text.strip_suffix(&self.digest_text()).unwrap_or(text).to_owned()
    }

    fn digest_text(&self) -> String {
        let target = json!([
            self.target_arn,
            self.input,
            self.dead_letter_arn,
            self.retries,
            self.event_age_seconds
        ]);
        let mut digest = hex::encode(Sha256::digest(target.to_string()));
        digest.truncate(DIGEST_LENGTH);
        format!(" [target {digest}]")
    }

    /// Returns the target without a request for it, in a plan that is only shown: the desired one,
    /// if the description has its digest and the function is a target of the rule.
    pub(super) async fn find_described_target(
        &self,
        aws: &Aws,
        found: &FoundRule,
    ) -> Result<Option<Target>, KindError> {
        let Some(before) = aws.observed_before.as_ref().filter(|_| aws.unchanged_is_ours) else {
            return Ok(None);
        };
        if found.description() != Some(self.with_digest().as_str()) {
            return Ok(None);
        }
        let rules = before.rules_of_target(&self.target_arn);
        let rules = rules.get_or_try_init(|| self.list_rules_of_target(aws)).await?;
        if rules.contains(&self.name) { self.desired_target().map(Some) } else { Ok(None) }
    }

    /// `ListRuleNamesByTarget` returns 100 names a page (EventBridge API reference).
    async fn list_rules_of_target(&self, aws: &Aws) -> Result<BTreeSet<String>, KindError> {
        let (mut found, mut next) = (BTreeSet::new(), None);
        loop {
            let list = aws.eventbridge.list_rule_names_by_target().target_arn(&self.target_arn);
            let page = list.set_next_token(next).send().await.map_err(KindError::doing(
                "listing the EventBridge rules of the target of",
                &self.name,
            ))?;
            found.extend(page.rule_names.unwrap_or_default());
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }
}
