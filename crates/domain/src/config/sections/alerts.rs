//! `[alerts]`: who hears of what went wrong.
//!
//! Source: SNS API reference, `Subscribe`: the endpoint of each protocol.

#[cfg(test)]
pub(in crate::config) mod tests;

use serde::{Deserialize, Serialize};

use crate::arn::Arn;
use crate::config::StackConfig;
use crate::config::document::Document;
use crate::config::ids::check_kms_key;
use crate::config::rule_problems::RuleProblems;
use crate::config::section_reader::SectionReader;

/// All of them may be empty: then the topic is there, and nobody hears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsConfig {
    /// Each has to confirm once.
    pub email: Vec<String>,
    /// URLs, each of which has to confirm once.
    pub https: Vec<String>,
    /// ARNs of SQS queues, whose policy has to let the topic in.
    pub sqs: Vec<String>,
    /// The key that encrypts what lies in the topic; its policy has to let CloudWatch use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
}

impl AlertsConfig {
    /// SNS's protocol and endpoint of each subscription, in the order of the text.
    pub fn list_subscriptions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let endpoints = [("email", &self.email), ("https", &self.https), ("sqs", &self.sqs)];
        endpoints.into_iter().flat_map(|(protocol, all)| {
            all.iter().map(move |endpoint| (protocol, endpoint.as_str()))
        })
    }
}

pub(in crate::config) fn read_section(document: &mut Document) -> AlertsConfig {
    let mut read = SectionReader::open(document, "alerts");
    let section = AlertsConfig {
        email: read.read_texts("email"),
        https: read.read_texts("https"),
        sqs: read.read_texts("sqs"),
        kms_key_arn: read.read_optional_text("kms_key_arn"),
    };
    read.finish();
    section
}

pub(in crate::config) fn check_section(config: &StackConfig, problems: &mut RuleProblems) {
    let alerts = &config.alerts;
    if let Some(arn) = &alerts.kms_key_arn
        && let Err(message) = check_kms_key(arn, &config.stack.region)
    {
        problems.add_combined("alerts.kms_key_arn", arn, &["stack.region"], message);
    }
    for address in &alerts.email {
        let allowed = "must be an address such as oncall@example.com";
        problems.require_value(is_address(address), "alerts.email", address, allowed);
    }
    for url in &alerts.https {
        let allowed = "must begin with https:// and a host: alerts are confidential";
        problems.require_value(is_https(url), "alerts.https", url, allowed);
    }
    for arn in &alerts.sqs {
        let allowed = "must be the ARN of a queue: arn:aws:sqs:<region>:<account>:<name>";
        problems.require_value(is_queue(arn), "alerts.sqs", arn, allowed);
    }
    for (key, endpoints) in [
        ("alerts.email", &alerts.email),
        ("alerts.https", &alerts.https),
        ("alerts.sqs", &alerts.sqs),
    ] {
        problems.check_duplicates(key, endpoints);
    }
}

fn is_address(text: &str) -> bool {
    let halves = text.split_once('@');
    !text.contains(char::is_whitespace)
        && halves.is_some_and(|(name, host)| {
            !name.is_empty() && !host.contains('@') && host.split('.').count() > 1
        })
        && !text.ends_with('.')
}

fn is_https(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    !text.contains(char::is_whitespace)
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

fn is_queue(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        arn.partition.starts_with("aws")
            && arn.service == "sqs"
            && !arn.region.is_empty()
            && arn.has_account_id()
            && !arn.resource.is_empty()
            && !arn.resource.contains(':')
    })
}
