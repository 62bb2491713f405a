//! The lock of a deploy or destroy of both planes. It expires soon and is renewed while the command
//! runs.
//!
//! An interrupted command blocks the stack for [`LIFE`] at most. The function has a separate lock
//! for the data plane, so that it is safe whoever invokes it.

use std::time::Duration;

use anyhow::Result;
use aws::failure::chain;
use aws::lock::{self, LockError};
use aws::records_bucket::{RecordsBucket, RecordsError};
use chrono::{DateTime, TimeDelta, Utc};
use domain::records::keys::{APPLY_LOCK, DEPLOY_LOCK};
use domain::records::lock::Lock;
use tokio::time::sleep;

use crate::access::Access;
use crate::deploy::lock_owner;
use crate::ui::interrupt::{Interrupted, run_until_interrupt};
use crate::ui::output;

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };

const LIFE: TimeDelta = TimeDelta::minutes(2);
const RENEWAL: Duration = Duration::from_secs(30);

pub(crate) struct DeployLock {
    records: RecordsBucket,
    lock: Lock,
    /// The command that holds it: `deploy`.
    command: &'static str,
}

impl DeployLock {
    /// Acquires the lock. Returns `None` when there is no records bucket to keep it in.
    pub(crate) async fn acquire_lock(
        records: &RecordsBucket,
        command: &'static str,
    ) -> Result<Option<Self>, LockError> {
        let lock = lock_from(lock_owner::this_process(command), Utc::now(), LIFE);
        match lock::take(records, DEPLOY_LOCK, &lock).await {
            Ok(()) => Ok(Some(Self { records: records.clone(), lock, command })),
            Err(LockError::Records(error)) if is_no_bucket(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs `work` and renews the lock. Stops when the lock is lost, or at Ctrl-C.
    pub(crate) async fn run_with_renewal<T>(
        &mut self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let command = self.command;
        let renewed = async {
            tokio::select! {
                outcome = work => outcome,
                lost = self.keep_renewing() => Err(lost.into()),
            }
        };
        run_until_interrupt(renewed, || interrupted_change(command)).await
    }

    /// Runs `work`, which ends within `bound`, without writes to the records bucket.
    pub(crate) async fn run_without_renewal<T>(
        &mut self,
        bound: TimeDelta,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let longer = lock_from(self.lock.owner.clone(), Utc::now(), bound);
        lock::take(&self.records, DEPLOY_LOCK, &longer).await?;
        run_until_interrupt(work, || interrupted_change(self.command)).await
    }

    /// Releases the lock. If that fails, the lock expires.
    pub(crate) async fn release_lock(self) {
        match lock::give_back(&self.records, DEPLOY_LOCK, &self.lock.owner, Utc::now()).await {
            Err(LockError::Records(error)) if is_no_bucket(&error) => {}
            Err(error) => {
                output::print_progress(format!("could not release the lock: {}", chain(&error)))
            }
            Ok(()) => {}
        }
    }

    async fn keep_renewing(&mut self) -> LockError {
        loop {
            sleep(RENEWAL).await;
            let now = Utc::now();
            match lock::renew(&self.records, DEPLOY_LOCK, &self.lock, now + LIFE).await {
                Ok(renewed) => self.lock = renewed,
                Err(lost @ LockError::Lost(_)) => return lost,
                Err(error) if self.lock.expires_at <= now => return error,
                // The lock is still held; the next renewal may succeed.
                Err(_) => {}
            }
        }
    }
}

/// Fails while another command or function changes the stack. Releases the lock of a command that
/// was killed on this machine.
pub(crate) async fn refuse_if_held(records: &RecordsBucket) -> Result<(), LockError> {
    for key in [DEPLOY_LOCK, APPLY_LOCK] {
        let Some(held) = lock::holder(records, key, Utc::now()).await? else { continue };
        if !lock_owner::has_ended(&held.owner) {
            return Err(LockError::Held(held));
        }
        output::print_progress(format!(
            "`{}` has ended without releasing its lock; releasing it",
            held.owner
        ));
        lock::give_back(records, key, &held.owner, Utc::now()).await?;
    }
    Ok(())
}

fn lock_from(owner: String, now: DateTime<Utc>, life: TimeDelta) -> Lock {
    Lock { owner, taken_at: now, expires_at: now + life }
}

fn is_no_bucket(error: &RecordsError) -> bool {
    matches!(error, RecordsError::Call { source, .. } if source.is(&["NoSuchBucket"]))
}

/// Says what continues after Ctrl-C. The lock is released meanwhile.
fn interrupted_change(command: &str) -> Interrupted {
    output::clear_transient();
    output::print_progress("stopping and releasing the lock; Ctrl-C again ends at once …");
    let next = match command {
        "restore" => {
            "run the same command again: it resumes; `efs-s3 status` shows a restore that has \
                started"
                .to_owned()
        }
        command => format!(
            "`efs-s3 plan` shows what is left; `efs-s3 {command}` again resumes where it stopped"
        ),
    };
    Interrupted {
        continues: "no further step is started here, but a call that was sent still takes effect, \
            and bootstrap-stack, if it is running, continues to its end"
            .to_owned(),
        next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_change_says_what_continues_and_how_to_resume() {
        let texts = ["deploy", "destroy", "restore"].map(|command| {
            let stopped = interrupted_change(command);
            format!("{stopped}\n  next: {}\n", stopped.next)
        });
        insta::assert_snapshot!(texts.concat(), @"
        interrupted; no further step is started here, but a call that was sent still takes effect, and bootstrap-stack, if it is running, continues to its end
          next: `efs-s3 plan` shows what is left; `efs-s3 deploy` again resumes where it stopped
        interrupted; no further step is started here, but a call that was sent still takes effect, and bootstrap-stack, if it is running, continues to its end
          next: `efs-s3 plan` shows what is left; `efs-s3 destroy` again resumes where it stopped
        interrupted; no further step is started here, but a call that was sent still takes effect, and bootstrap-stack, if it is running, continues to its end
          next: run the same command again: it resumes; `efs-s3 status` shows a restore that has started
        ");
    }
}
