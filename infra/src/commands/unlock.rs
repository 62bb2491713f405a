//! `unlock`: releases the locks of a deploy or destroy that was cut off.

use std::process::ExitCode;

use anyhow::{Result, bail};
use aws::lock;
use chrono::Utc;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys::{APPLY_LOCK, DEPLOY_LOCK, INTERRUPTED_APPLY};
use domain::records::lock::Lock;

use crate::access::Access;
use crate::cli::Global;
use crate::output;
use crate::place::Place;

pub(crate) const ACCESS: Access = Access { records: &["s3:PutObject"], ..Access::NONE };

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let mut released = Vec::new();
    for key in [DEPLOY_LOCK, APPLY_LOCK] {
        released.extend(release(&place, key).await?);
    }
    output::data(global.output, &released, text(&released))?;
    if let Some(unfinished) = place.records.read::<InterruptedApply>(INTERRUPTED_APPLY).await? {
        let begun = unfinished.begun_at.format("%Y-%m-%d %H:%M UTC");
        output::progress(format!(
            "what began at {begun} is unfinished; run `efs-s3 deploy` or `efs-s3 destroy`"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn release(place: &Place, key: &str) -> Result<Option<Lock>> {
    let now = Utc::now();
    let Some(held) = lock::holder(&place.records, key, now).await? else { return Ok(None) };
    lock::give_back(&place.records, key, &held.owner, now).await?;
    if lock::holder(&place.records, key, now).await?.is_some() {
        bail!("the lock changed hands at this moment; look again with `efs-s3 unlock`");
    }
    Ok(Some(held))
}

fn text(released: &[Lock]) -> String {
    if released.is_empty() {
        return "nobody holds the lock\n".to_owned();
    }
    let line = |lock: &Lock| {
        format!(
            "released the lock that `{}` took at {}\n",
            lock.owner,
            lock.taken_at.format("%Y-%m-%d %H:%M:%S UTC")
        )
    };
    released.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn it_says_whose_lock_it_was() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let lock = Lock { owner: "efs-s3 deploy by anna".into(), taken_at: at, expires_at: at };
        let expected =
            "released the lock that `efs-s3 deploy by anna` took at 2023-11-14 22:13:20 UTC\n";
        assert_eq!(text(&[lock]), expected);
        assert_eq!(text(&[]), "nobody holds the lock\n");
    }
}
