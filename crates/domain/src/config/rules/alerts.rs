//! `[alerts]`: what SNS can deliver to.
//!
//! Source: SNS API reference, `Subscribe`: the endpoint of each protocol.

use super::Problems;
use crate::arn::Arn;
use crate::config::StackConfig;
use crate::config::ids::check_kms_key;

pub(super) fn check(config: &StackConfig, problems: &mut Problems) {
    let alerts = &config.alerts;
    if let Some(arn) = &alerts.kms_key_arn
        && let Err(message) = check_kms_key(arn, &config.stack.region)
    {
        problems.add_with("alerts.kms_key_arn", arn, &["stack.region"], message);
    }
    for address in &alerts.email {
        let allowed = "must be an address such as oncall@example.com";
        problems.require(is_address(address), "alerts.email", address, allowed);
    }
    for url in &alerts.https {
        let allowed =
            "must begin with https:// and a host: what is told is not for everybody on the way";
        problems.require(is_https(url), "alerts.https", url, allowed);
    }
    for arn in &alerts.sqs {
        let allowed = "must be a queue's ARN: arn:aws:sqs:<region>:<account>:<name>";
        problems.require(is_queue(arn), "alerts.sqs", arn, allowed);
    }
    for (key, endpoints) in [
        ("alerts.email", &alerts.email),
        ("alerts.https", &alerts.https),
        ("alerts.sqs", &alerts.sqs),
    ] {
        problems.each_once(key, endpoints);
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
