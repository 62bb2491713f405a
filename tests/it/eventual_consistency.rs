//! File systems and mount targets that take their time, and tokens that were used: the end is the
//! same.

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, read_inventory};
use e2e::fault_proxy::Faults;
use reconciler::observe::observe;

const FILE_SYSTEM: &str = "file-system";

pub(crate) async fn an_apply_waits_for_resources_being_created(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    let whole = plane.normalized_state(&plane.apply(1).await?);
    plane.destroy(1).await?;
    plane.proxy.set_faults(Faults { creating_reads: 3, ..Faults::default() });
    let slow = plane.apply(1).await.context("an apply that has to wait")?;
    ensure!(plane.normalized_state(&slow) == whole, "an apply that has to wait ends elsewhere");
    plane.proxy.set_faults(Faults::default());
    plane.destroy(1).await?;
    Ok(())
}

/// Without its tags it is not found: only its creation token tells that it was made. It is left
/// alone, no second one is made, and the message says what a person has to do; done, everything is
/// as before.
pub(crate) async fn a_file_system_without_tags_is_not_touched(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    let applied = plane.apply(1).await?;
    let (whole, counted) = (plane.normalized_state(&applied), read_inventory(&plane.direct).await?);
    let id = applied.observed.attribute(FILE_SYSTEM, "id").context("there is no file system")?;
    let untag = plane.direct.efs.untag_resource().resource_id(id);
    untag.tag_keys("efs-s3:stack").tag_keys("efs-s3:resource").send().await?;
    let found = observe(&plane.direct, &plane.graph).await?;
    ensure!(found.attribute(FILE_SYSTEM, "id").is_none(), "it is found without its tags");
    let refused = plane.apply(1).await.err().context("an apply without the tags must fail")?;
    let message = format!("{refused:#}");
    let stack = &plane.direct.names.stack;
    let tags = format!("Key=efs-s3:stack,Value={stack} Key=efs-s3:resource,Value={FILE_SYSTEM}");
    ensure!(
        message.contains(id) && message.contains(&tags),
        "the message does not say what to do: {message}"
    );
    let systems = plane.direct.efs.describe_file_systems().send().await?;
    ensure!(systems.file_systems().len() == 1, "a second file system was made");
    let tag = |key, value: &str| aws_sdk_efs::types::Tag::builder().key(key).value(value).build();
    let restore = plane.direct.efs.tag_resource().resource_id(id);
    let restore =
        restore.tags(tag("efs-s3:stack", stack)?).tags(tag("efs-s3:resource", FILE_SYSTEM)?);
    restore.send().await.context("tagging it again")?;
    let again = plane.apply(1).await.context("an apply after it is tagged again")?;
    ensure!(
        again.observed.attribute(FILE_SYSTEM, "id") == Some(id),
        "another file system was made"
    );
    ensure!(plane.normalized_state(&again) == whole, "it ends elsewhere");
    ensure!(
        read_inventory(&plane.direct).await? == counted,
        "something was made twice, or is missing"
    );
    plane.destroy(1).await?;
    Ok(())
}
