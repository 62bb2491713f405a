//! The content of the destination bucket, read with S3's own API, to be compared with the files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::ObjectVersion;
use sha2::{Digest, Sha256};

use crate::deployment::Deployment;

/// Current objects by key.
pub(super) type Inventory = BTreeMap<String, ObjectState>;

/// One current object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ObjectState {
    pub version_id: String,
    pub size: u64,
}

fn add_latest(found: &mut Inventory, versions: Vec<ObjectVersion>) -> Result<()> {
    for version in versions.into_iter().filter(|version| version.is_latest == Some(true)) {
        let key = version.key.context("a version without a key")?;
        let version_id = version.version_id.context("a version without an id")?;
        let size = u64::try_from(version.size.unwrap_or_default())?;
        found.insert(key, ObjectState { version_id, size });
    }
    Ok(())
}

/// Lists the current objects of the destination.
///
/// # Errors
/// When S3 refuses.
pub(super) async fn read_inventory(deployment: &Deployment) -> Result<Inventory> {
    list_current(&deployment.s3, &deployment.read_outputs().await?.destination_bucket).await
}

/// Lists the current objects of a bucket.
///
/// # Errors
/// When S3 refuses.
pub(super) async fn list_current(s3: &Client, bucket: &str) -> Result<Inventory> {
    let mut found = Inventory::new();
    let mut key_marker = None;
    let mut version_marker = None;
    loop {
        let list = s3.list_object_versions().bucket(bucket).set_key_marker(key_marker);
        let page = list.set_version_id_marker(version_marker).send().await?;
        add_latest(&mut found, page.versions.unwrap_or_default())?;
        if page.is_truncated != Some(true) {
            return Ok(found);
        }
        key_marker = page.next_key_marker;
        version_marker = page.next_version_id_marker;
    }
}

/// Compares every file below `root` with its object: key, size, mode, owner and, for a share of
/// them, every byte.
///
/// # Errors
/// With the first that differs.
pub(super) async fn require_equal(
    deployment: &Deployment,
    root: &Path,
    found: &Inventory,
) -> Result<usize> {
    let bucket = deployment.read_outputs().await?.destination_bucket;
    let mut paths = Vec::new();
    collect_keys(root, root, &mut paths)?;
    for (number, key) in paths.iter().enumerate() {
        let object = found.get(key).with_context(|| format!("`{key}` is not in the bucket"))?;
        // Each head costs the emulator milliseconds; every seventh object, and all with special
        // names, are looked into.
        if number % 7 == 0 || !key.starts_with("department-") {
            require_object(deployment, &bucket, root, key, object).await?;
        }
    }
    Ok(paths.len())
}

async fn require_object(
    deployment: &Deployment,
    bucket: &str,
    root: &Path,
    key: &str,
    object: &ObjectState,
) -> Result<()> {
    let file = root.join(key.trim_end_matches('/'));
    let metadata = fs::symlink_metadata(&file)?;
    let answer = deployment
        .s3
        .get_object()
        .bucket(bucket)
        .key(key)
        .version_id(&object.version_id)
        .send()
        .await?;
    let user = answer.metadata.clone().unwrap_or_default();
    let said = |name: &str| user.get(name).cloned().unwrap_or_default();
    let mode = u32::from_str_radix(&said("file-permissions"), 8)
        .with_context(|| format!("the mode of `{key}`"))?;
    ensure!(
        mode & 0o7777 == metadata.mode() & 0o7777,
        "`{key}` has mode {mode:o}, its file {:o}",
        metadata.mode()
    );
    ensure!(
        said("file-owner") == metadata.uid().to_string(),
        "`{key}` has owner {}",
        said("file-owner")
    );
    ensure!(
        said("file-group") == metadata.gid().to_string(),
        "`{key}` has group {}",
        said("file-group")
    );
    let body = answer.body.collect().await?.into_bytes();
    let expected = if metadata.is_dir() {
        Vec::new()
    } else if metadata.is_symlink() {
        fs::read_link(&file)?.to_string_lossy().into_owned().into_bytes()
    } else {
        fs::read(&file)?
    };
    ensure!(
        Sha256::digest(&body) == Sha256::digest(&expected),
        "the bytes of `{key}` differ from its file's"
    );
    Ok(())
}

fn collect_keys(root: &Path, folder: &Path, keys: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let relative =
            path.strip_prefix(root)?.to_str().context("a name that is not UTF-8")?.to_owned();
        if fs::symlink_metadata(&path)?.is_dir() {
            keys.push(format!("{relative}/"));
            collect_keys(root, &path, keys)?;
        } else {
            keys.push(relative);
        }
    }
    Ok(())
}
