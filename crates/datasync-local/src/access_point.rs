//! EFS access points: where a mount through one enters the file system.
//!
//! EFS makes the directory of an access point at the first mount, where it was told an owner and permissions (EFS User Guide,
//! "Creating the root directory for an access point"); without them the mount fails. That an access point may enforce a user
//! is not modelled.

use std::fs::{DirBuilder, Permissions, set_permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Component, Path, PathBuf};

use aws_edge::SdkFailure;
use aws_sdk_efs::types::{AccessPointDescription, CreationInfo};

use crate::app::App;
use crate::engine::Failure;
use crate::state::{EfsLocation, Place};

const ANY_PERMISSIONS: u32 = 0o755;

/// The directory that a mount of the location gives.
///
/// # Errors
/// When the access point is gone, or its directory can't be made.
pub async fn directory_of(app: &App, place: &Place, efs: &EfsLocation) -> Result<PathBuf, Failure> {
    let Some(arn) = &efs.access_point_arn else { return Ok(app.directory_of(efs)) };
    let id = arn.rsplit('/').next().unwrap_or_default();
    let found = app.clients.of(place).efs.describe_access_points().access_point_id(id).send().await;
    let found = found.map_err(|error| not_mounted(id, &SdkFailure::from(error).to_string()))?;
    let found = found.access_points().first().filter(|found| found.file_system_id() == Some(efs.file_system_id()));
    let found = found.ok_or_else(|| not_mounted(id, "the file system has no such access point"))?;
    let root = app.efs_root.join(efs.file_system_id());
    let entered = enter(&root, found).map_err(|error| not_mounted(id, &error.to_string()))?;
    Ok(entered.join(efs.subdirectory.trim_matches('/')))
}

fn enter(root: &Path, found: &AccessPointDescription) -> io::Result<PathBuf> {
    let directory = found.root_directory();
    let path = Path::new(directory.and_then(|directory| directory.path()).unwrap_or("/"));
    let mut entered = root.to_owned();
    for part in path.components() {
        match part {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => entered.push(name),
            Component::ParentDir | Component::Prefix(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
        if let Some(made_with) = directory.and_then(|directory| directory.creation_info()) {
            make(&entered, made_with)?;
        }
    }
    Ok(entered)
}

/// Unless it is there.
fn make(directory: &Path, made_with: &CreationInfo) -> io::Result<()> {
    let mode = u32::from_str_radix(made_with.permissions(), 8).unwrap_or(ANY_PERMISSIONS);
    match DirBuilder::new().mode(mode).create(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    // The process's umask may have taken bits away.
    set_permissions(directory, Permissions::from_mode(mode))?;
    if rustix::process::geteuid().is_root() {
        let id = |number: i64| u32::try_from(number).ok();
        chown(directory, id(made_with.owner_uid()), id(made_with.owner_gid()))?;
    }
    Ok(())
}

fn not_mounted(id: &str, why: &str) -> Failure {
    let detail = format!("Task execution failed: mounting the file system through access point {id} failed: {why}.");
    Failure { code: "MountFailed", detail }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use aws_sdk_efs::types::RootDirectory;

    use super::*;

    fn access_point(path: &str, made_with: bool) -> AccessPointDescription {
        let owner = i64::from(rustix::process::geteuid().as_raw());
        let info = CreationInfo::builder().owner_uid(owner).owner_gid(owner).permissions("0750").build().unwrap();
        let root = RootDirectory::builder().path(path).set_creation_info(made_with.then_some(info)).build();
        AccessPointDescription::builder().root_directory(root).build()
    }

    #[test]
    fn its_directory_is_made_once_where_efs_knows_how() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(enter(root.path(), &access_point("/a/b", false)).unwrap(), root.path().join("a/b"));
        assert!(!root.path().join("a").exists());
        let made = enter(root.path(), &access_point("/a/b", true)).unwrap();
        assert_eq!(made.metadata().unwrap().mode() & 0o7777, 0o750);
        set_permissions(&made, Permissions::from_mode(0o700)).unwrap();
        enter(root.path(), &access_point("/a/b", true)).unwrap();
        assert_eq!(made.metadata().unwrap().mode() & 0o7777, 0o700, "what is there stays as it is");
        enter(root.path(), &access_point("/a/../..", true)).unwrap_err();
        assert_eq!(enter(root.path(), &AccessPointDescription::builder().build()).unwrap(), root.path());
    }
}
