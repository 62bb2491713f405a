//! `[alerts]`: who hears of what went wrong.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::problem::ConfigProblem;
use crate::config::reader::Reader;

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

pub(in crate::config) fn read(
    document: &mut Table,
    problems: &mut Vec<ConfigProblem>,
) -> AlertsConfig {
    let mut read = Reader::section(document, "alerts", problems);
    let section = AlertsConfig {
        email: read.texts("email"),
        https: read.texts("https"),
        sqs: read.texts("sqs"),
        kms_key_arn: read.optional_text("kms_key_arn"),
    };
    read.finish();
    section
}
