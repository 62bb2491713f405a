//! The answers of AWS where the local cloud is simpler, in front of every call. One file has one
//! behaviour, with the source of the AWS fact. Nothing here can be switched off.

mod client_tokens;
mod instance_type_offerings;
mod log_policies;
mod policy_documents;
mod refusals;
mod removed_subscriptions;

use client_tokens::ClientTokens;
use removed_subscriptions::RemovedSubscriptions;

use crate::fault_proxy::{Answer, Call};

/// The facts that AWS would remember of one account.
#[derive(Debug, Default)]
pub(super) struct AsAws {
    client_tokens: ClientTokens,
    removed_subscriptions: RemovedSubscriptions,
}

impl AsAws {
    /// Returns the answer of AWS to a call that must not reach the local cloud: mostly a refusal.
    pub(super) fn refuse(&self, call: &Call, body: &[u8]) -> Option<Answer> {
        log_policies::refuse(call, body)
            .or_else(|| self.client_tokens.refuse(call, body))
            .or_else(|| instance_type_offerings::answer(call, body))
    }

    /// Returns the local cloud's answer as AWS would have given it.
    pub(super) fn rewrite(&mut self, call: &Call, body: &[u8], answer: Answer) -> Answer {
        if !answer.status.is_success() {
            return answer;
        }
        self.client_tokens.remember(call, body, &answer);
        let answer = self.removed_subscriptions.rewrite(call, body, answer);
        policy_documents::rewrite(call, answer)
    }
}

/// A field of a request in the query protocols, decoded.
fn form_field(body: &[u8], name: &str) -> Option<String> {
    let form = std::str::from_utf8(body).ok()?;
    let value = form.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))?;
    let spaced = value.replace('+', " ");
    Some(percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// The texts of all elements of this name.
fn element_texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close).map(|(text, _)| text)).collect()
}

#[cfg(test)]
mod testing {
    use hyper::body::Bytes;
    use hyper::{HeaderMap, StatusCode};

    use super::{Answer, Call};

    pub(super) fn call(service: &str, operation: &str) -> Call {
        let mutates = !["Describe", "List", "Get", "GET"].iter().any(|reads| operation.starts_with(reads));
        Call {
            service: service.into(),
            region: "eu-central-1".into(),
            operation: operation.into(),
            mutates,
            fingerprint: String::new(),
        }
    }

    pub(super) fn answer(body: impl Into<String>) -> Answer {
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from(body.into()) }
    }

    pub(super) fn text(answer: &Answer) -> String {
        String::from_utf8(answer.body.to_vec()).unwrap()
    }
}
