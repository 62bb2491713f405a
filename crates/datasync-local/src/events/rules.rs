//! The targets of an event, as EventBridge itself matches them: its rules, its matcher, its
//! targets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws::SdkFailure;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::RuleState;
use tokio::sync::Mutex;

use super::targets::RuleTarget;
use crate::clients::ClientSet;
use crate::state::AccountRegion;

/// The time for which rules are cached: long enough for a burst of events, short enough for new
/// rules.
const FRESH: Duration = Duration::from_millis(300);

/// The enabled rules with a pattern, per account and region, cached for a moment.
#[derive(Debug, Default)]
pub(super) struct Rules(Mutex<HashMap<AccountRegion, CachedRules>>);

/// The rules as they were at a moment.
#[derive(Clone, Debug)]
struct CachedRules {
    at: Instant,
    rules: Arc<Vec<EventRule>>,
}

#[derive(Debug)]
struct EventRule {
    name: String,
    pattern: String,
}

impl Rules {
    /// The targets of every rule of the default bus that matches the event.
    pub(super) async fn targets_of(
        &self,
        account_region: &AccountRegion,
        clients: &ClientSet,
        event: &str,
    ) -> Result<Vec<RuleTarget>, SdkFailure> {
        let mut found = Vec::new();
        for rule in self.read_fresh(account_region, &clients.events).await?.iter() {
            if matches_event(&clients.events, rule, event).await? {
                found.extend(list_targets(&clients.events, &rule.name).await?);
            }
        }
        Ok(found)
    }

    async fn read_fresh(
        &self,
        account_region: &AccountRegion,
        client: &Client,
    ) -> Result<Arc<Vec<EventRule>>, SdkFailure> {
        let mut cached = self.0.lock().await;
        if let Some(read) = cached.get(account_region).filter(|read| read.at.elapsed() < FRESH) {
            return Ok(Arc::clone(&read.rules));
        }
        let rules = Arc::new(list_enabled_rules(client).await?);
        cached.insert(
            account_region.clone(),
            CachedRules { at: Instant::now(), rules: Arc::clone(&rules) },
        );
        Ok(rules)
    }
}

async fn list_enabled_rules(client: &Client) -> Result<Vec<EventRule>, SdkFailure> {
    let mut rules = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_rules().set_next_token(token).send().await?;
        let with_pattern =
            page.rules().iter().filter(|rule| rule.state() == Some(&RuleState::Enabled));
        rules.extend(with_pattern.filter_map(|rule| {
            Some(EventRule {
                name: rule.name()?.to_owned(),
                pattern: rule.event_pattern()?.to_owned(),
            })
        }));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(rules);
        }
    }
}

async fn matches_event(client: &Client, rule: &EventRule, event: &str) -> Result<bool, SdkFailure> {
    let tested = client.test_event_pattern().event_pattern(&rule.pattern).event(event).send().await;
    match tested.map_err(SdkFailure::from) {
        Ok(tested) => Ok(tested.result()),
        Err(failure) if failure.is(&["InvalidEventPatternException"]) => {
            tracing::warn!(
                "rule `{}` has a pattern that EventBridge refuses: {failure}",
                rule.name
            );
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

async fn list_targets(client: &Client, rule: &str) -> Result<Vec<RuleTarget>, SdkFailure> {
    let mut targets = Vec::new();
    let mut token = None;
    loop {
        let page = client.list_targets_by_rule().rule(rule).set_next_token(token).send().await?;
        targets.extend(page.targets().iter().map(|target| RuleTarget::new(rule, target)));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(targets);
        }
    }
}
