//! EC2 remembers the client token of an instance after its end and refuses it with
//! `IdempotentInstanceTerminated` (EC2 API reference, "Error codes for the Amazon EC2 API"). The
//! local cloud forgets it.

use std::collections::{HashMap, HashSet};

use super::refusals::ec2_refusal;
use super::{Answer, Call, element_texts, form_field};

/// The tokens of instances, and the instances that were terminated.
#[derive(Debug, Default)]
pub(super) struct ClientTokens {
    instances: HashMap<String, Vec<String>>,
    terminated: HashSet<String>,
}

impl ClientTokens {
    pub(super) fn refuse(&self, call: &Call, body: &[u8]) -> Option<Answer> {
        let token = used_token(call, body)?;
        let launched = self.instances.get(&token)?;
        let is_terminated = launched.iter().any(|id| self.terminated.contains(id));
        let message = format!(
            "The instance that was launched with the client token '{token}' is terminated."
        );
        is_terminated.then(|| ec2_refusal("IdempotentInstanceTerminated", &message))
    }

    pub(super) fn remember(&mut self, call: &Call, body: &[u8], answer: &Answer) {
        if call.service != "ec2" {
            return;
        }
        let xml = String::from_utf8_lossy(&answer.body);
        let ids = || element_texts(&xml, "instanceId").into_iter().map(str::to_owned);
        if let Some(token) = used_token(call, body) {
            self.instances.insert(token, ids().collect());
        } else if call.operation == "TerminateInstances" {
            self.terminated.extend(ids());
        }
    }
}

fn used_token(call: &Call, body: &[u8]) -> Option<String> {
    let launches = call.service == "ec2" && call.operation == "RunInstances";
    launches.then(|| form_field(body, "ClientToken")).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body_text, test_answer, test_call};
    use super::*;

    #[test]
    fn the_token_of_a_terminated_instance_is_refused_and_no_other() {
        let mut tokens = ClientTokens::default();
        let (run, terminate) =
            (test_call("ec2", "RunInstances"), test_call("ec2", "TerminateInstances"));
        let launched =
            test_answer("<instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>");
        tokens.remember(&run, b"Action=RunInstances&ClientToken=one", &launched);
        assert!(tokens.refuse(&run, b"Action=RunInstances&ClientToken=one").is_none());
        tokens.remember(&terminate, b"", &test_answer("<item><instanceId>i-1</instanceId></item>"));
        let refusal = tokens.refuse(&run, b"Action=RunInstances&ClientToken=one").unwrap();
        assert!(body_text(&refusal).contains("<Code>IdempotentInstanceTerminated</Code>"));
        assert!(tokens.refuse(&run, b"Action=RunInstances&ClientToken=two").is_none());
    }
}
