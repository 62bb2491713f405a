//! A stack is deployed where each change of a role or a policy takes effect late.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
    VersioningConfiguration,
};
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, REGION};
use e2e::judging_proxy::Refused;

/// Two minutes are what a deploy waits for (`reconciler::wait::IAM_PROPAGATION`). A soak has the
/// time for a minute; the proof for a minute on a clock that is wound forward is
/// `role_that_takes_effect_late` in `crates/reconciler`.
fn role_delay() -> Duration {
    Duration::from_secs(if bounds::is_soak() { 60 } else { 12 })
}

/// Requires that a first deploy met each kind of delay.
fn require_refused(first: &Refused) -> Result<()> {
    ensure!(
        first.for_role_propagation > 0,
        "no service was asked to use a role that it did not know: {first:?}"
    );
    ensure!(first.for_conflicts > 0, "no conditional write met a conflict: {first:?}");
    ensure!(first.for_versioning > 0, "all that was written was shown at once: {first:?}");
    Ok(())
}

pub(crate) async fn a_deploy_waits_until_its_roles_take_effect(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let proxy = cloud.judging_proxy()?;
    proxy.set_role_delay(account, role_delay());
    let deployment = Deployment::prepare(cloud, account, "late", false).await?;
    deployment.command_line.succeed(&["deploy"]).await.context("a first deploy")?;
    let first = proxy.count_refused(account);
    require_refused(&first)?;
    is_as_it_should_be(&deployment, "the first deploy").await?;

    // The function is allowed to look at another bucket, and invoked at once.
    let bucket = make_bucket(&deployment).await?;
    write_to(&deployment, &bucket)?;
    let deployed = deployment.command_line.succeed(&["deploy"]).await;
    deployed.context("a deploy that changes the function's role")?;
    let then = proxy.count_refused(account);
    let by_iam = then.for_late_policies - first.for_late_policies;
    ensure!(by_iam > 0, "the function was never denied what it had just been allowed: {then:?}");
    is_as_it_should_be(&deployment, "the deploy of another policy").await?;

    let refused = then.for_role_propagation + then.for_late_policies;
    let lag = usize::try_from(role_delay().as_secs())?;
    measurements::proven("lag of role changes that deploys wait for", lag, "seconds");
    measurements::proven("calls refused for a role that had not taken effect", refused, "calls");
    Ok(())
}

async fn is_as_it_should_be(deployment: &Deployment, what: &str) -> Result<()> {
    let plan = deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
    ensure!(plan.code == 0, "the plan after {what} is not empty: {}{}", plan.stdout, plan.stderr);
    Ok(())
}

/// Configures an existing bucket as the destination, whose own settings are then not ours.
fn write_to(deployment: &Deployment, bucket: &str) -> Result<()> {
    let text = std::fs::read_to_string(deployment.config_path())?;
    let text =
        text.replacen("[destination]\n", &format!("[destination]\nbucket = \"{bucket}\"\n"), 1);
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("abort_multipart_days")).collect();
    Ok(std::fs::write(deployment.config_path(), lines.join("\n") + "\n")?)
}

async fn make_bucket(deployment: &Deployment) -> Result<String> {
    let s3 = &deployment.s3;
    let bucket = format!("theirs-{}", deployment.names.account);
    let region = BucketLocationConstraint::from(REGION);
    let region = CreateBucketConfiguration::builder().location_constraint(region).build();
    s3.create_bucket().bucket(&bucket).create_bucket_configuration(region).send().await?;
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(&bucket).versioning_configuration(on).send().await?;
    Ok(bucket)
}
