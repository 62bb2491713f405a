//! EFS access points: the directory at which a mount through one enters the file system.
//!
//! EFS creates the directory of an access point at the first mount, if the access point has
//! creation info with owner and permissions (EFS User Guide, "Creating the root directory for an
//! access point"); without it the mount fails. That an access point may enforce a user is not
//! modelled.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;

use aws::SdkFailure;
use aws_sdk_efs::types::{AccessPointDescription, CreationInfo};
use domain::arn::{Arn, resource_id};
use posix_files::MountedDirectory;
use rustix::fs::{AtFlags, Gid, Mode, Uid, chmodat, chownat, mkdirat};
use rustix::io::Errno;

use crate::app::DataSyncApp;
use crate::engine::ExecutionFailure;
use crate::state::{AccountRegion, EfsLocation};

const ANY_PERMISSIONS: u32 = 0o755;

/// The directory that a mount of the location gives.
///
/// # Errors
/// When the access point is gone, or its directory cannot be created.
pub async fn directory_of(
    app: &DataSyncApp,
    account_region: &AccountRegion,
    efs: &EfsLocation,
) -> Result<MountedDirectory, ExecutionFailure> {
    let Some(arn) = &efs.access_point_arn else { return Ok(app.directory_of(efs)) };
    let id = resource_id(arn);
    // A file system answers in its own Region, which may be another than the task's.
    let region = Arn::parse(&efs.file_system_arn).map_or("", |arn| arn.region);
    let client = app.clients.client_set(&account_region.in_region(region)).efs;
    let sent = client.describe_access_points().access_point_id(id).send().await;
    let found = sent.map_err(|error| mount_failure(id, &SdkFailure::from(error).to_string()))?;
    let found = found
        .access_points()
        .first()
        .filter(|found| found.file_system_id() == Some(efs.file_system_id()))
        .ok_or_else(|| mount_failure(id, "the file system has no such access point"))?;
    let root = MountedDirectory::new(app.efs_root.join(efs.file_system_id()), "");
    let entered =
        enter_directory(&root, found).map_err(|error| mount_failure(id, &error.to_string()))?;
    Ok(entered.join(&efs.subdirectory))
}

fn enter_directory(
    root: &MountedDirectory,
    found: &AccessPointDescription,
) -> io::Result<MountedDirectory> {
    let directory = found.root_directory();
    let entered = root.join(directory.and_then(|directory| directory.path()).unwrap_or("/"));
    match directory.and_then(|directory| directory.creation_info()) {
        Some(creation_info) => {
            drop(entered.open_or_make(|above, name| make_directory(above, name, creation_info))?)
        }
        None => drop(entered.open()?),
    }
    Ok(entered)
}

/// Creates the directory, unless it exists.
fn make_directory(above: &OwnedFd, name: &OsStr, creation_info: &CreationInfo) -> io::Result<()> {
    let mode = u32::from_str_radix(creation_info.permissions(), 8).unwrap_or(ANY_PERMISSIONS);
    let mode = Mode::from_bits_truncate(mode);
    match mkdirat(above, name, mode) {
        Err(Errno::EXIST) => return Ok(()),
        made => made?,
    }
    // The process's umask may have cleared bits.
    chmodat(above, name, mode, AtFlags::empty())?;
    if rustix::process::geteuid().is_root() {
        let id = |number: i64| u32::try_from(number).ok();
        let (uid, gid) = (
            id(creation_info.owner_uid()).map(Uid::from_raw),
            id(creation_info.owner_gid()).map(Gid::from_raw),
        );
        chownat(above, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

fn mount_failure(id: &str, why: &str) -> ExecutionFailure {
    let detail = format!(
        "Task execution failed: mounting the file system through access point {id} failed: {why}."
    );
    ExecutionFailure { code: "MountFailed", detail }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::Path;

    use aws_sdk_efs::types::RootDirectory;

    use super::*;

    fn access_point(path: &str, creation_info: bool) -> AccessPointDescription {
        let owner = i64::from(rustix::process::geteuid().as_raw());
        let info = CreationInfo::builder()
            .owner_uid(owner)
            .owner_gid(owner)
            .permissions("0750")
            .build()
            .unwrap();
        let root = RootDirectory::builder()
            .path(path)
            .set_creation_info(creation_info.then_some(info))
            .build();
        AccessPointDescription::builder().root_directory(root).build()
    }

    fn permissions_of(directory: &Path) -> u32 {
        directory.metadata().unwrap().mode() & 0o7777
    }

    #[test]
    fn its_directory_is_created_once_with_creation_info() {
        let folder = tempfile::tempdir().unwrap();
        let root = MountedDirectory::new(folder.path(), "");
        assert_eq!(
            enter_directory(&root, &access_point("/a/b", false)).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert!(!folder.path().join("a").exists());
        let made = enter_directory(&root, &access_point("/a/b", true)).unwrap().path();
        assert_eq!(made, folder.path().join("a/b"));
        assert_eq!(permissions_of(&made), 0o750);
        set_permissions(&made, Permissions::from_mode(0o700)).unwrap();
        enter_directory(&root, &access_point("/a/b", true)).unwrap();
        assert_eq!(permissions_of(&made), 0o700, "an existing directory stays as it is");
        enter_directory(&root, &access_point("/a/../..", true)).unwrap_err();
        assert_eq!(
            enter_directory(&root, &AccessPointDescription::builder().build()).unwrap(),
            root
        );
    }

    #[test]
    fn it_is_entered_through_no_symlink() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        symlink(outside.path(), folder.path().join("lnk")).unwrap();
        let root = MountedDirectory::new(folder.path(), "");
        for path in ["/lnk", "/lnk/made"] {
            for creation_info in [true, false] {
                let refused = enter_directory(&root, &access_point(path, creation_info))
                    .unwrap_err()
                    .to_string();
                assert!(refused.starts_with("`/lnk` is a symbolic link"), "{path}: {refused}");
            }
        }
        assert!(outside.path().read_dir().unwrap().next().is_none());
    }
}
