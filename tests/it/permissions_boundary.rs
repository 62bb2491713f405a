//! A permissions boundary on every role of the data plane, by a role that may make none without it.

use anyhow::{Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::DataPlane;
use reconciler::resources::Resource;

/// Trusts a whole account.
const ANOTHER_ACCOUNT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"}]}"#;

async fn alter_roles(plane: &DataPlane, roles: &[String]) -> Result<()> {
    let iam = &plane.direct.iam;
    iam.delete_role_permissions_boundary().role_name(&roles[0]).send().await?;
    let trust = iam.update_assume_role_policy().role_name(&roles[1]);
    trust.policy_document(ANOTHER_ACCOUNT).send().await?;
    Ok(())
}

pub(crate) async fn roles_are_created_and_changed_within_it(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let boundary = format!("arn:aws:iam::{account}:policy/boundary");
    let bounded = format!("permissions_boundary_arn = \"{boundary}\"\n");
    let mut plane = DataPlane::prepare(cloud, account, &bounded).await?;
    plane.apply(1).await?;
    let all = list_roles(&plane);
    ensure!(all.len() == 5, "the data plane has other roles: {all:?}");
    require_boundary(&plane, &all, Some(&boundary)).await?;
    // What somebody altered by hand is put back, within the boundary too.
    alter_roles(&plane, &all).await?;
    apply_within(&plane, &all, Some(&boundary)).await?;

    plane.reconfigure("").await?;
    apply_within(&plane, &all, None).await?;
    plane.destroy(1).await?;
    Ok(())
}

async fn apply_within(plane: &DataPlane, roles: &[String], boundary: Option<&str>) -> Result<()> {
    plane.apply(1).await?;
    require_boundary(plane, roles, boundary).await
}

/// The names of the roles that the data plane has.
fn list_roles(plane: &DataPlane) -> Vec<String> {
    let roles =
        plane.graph.nodes().filter(|node| !node.pruned).filter_map(|node| match &node.resource {
            Resource::Role(role) => Some(role.name.clone()),
            _ => None,
        });
    roles.collect()
}

async fn require_boundary(
    plane: &DataPlane,
    roles: &[String],
    boundary: Option<&str>,
) -> Result<()> {
    for name in roles {
        let role = plane.direct.iam.get_role().role_name(name).send().await?.role;
        let found = role.and_then(|role| role.permissions_boundary?.permissions_boundary_arn);
        ensure!(
            found.as_deref() == boundary,
            "`{name}` has the boundary {found:?}, not {boundary:?}"
        );
    }
    Ok(())
}
