//! The state directory as a condition for running: when it is removed or moved, the server must not
//! write at its old path.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// The time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Returns when the directory does not exist any more, or is another one. A directory that cannot
/// be read counts as existing.
pub(crate) async fn wait_until_gone(directory: &Path) {
    let Ok(own) = identity_of(directory) else { return std::future::pending().await };
    loop {
        tokio::time::sleep(CHECK_INTERVAL).await;
        match identity_of(directory) {
            Ok(found) if found != own => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// The device and inode of the directory.
fn identity_of(directory: &Path) -> io::Result<(u64, u64)> {
    let found = fs::metadata(directory)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_directory_that_is_moved_removed_or_replaced_is_gone() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("state");
        let is_gone = || timeout(CHECK_INTERVAL * 3, wait_until_gone(&directory));
        for gone in ["stays", "moved", "removed", "replaced"] {
            fs::create_dir_all(&directory).unwrap();
            let mut waiting = std::pin::pin!(is_gone());
            assert!(timeout(CHECK_INTERVAL / 2, &mut waiting).await.is_err(), "{gone}");
            match gone {
                "moved" => fs::rename(&directory, root.path().join("moved")).unwrap(),
                "removed" => fs::remove_dir(&directory).unwrap(),
                "replaced" => {
                    fs::create_dir(root.path().join("new")).unwrap();
                    fs::rename(root.path().join("new"), &directory).unwrap();
                }
                _ => {}
            }
            assert_eq!(waiting.await.is_ok(), gone != "stays", "{gone}");
        }
    }
}
