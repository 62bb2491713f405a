//! The way of one call: verdict, answer, record.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde_json::json;

use super::as_aws::AsAws;
use super::denial::denial_answer;
use super::judge::{Judge, Verdict};
use super::late_policies::{LatePolicies, changes_policies};
use super::recorder::Recorder;
use super::request::Seen;
use super::second_emulator::SecondEmulators;
use super::server::Unanswered;
use super::verdicts::Verdicts;
use super::watch::Watch;
use crate::fault_proxy::{Answer, Call, Upstream};

/// The state of the proxy, for all its connections.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) judge: Judge,
    pub(super) recorder: Recorder,
    pub(super) verdicts: Verdicts,
    pub(super) late_policies: LatePolicies,
    pub(super) second_emulators: SecondEmulators,
    pub(super) watch: Watch,
    pub(super) calls: AtomicU64,
    /// By account: what is remembered of one is nothing to another.
    pub(super) as_aws: Mutex<HashMap<String, AsAws>>,
}

impl Shared {
    pub(super) fn new(judge: Judge, recorder: Recorder) -> Self {
        Self {
            judge,
            recorder,
            verdicts: Verdicts::default(),
            late_policies: LatePolicies::default(),
            second_emulators: SecondEmulators::default(),
            watch: Watch::default(),
            calls: AtomicU64::new(0),
            as_aws: Mutex::default(),
        }
    }

    pub(super) fn next_number(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    fn refuse_as_aws(&self, seen: &Seen, call: &Call, head: &Parts) -> Option<Answer> {
        let mut as_aws = self.as_aws();
        as_aws.entry(seen.account.clone()).or_default().refuse(call, head, seen.kept_body())
    }

    /// The answer that AWS would give where the local cloud is simpler.
    async fn answer_as_aws(
        &self,
        seen: &Seen,
        upstream: &Upstream,
        head: Parts,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        let call = Call::from_request(&head, &body);
        if let Some(refused) = self.refuse_as_aws(seen, &call, &head) {
            return Ok(refused);
        }
        let answer = match self.second_emulators.forward_call(seen, &call, &head, &body).await {
            Some(answer) => answer,
            None => upstream.forward_to_first(head.clone(), body).await,
        };
        let mut as_aws = self.as_aws();
        let account = as_aws.entry(seen.account.clone()).or_default();
        Ok(account.rewrite(&call, &head, seen.kept_body(), answer.map_err(|_| Unanswered)?))
    }

    pub(super) fn as_aws(&self) -> MutexGuard<'_, HashMap<String, AsAws>> {
        self.as_aws.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of the local cloud, or the refusal of IAM.
    pub(super) async fn forward_judged(
        self: &Arc<Self>,
        seen: Seen,
        upstream: &Upstream,
        head: Parts,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        self.watch.record(&seen);
        let known = if seen.judged { self.verdicts.cached_verdict(&seen) } else { None };
        let asked = seen.judged && known.is_none();
        let verdict = match known {
            Some(verdict) => verdict,
            None => self.request_verdict(&seen).await?,
        };
        let answer = match &verdict.denied {
            Some(denied) => denial_answer(&seen, denied),
            None => self.answer_as_aws(&seen, upstream, head, body).await?,
        };
        let (answer, denied) = match &verdict.if_missing {
            // Who may not list a bucket is not told what is missing (S3 API reference,
            // `GetObject`).
            Some(denied) if answer.status == StatusCode::NOT_FOUND => {
                (denial_answer(&seen, denied), Some(denied))
            }
            _ => (answer, verdict.denied.as_ref()),
        };
        if let Some(denied) = denied
            && !self.late_policies.keep_denial(&seen, denied)
        {
            self.recorder.record_denial(&seen, denied);
        }
        self.record_and_teach(&seen, &answer, asked);
        Ok(answer)
    }

    /// Asks the judge, and keeps its verdict. A call of a principal without a role is not judged.
    async fn request_verdict(&self, seen: &Seen) -> Result<Verdict, Unanswered> {
        if !seen.judged {
            return Ok(Verdict::default());
        }
        let before = self.verdicts.generation(seen);
        let verdict = self.judge.request_verdict(seen).await.map_err(|_| Unanswered)?;
        self.verdicts.keep(seen, before, &verdict);
        Ok(verdict)
    }

    /// Records a call unless one like it was recorded, and tells the judge what it changed.
    fn record_and_teach(self: &Arc<Self>, seen: &Seen, answer: &Answer, asked: bool) {
        let first = self.recorder.count_call(seen, answer.status);
        let teaches =
            answer.status.is_success() && (seen.mutates || (seen.tells && (asked || first)));
        if first || asked || teaches {
            let call = json!(seen.wire_form_with_answer(answer));
            self.recorder.write(&json!({ "call": &call }));
            let lag = self.as_aws().get(&seen.account).map(AsAws::role_lag).unwrap_or_default();
            if teaches && !lag.is_zero() && changes_policies(seen) {
                self.late_policies.postpone(self, seen, json!({ "learn": call }), lag);
            } else if asked || teaches {
                self.judge.send_line(&json!({ "learn": call }));
            }
        }
        if teaches && seen.mutates {
            self.verdicts.forget(seen);
        }
    }
}
