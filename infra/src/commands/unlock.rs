//! `unlock`: releases the locks of an interrupted deploy or destroy.

use std::process::ExitCode;

use anyhow::{Result, bail};
use aws::lock;
use chrono::Utc;
use domain::point_in_time::format_time;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys::{APPLY_LOCK, DEPLOY_LOCK, INTERRUPTED_APPLY};
use domain::records::lock::Lock;

use crate::access::Access;
use crate::cli::Global;
use crate::context::StackContext;
use crate::deploy::lock_owner;
use crate::ui::confirm::confirm_yes;
use crate::ui::output;

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };

pub(super) async fn run(global: &Global, yes: bool) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    confirm_live_locks(&context, yes).await?;
    let mut released = Vec::new();
    for key in [DEPLOY_LOCK, APPLY_LOCK] {
        released.extend(release_lock(&context, key).await?);
    }
    output::print_data(global.output, &released, released_text(&released))?;
    if let Some(unfinished) = context.records.read::<InterruptedApply>(INTERRUPTED_APPLY).await? {
        let begun = format_time(unfinished.begun_at);
        output::print_progress(format!(
            "the change that began at {begun} is unfinished; run `efs-s3 deploy` or `efs-s3 \
                destroy`"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Requires a confirmation for each lock whose owner may be running: the release would let a second
/// command change the same resources.
async fn confirm_live_locks(context: &StackContext, yes: bool) -> Result<()> {
    for key in [DEPLOY_LOCK, APPLY_LOCK] {
        let Some(held) = lock::holder(&context.records, key, Utc::now()).await? else { continue };
        if !yes && !lock_owner::has_ended(&held.owner) {
            confirm_yes(&live_lock_text(&held), "releasing a lock that may be in use", "--yes")?;
        }
    }
    Ok(())
}

fn live_lock_text(lock: &Lock) -> String {
    format!(
        "`{}` acquired the lock at {}; it expires at {} unless its owner renews it. Two changes at \
            once can create resources twice. Release it?",
        lock.owner,
        format_time(lock.taken_at),
        format_time(lock.expires_at)
    )
}

async fn release_lock(context: &StackContext, key: &str) -> Result<Option<Lock>> {
    let now = Utc::now();
    let Some(held) = lock::holder(&context.records, key, now).await? else { return Ok(None) };
    lock::give_back(&context.records, key, &held.owner, now).await?;
    if lock::holder(&context.records, key, now).await?.is_some() {
        bail!("another command acquired the lock at this moment; run `efs-s3 unlock` again");
    }
    Ok(Some(held))
}

fn released_text(released: &[Lock]) -> String {
    if released.is_empty() {
        return "the stack is not locked\n".to_owned();
    }
    let line = |lock: &Lock| {
        format!(
            "released the lock that `{}` acquired at {}\n",
            lock.owner,
            format_time(lock.taken_at)
        )
    };
    released.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn the_owner_of_the_lock_is_shown() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let lock = Lock { owner: "efs-s3 deploy by anna".into(), taken_at: at, expires_at: at };
        let expected =
            "released the lock that `efs-s3 deploy by anna` acquired at 2023-11-14 22:13:20 UTC\n";
        assert_eq!(released_text(std::slice::from_ref(&lock)), expected);
        insta::assert_snapshot!(live_lock_text(&lock).replace("; ", ";\n").replace(". ", ".\n"), @"
        `efs-s3 deploy by anna` acquired the lock at 2023-11-14 22:13:20 UTC;
        it expires at 2023-11-14 22:13:20 UTC unless its owner renews it.
        Two changes at once can create resources twice.
        Release it?
        ");
        assert_eq!(released_text(&[]), "the stack is not locked\n");
    }
}
