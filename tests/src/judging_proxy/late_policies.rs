//! Changes of policies take effect a while later (IAM User Guide, "Changes that I make are not
//! always immediately visible"): until then the judge decides by the policies before.
//!
//! A call that is denied meanwhile is judged again after each change that has taken effect. One
//! that is still denied after the last of them counts as a denial; the others counted as late.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::judge::Denied;
use super::judgement::Shared;
use super::request::Seen;

/// The calls of IAM that change what a role may do.
const OF_IAM: [&str; 9] = [
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
    "CreatePolicy",
];

/// A change that has been answered and has not taken effect.
#[derive(Debug)]
struct Change {
    at: Instant,
    seen: Seen,
    /// The change that the judge has to learn.
    lesson: Value,
}

/// By account, the changes on their way.
#[derive(Debug, Default)]
pub(super) struct LatePolicies(Mutex<HashMap<String, Account>>);

#[derive(Debug, Default)]
struct Account {
    changes: Option<mpsc::UnboundedSender<Change>>,
    /// So many changes are on their way.
    pending: usize,
    /// The calls that were denied in the meantime.
    denied: Vec<(Seen, Denied)>,
    late: usize,
}

impl LatePolicies {
    /// Tells the judge of a change after `lag`, after those before it.
    pub(super) fn postpone(&self, shared: &Arc<Shared>, seen: &Seen, lesson: Value, lag: Duration) {
        let mut accounts = self.lock_accounts();
        let account = accounts.entry(seen.account.clone()).or_default();
        account.pending += 1;
        let changes = account.changes.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tokio::spawn(take_effect(shared.clone(), receiver));
            sender
        });
        // The receiver ends with the runtime.
        drop(changes.send(Change { at: Instant::now() + lag, seen: seen.clone(), lesson }));
    }

    /// Keeps a denial that a change on its way may end. `false` when there is none.
    pub(super) fn keep_denial(&self, seen: &Seen, denied: &Denied) -> bool {
        let mut accounts = self.lock_accounts();
        let Some(account) = accounts.get_mut(&seen.account).filter(|account| account.pending > 0)
        else {
            return false;
        };
        account.denied.push((seen.clone(), denied.clone()));
        true
    }

    /// The calls of an account that were denied and would not be now.
    pub(super) fn count_late(&self, account: &str) -> usize {
        self.lock_accounts().get(account).map_or(0, |account| account.late)
    }

    fn taken_effect(&self, account: &str) -> Vec<(Seen, Denied)> {
        self.lock_accounts()
            .get_mut(account)
            .map(|account| std::mem::take(&mut account.denied))
            .unwrap_or_default()
    }

    /// Puts back what is still denied. Returns it instead where no change is on its way any more.
    fn put_back(
        &self,
        account: &str,
        late: usize,
        denied: Vec<(Seen, Denied)>,
    ) -> Vec<(Seen, Denied)> {
        let mut accounts = self.lock_accounts();
        let account = accounts.entry(account.to_owned()).or_default();
        account.pending -= 1;
        account.late += late;
        if account.pending == 0 {
            return denied;
        }
        account.denied.extend(denied);
        Vec::new()
    }

    fn lock_accounts(&self) -> MutexGuard<'_, HashMap<String, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call changes what a role may do.
pub(super) fn changes_policies(seen: &Seen) -> bool {
    let is_bucket_policy =
        seen.path.split_once('?').is_some_and(|(_, query)| query.starts_with("policy"));
    (seen.service == "iam" && OF_IAM.contains(&seen.operation.as_str()))
        || (seen.service == "s3" && is_bucket_policy)
}

/// Those of the denied calls that are still denied.
async fn judge_again(shared: &Shared, denied: Vec<(Seen, Denied)>) -> Vec<(Seen, Denied)> {
    let mut still_denied = Vec::new();
    for (call, refusal) in denied {
        let again = call.clone().with_number(shared.next_number());
        // A judge that has ended decides nothing more.
        let verdict = shared.judge.request_verdict(&again).await;
        if verdict.is_ok_and(|verdict| verdict.denied.is_some()) {
            still_denied.push((call, refusal));
        }
    }
    still_denied
}

async fn take_effect(shared: Arc<Shared>, mut changes: mpsc::UnboundedReceiver<Change>) {
    while let Some(Change { at, seen, lesson }) = changes.recv().await {
        sleep_until(at).await;
        shared.judge.send_line(&lesson);
        shared.verdicts.forget(&seen);
        let denied = shared.late_policies.taken_effect(&seen.account);
        let count = denied.len();
        let still_denied = judge_again(&shared, denied).await;
        let late = count - still_denied.len();
        for (call, refusal) in shared.late_policies.put_back(&seen.account, late, still_denied) {
            shared.recorder.record_denial(&call, &refusal);
        }
    }
}
