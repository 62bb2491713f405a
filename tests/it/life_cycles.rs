//! File systems and mount targets that take their time, and tokens that were used: the end is the same.

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, inventory};
use e2e::fault_proxy::Faults;
use stack::observe::observe;

const FILE_SYSTEM: &str = "file-system";

pub(crate) async fn an_apply_waits_for_what_is_still_being_made(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::configured(cloud, account, "").await?;
    let whole = plane.normalised(&plane.apply(1).await?);
    plane.destroy(1).await?;
    plane.proxy.set(Faults { creating_reads: 3, ..Faults::default() });
    let slow = plane.apply(1).await.context("an apply that has to wait")?;
    ensure!(plane.normalised(&slow) == whole, "an apply that has to wait ends elsewhere");
    plane.proxy.set(Faults::default());
    plane.destroy(1).await?;
    Ok(())
}

/// Without its tags it is not found: only its creation token tells that it was made.
pub(crate) async fn a_file_system_that_lost_its_tags_is_taken_up_again(cloud: &Cloud, account: &str) -> Result<()> {
    let plane = DataPlane::configured(cloud, account, "").await?;
    let applied = plane.apply(1).await?;
    let (whole, counted) = (plane.normalised(&applied), inventory(&plane.direct).await?);
    let id = applied.observed.attribute(FILE_SYSTEM, "id").context("there is no file system")?;
    let untag = plane.direct.efs.untag_resource().resource_id(id);
    untag.tag_keys("efs-s3:stack").tag_keys("efs-s3:resource").send().await?;
    let found = observe(&plane.direct, &plane.graph).await?;
    ensure!(found.attribute(FILE_SYSTEM, "id").is_none(), "it is found without its tags");
    let again = plane.apply(1).await.context("taking it up again")?;
    ensure!(again.observed.attribute(FILE_SYSTEM, "id") == Some(id), "another file system was made");
    ensure!(plane.normalised(&again) == whole, "it ends elsewhere");
    ensure!(inventory(&plane.direct).await? == counted, "something was made twice, or is missing");
    plane.destroy(1).await?;
    Ok(())
}
