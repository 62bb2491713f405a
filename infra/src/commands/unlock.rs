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
use crate::ui::output;

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
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
        assert_eq!(released_text(&[lock]), expected);
        assert_eq!(released_text(&[]), "the stack is not locked\n");
    }
}
