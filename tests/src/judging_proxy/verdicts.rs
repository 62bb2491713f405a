//! The verdicts that still hold: a change of the account ends those that depend on tags, a change
//! of IAM all of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::judge::Verdict;
use super::request::Seen;

#[derive(Debug, Default)]
pub(super) struct Verdicts(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    verdicts: HashMap<[u8; 16], (Generation, Verdict)>,
    /// Changes of IAM and of bucket policies, in all accounts.
    policies: u64,
    /// All other changes, by account.
    accounts: HashMap<String, u64>,
}

/// The number of changes at the time when a verdict was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation {
    policies: u64,
    account: u64,
}

impl Verdicts {
    pub(super) fn cached_verdict(&self, seen: &Seen) -> Option<Verdict> {
        let kept = self.lock_kept();
        let (generation, verdict) = kept.verdicts.get(&seen.verdict_key)?;
        let now = kept.generation(seen);
        let holds =
            if verdict.stable { generation.policies == now.policies } else { *generation == now };
        holds.then(|| verdict.clone())
    }

    pub(super) fn generation(&self, seen: &Seen) -> Generation {
        self.lock_kept().generation(seen)
    }

    pub(super) fn keep(&self, seen: &Seen, generation: Generation, verdict: &Verdict) {
        self.lock_kept().verdicts.insert(seen.verdict_key, (generation, verdict.clone()));
    }

    /// After a call that changed something.
    pub(super) fn forget(&self, seen: &Seen) {
        let mut kept = self.lock_kept();
        if seen.service == "iam" || (seen.service == "s3" && seen.path.contains("policy")) {
            kept.policies += 1;
        }
        *kept.accounts.entry(seen.account.clone()).or_default() += 1;
    }

    pub(super) fn forget_all(&self) {
        self.lock_kept().policies += 1;
    }

    fn lock_kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn generation(&self, seen: &Seen) -> Generation {
        let account = self.accounts.get(&seen.account).copied().unwrap_or_default();
        Generation { policies: self.policies, account }
    }
}
