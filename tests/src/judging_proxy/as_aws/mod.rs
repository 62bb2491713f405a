//! The answers of AWS where the local cloud is simpler, in front of every call. One file has one
//! behaviour, with the source of the AWS fact. Nothing here can be switched off.

mod client_tokens;
mod conditional_writes;
mod instance_type_offerings;
mod interface_endpoints;
mod log_policies;
mod policy_documents;
mod refusals;
mod removed_subscriptions;
mod role_propagation;
mod versioning_propagation;

use std::time::Duration;

use client_tokens::ClientTokens;
use conditional_writes::ConditionalWrites;
use hyper::http::request::Parts;
use interface_endpoints::InterfaceEndpoints;
use removed_subscriptions::RemovedSubscriptions;
use role_propagation::RolePropagation;
use tokio::time::Instant;
use versioning_propagation::VersioningPropagation;

use crate::fault_proxy::{Answer, Call};

/// The calls of one account that were refused for what passes with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// By services that did not know the role that they need.
    pub for_role_propagation: usize,
    /// By IAM, of what a policy allowed that had not taken effect.
    pub for_late_policies: usize,
    /// Conditional writes.
    pub for_conflicts: usize,
    /// Reads of what was written while a bucket's first versioning was young.
    pub for_versioning: usize,
}

/// The facts that AWS would remember of one account.
#[derive(Debug, Default)]
pub(super) struct AsAws {
    client_tokens: ClientTokens,
    conditional_writes: ConditionalWrites,
    interface_endpoints: InterfaceEndpoints,
    removed_subscriptions: RemovedSubscriptions,
    role_propagation: RolePropagation,
    versioning_propagation: VersioningPropagation,
}

impl AsAws {
    /// Sets how long a change of a role takes to be known to other services.
    pub(super) fn set_role_delay(&mut self, lag: Duration) {
        self.role_propagation.set_lag(lag);
    }

    pub(super) fn role_lag(&self) -> Duration {
        self.role_propagation.lag()
    }

    pub(super) fn refused(&self) -> Refused {
        Refused {
            for_role_propagation: self.role_propagation.refused(),
            for_conflicts: self.conditional_writes.refused(),
            for_versioning: self.versioning_propagation.refused(),
            for_late_policies: 0,
        }
    }

    /// Returns the answer of AWS to a call that must not reach the local cloud: mostly a refusal.
    pub(super) fn refuse(&mut self, call: &Call, head: &Parts, body: &[u8]) -> Option<Answer> {
        log_policies::refuse(call, body)
            .or_else(|| self.client_tokens.refuse(call, body))
            .or_else(|| self.conditional_writes.refuse(&call.service, head))
            .or_else(|| self.role_propagation.refuse(call, body, Instant::now()))
            .or_else(|| self.versioning_propagation.refuse(&call.service, head))
            .or_else(|| instance_type_offerings::answer(call, body))
    }

    /// Returns the local cloud's answer as AWS would have given it.
    pub(super) fn rewrite(
        &mut self,
        call: &Call,
        head: &Parts,
        body: &[u8],
        answer: Answer,
    ) -> Answer {
        if !answer.status.is_success() {
            return answer;
        }
        self.client_tokens.remember(call, body, &answer);
        self.role_propagation.remember(call, body, Instant::now());
        self.versioning_propagation.remember(&call.service, head, Instant::now());
        let answer = self.removed_subscriptions.rewrite(call, body, answer);
        let answer = self.interface_endpoints.rewrite(call, body, answer);
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
    xml.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&close).map(|(text, _)| text))
        .collect()
}

#[cfg(test)]
mod testing {
    use hyper::body::Bytes;
    use hyper::{HeaderMap, StatusCode};

    use super::{Answer, Call};

    pub(super) fn test_call(service: &str, operation: &str) -> Call {
        let mutates =
            !["Describe", "List", "Get", "GET"].iter().any(|reads| operation.starts_with(reads));
        Call {
            service: service.into(),
            region: "eu-central-1".into(),
            operation: operation.into(),
            mutates,
            fingerprint: String::new(),
        }
    }

    pub(super) fn test_answer(body: impl Into<String>) -> Answer {
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from(body.into()) }
    }

    pub(super) fn body_text(answer: &Answer) -> String {
        String::from_utf8(answer.body.to_vec()).unwrap()
    }
}
