//! `unlock`: releases the lock of an apply or destroy that was cut off.

use std::process::ExitCode;

use anyhow::{Result, bail};
use aws_edge::lock;
use chrono::Utc;
use pipeline::records::keys::APPLY_LOCK;
use pipeline::records::lock::Lock;

use crate::cli::Global;
use crate::output;
use crate::place::Place;

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let now = Utc::now();
    let held: Option<Lock> = place.records.read::<Lock>(APPLY_LOCK).await?.filter(|lock| lock.expires_at > now);
    let Some(held) = held else {
        output::data(global.output, &held, "nobody holds the lock\n")?;
        return Ok(ExitCode::SUCCESS);
    };
    lock::give_back(&place.records, &held.owner, now).await?;
    let after: Option<Lock> = place.records.read(APPLY_LOCK).await?;
    if after.is_some_and(|lock| lock.expires_at > now) {
        bail!("the lock changed hands at this moment; look again with `efs-s3 unlock`");
    }
    let text = format!("released the lock that `{}` took at {}\n", held.owner, held.taken_at);
    output::data(global.output, &Some(held), text)?;
    Ok(ExitCode::SUCCESS)
}
