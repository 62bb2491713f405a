//! A stack of three syncs: beside the stack, in another Region, and in another account's bucket.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::cloud::Cloud;
use crate::deployment::{Deployment, REGION};
use crate::owned_bucket::OwnedBucket;

/// The names of the syncs, which are also their directories and prefixes.
pub const SYNCS: [&str; 3] = ["home", "archive", "vault"];
/// The Region of the bucket of `archive`.
pub const OTHER_REGION: &str = "eu-west-1";

/// The stack, and the bucket of `vault`.
#[derive(Debug)]
pub struct ThreeSyncs {
    pub deployment: Deployment,
    pub vault: OwnedBucket,
}

impl ThreeSyncs {
    /// Writes `stack.toml` and creates the bucket of `vault`, whose owner allows nothing yet.
    ///
    /// # Errors
    /// When the bucket cannot be created or the file cannot be written.
    pub async fn prepare(
        cloud: &Cloud,
        (account, owner): (&str, &str),
        stack: &str,
        shown: bool,
    ) -> Result<Self> {
        let deployment = Deployment::prepare(cloud, account, stack, shown).await?;
        let bucket = vault_bucket(stack, owner);
        deployment.edit_config(|text| format!("{text}\n{}", sync_entries(&bucket, owner)))?;
        let vault = OwnedBucket::create(cloud, owner, REGION, &bucket).await?;
        Ok(Self { deployment, vault })
    }

    /// Deploys the stack, once the owner of `vault` allows what it needs.
    ///
    /// # Errors
    /// When the deploy fails.
    pub async fn deploy(&self) -> Result<()> {
        self.vault.allow_sync(&self.deployment, "vault").await?;
        self.deployment.command_line.succeed(&["deploy"]).await?;
        Ok(())
    }

    /// Writes the files of each sync: `<sync>/file` and `<sync>/deep/er/file`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub async fn create_files(&self, content: &str) -> Result<()> {
        let root = self.deployment.efs_directory().await?;
        SYNCS.iter().try_for_each(|sync| create_files_of(&root, sync, content))
    }

    /// The keys of the objects of a sync.
    ///
    /// # Errors
    /// When the bucket cannot be listed.
    pub async fn list_keys(&self, sync: &str) -> Result<Vec<String>> {
        let outputs = self.deployment.read_outputs_of(sync).await?;
        let s3 = match &outputs.destination_account {
            Some(_) => self.vault.s3.clone(),
            None => self.deployment.s3_in(outputs.bucket_region()),
        };
        let list = s3.list_objects_v2().bucket(&outputs.destination_bucket);
        let listed = list.prefix(&outputs.destination_prefix).send().await?;
        let keys = listed.contents.unwrap_or_default().into_iter().filter_map(|one| one.key);
        Ok(keys.filter(|key| !key.ends_with('/')).collect())
    }
}

/// Writes two files below the directory of a sync.
///
/// # Errors
/// When a file cannot be written.
pub fn create_files_of(root: &Path, sync: &str, content: &str) -> Result<()> {
    let folder = root.join(sync);
    fs::create_dir_all(folder.join("deep/er"))?;
    fs::write(folder.join("file"), content)?;
    Ok(fs::write(folder.join("deep/er/file"), content)?)
}

/// The entries of the three for a data plane alone, whose owner of the vault allows everything.
///
/// # Errors
/// When the bucket cannot be created.
pub async fn prepare_entries(cloud: &Cloud, account: &str, owner: &str) -> Result<String> {
    let name = vault_bucket("plane", owner);
    let bucket = OwnedBucket::create(cloud, owner, REGION, &name).await?;
    bucket.allow_account(account).await?;
    Ok(sync_entries(&name, owner))
}

fn vault_bucket(stack: &str, owner: &str) -> String {
    format!("vault-of-{stack}-{owner}")
}

/// The `[[sync]]` entries of the three.
#[must_use]
pub fn sync_entries(vault: &str, owner: &str) -> String {
    format!(
        r#"[[sync]]
name = "home"
source.subdirectory = "/home/"
destination.prefix = "home/"

[[sync]]
name = "archive"
source.subdirectory = "/archive/"
destination.region = "{OTHER_REGION}"
destination.prefix = "archive/"

[[sync]]
name = "vault"
source.subdirectory = "/vault/"
destination.bucket = "{vault}"
destination.account = "{owner}"
destination.prefix = "vault/"
"#
    )
}

/// The text without the entry of a sync.
#[must_use]
pub fn without_entry(text: &str, sync: &str) -> String {
    const ENTRY: &str = "\n[[sync]]\n";
    let (head, entries) = text.split_once(ENTRY).unwrap_or((text, ""));
    let name = format!("name = \"{sync}\"");
    let kept = entries.split(ENTRY).filter(|entry| !entry.contains(&name));
    kept.fold(head.to_owned(), |text, entry| format!("{text}{ENTRY}{entry}"))
}

#[cfg(test)]
mod tests {
    use domain::config;

    use super::*;

    const TEMPLATE: &str = include_str!("../../examples/stack.toml");

    fn names_in(text: &str) -> Vec<String> {
        let config = config::parse(text).unwrap();
        config.resolve_syncs().iter().map(|sync| sync.name.to_string()).collect()
    }

    #[test]
    fn the_three_are_a_configuration_with_and_without_each() {
        let text = format!("{TEMPLATE}\n{}", sync_entries("a-vault", "999900001111"));
        assert_eq!(names_in(&text), SYNCS);
        for sync in SYNCS {
            let others: Vec<_> = SYNCS.into_iter().filter(|other| *other != sync).collect();
            assert_eq!(names_in(&without_entry(&text, sync)), others);
        }
    }
}
