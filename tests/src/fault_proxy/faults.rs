//! The faults that the proxy injects, and the ledger of calls that times them.

use std::collections::HashMap;
use std::time::Duration;

use super::call::Call;
use super::forward::Answer;
use super::rate_limit::{Buckets, RateLimit};
use super::stale::Stale;

/// The faults to inject. Mutating calls are numbered from 1.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// This call and everything after it never arrives: what a crash before it looks like from
    /// outside.
    pub outage_at: Option<usize>,
    /// This call takes effect, its answer is lost, and all else goes on.
    pub lost_reply_at: Option<usize>,
    /// This call is answered; nothing after it arrives: what a crash right after it looks like.
    pub outage_after: Option<usize>,
    /// Each call that differs from those before is throttled this many times first.
    pub throttled: usize,
    /// Only the calls of this service are throttled; `None` are those of all.
    pub throttled_service: Option<&'static str>,
    /// Calls beyond this rate are throttled.
    pub rate_limit: Option<RateLimit>,
    /// After each change, each read of an eventually consistent service is answered this many times
    /// as before.
    pub stale_reads: usize,
    /// A new resource of EFS is `creating` for this number of reads.
    pub creating_reads: usize,
    /// The delay of each call.
    pub delays: Delays,
}

impl Faults {
    /// Whether a call never arrives; `number` is that of the last mutating one.
    fn is_out(&self, call: &Call, number: usize) -> bool {
        let after = |at| number > at || (number == at && !call.mutates);
        self.outage_at.is_some_and(|at| number >= at) || self.outage_after.is_some_and(after)
    }
}

/// Delays on top of the local cloud's own.
#[derive(Clone, Debug, Default)]
pub struct Delays {
    pub every_call: Duration,
    /// By service and the beginning of the operation, on top of that.
    pub of: Vec<(&'static str, &'static str, Duration)>,
}

impl Delays {
    fn delay_for(&self, call: &Call) -> Duration {
        let matches = |(service, operation, _): &&(&str, &str, Duration)| {
            call.service == *service && call.operation.starts_with(operation)
        };
        self.every_call
            + self.of.iter().find(matches).map(|(_, _, delay)| *delay).unwrap_or_default()
    }
}

/// The treatment of one call.
pub(super) enum Fate {
    Pass,
    PassAndLoseTheReply,
    Cut,
    Refuse,
    Stale(Answer),
}

/// The calls so far, and what they decide about the next.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    faults: Faults,
    calls: Vec<Call>,
    mutations: usize,
    throttled: HashMap<String, usize>,
    buckets: Buckets,
    stale: Stale,
}

impl Ledger {
    pub(super) fn new(faults: Faults) -> Self {
        let stale = Stale::new(faults.stale_reads);
        Self { faults, stale, ..Self::default() }
    }

    pub(super) fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub(super) fn record_call(&mut self, call: &Call) -> (Fate, Duration) {
        self.calls.push(call.clone());
        self.mutations += usize::from(call.mutates);
        (self.decide_fate(call), self.faults.delays.delay_for(call))
    }

    /// The least time that the rate limit leaves for the calls so far.
    pub(super) fn least_time(&self) -> Duration {
        let limit = self.faults.rate_limit;
        limit.map(|limit| self.buckets.least_time(limit)).unwrap_or_default()
    }

    pub(super) fn record_answer(&mut self, call: &Call, answer: &Answer) {
        self.stale.record_answer(call, answer);
    }

    fn decide_fate(&mut self, call: &Call) -> Fate {
        if self.faults.is_out(call, self.mutations) {
            return Fate::Cut;
        }
        if call.mutates && self.faults.lost_reply_at == Some(self.mutations) {
            return Fate::PassAndLoseTheReply;
        }
        let throttles = self.faults.throttled_service.is_none_or(|one| call.service == one);
        let refused = self.throttled.entry(call.fingerprint.clone()).or_default();
        if throttles && *refused < self.faults.throttled {
            *refused += 1;
            return Fate::Refuse;
        }
        if self.faults.rate_limit.is_some_and(|limit| !self.buckets.take_token(limit, call)) {
            return Fate::Refuse;
        }
        match self.stale.stale_answer(call) {
            Some(answer) => Fate::Stale(answer),
            None => Fate::Pass,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list_fates(faults: Faults, mutates: &[bool]) -> Vec<&'static str> {
        let mut ledger = Ledger::new(faults);
        let call = |mutates| Call {
            service: String::new(),
            region: String::new(),
            operation: String::new(),
            mutates,
            fingerprint: "1".into(),
        };
        let fate = |mutates: &bool| match ledger.record_call(&call(*mutates)).0 {
            Fate::Pass => "pass",
            Fate::PassAndLoseTheReply => "lost",
            Fate::Cut => "cut",
            Fate::Refuse => "refused",
            Fate::Stale(_) => "stale",
        };
        mutates.iter().map(fate).collect()
    }

    #[test]
    fn an_outage_begins_at_its_call_and_stays() {
        let at = |at| Faults { outage_at: Some(at), ..Faults::default() };
        assert_eq!(
            list_fates(at(2), &[true, false, true, false, true]),
            ["pass", "pass", "cut", "cut", "cut"]
        );
        let after = |at| Faults { outage_after: Some(at), ..Faults::default() };
        assert_eq!(
            list_fates(after(2), &[true, false, true, false, true]),
            ["pass", "pass", "pass", "cut", "cut"]
        );
    }

    #[test]
    fn one_reply_is_lost_and_all_else_goes_on() {
        let lost = Faults { lost_reply_at: Some(2), ..Faults::default() };
        assert_eq!(
            list_fates(lost, &[true, false, true, false, true]),
            ["pass", "pass", "lost", "pass", "pass"]
        );
    }

    #[test]
    fn each_call_is_throttled_as_often_as_asked() {
        let throttled = Faults { throttled: 2, ..Faults::default() };
        assert_eq!(
            list_fates(throttled.clone(), &[true, true, true, true]),
            ["refused", "refused", "pass", "pass"]
        );
        let of_datasync = Faults { throttled_service: Some("datasync"), ..throttled };
        assert_eq!(list_fates(of_datasync, &[true]), ["pass"], "another service's call");
    }
}
