//! Eventual consistency: for a while after a change, reads are answered as they were before it.
//!
//! Only services that say so of themselves: EC2 and IAM. S3 and DataSync are strongly consistent,
//! or not known to lag.

use std::collections::HashMap;

use super::call::Call;
use super::forward::Answer;

#[derive(Debug, Default)]
pub(super) struct Stale {
    reads: usize,
    /// The last answer to each read, its service, and how often it is still to be given.
    last: HashMap<String, Last>,
}

#[derive(Debug)]
struct Last {
    service: String,
    answer: Answer,
    left: usize,
}

impl Stale {
    pub(super) fn new(reads: usize) -> Self {
        Self { reads, ..Self::default() }
    }

    pub(super) fn record_answer(&mut self, call: &Call, answer: &Answer) {
        if self.reads == 0 || !is_eventually_consistent(call) {
            return;
        }
        if call.mutates {
            // Of the same service: a change of a role makes no subnet lag.
            let same = self.last.values_mut().filter(|last| last.service == call.service);
            same.for_each(|last| last.left = self.reads);
        } else {
            let last = Last { service: call.service.clone(), answer: answer.clone(), left: 0 };
            self.last.insert(call.fingerprint.clone(), last);
        }
    }

    pub(super) fn stale_answer(&mut self, call: &Call) -> Option<Answer> {
        let last = self.last.get_mut(&call.fingerprint).filter(|_| !call.mutates)?;
        last.left = last.left.checked_sub(1)?;
        Some(last.answer.clone())
    }
}

fn is_eventually_consistent(call: &Call) -> bool {
    matches!(call.service.as_str(), "ec2" | "iam")
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use hyper::body::Bytes;

    use super::*;

    fn call(mutates: bool) -> Call {
        Call {
            service: "ec2".into(),
            region: String::new(),
            operation: String::new(),
            mutates,
            fingerprint: mutates.to_string(),
        }
    }

    fn stale_answer(text: &'static str) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: hyper::HeaderMap::default(),
            body: Bytes::from_static(text.as_bytes()),
        }
    }

    #[test]
    fn a_read_is_answered_as_before_the_change_as_often_as_asked() {
        let mut stale = Stale::new(2);
        assert!(stale.stale_answer(&call(false)).is_none());
        stale.record_answer(&call(false), &stale_answer("before"));
        stale.record_answer(&call(true), &stale_answer(""));
        let given = [
            stale.stale_answer(&call(false)),
            stale.stale_answer(&call(false)),
            stale.stale_answer(&call(false)),
        ];
        let given: Vec<_> =
            given.into_iter().map(|answer| answer.map(|answer| answer.body)).collect();
        let before = Some(Bytes::from_static(b"before"));
        assert_eq!(given, [before.clone(), before, None]);
    }
}
