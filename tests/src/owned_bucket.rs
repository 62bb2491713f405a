//! A bucket of another account, as its owner makes it for a stack.

use anyhow::{Context, Result};
use aws::clients;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, Delete,
    ObjectIdentifier, VersioningConfiguration,
};
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::deployment::Deployment;

/// A versioned bucket, and a client of the account that owns it.
#[derive(Clone, Debug)]
pub struct OwnedBucket {
    pub name: String,
    pub region: String,
    pub s3: Client,
}

impl OwnedBucket {
    /// Creates the bucket with versioning and without a policy.
    ///
    /// # Errors
    /// When S3 refuses.
    pub async fn create(cloud: &Cloud, owner: &str, region: &str, name: &str) -> Result<Self> {
        let s3 = clients::s3(&clients::local_config(&cloud.aws_url, region, owner));
        let place = BucketLocationConstraint::from(region);
        let place = CreateBucketConfiguration::builder().location_constraint(place).build();
        let create = s3.create_bucket().bucket(name).create_bucket_configuration(place);
        create.send().await.with_context(|| format!("creating `{name}` for {owner}"))?;
        let enabled = BucketVersioningStatus::Enabled;
        let versioning = VersioningConfiguration::builder().status(enabled).build();
        let put = s3.put_bucket_versioning().bucket(name).versioning_configuration(versioning);
        put.send().await.context("enabling its versioning")?;
        Ok(Self { name: name.to_owned(), region: region.to_owned(), s3 })
    }

    /// Gives the bucket the policy that `efs-s3 bucket-policy` prints, for all syncs that write to
    /// it and for everybody of the stack's account.
    ///
    /// # Errors
    /// When none is printed, or S3 refuses it.
    pub async fn allow_sync(&self, deployment: &Deployment, sync: &str) -> Result<()> {
        // Root, as whom the local cloud takes people, and users; the roles have statements of their
        // own.
        let account = &deployment.names.account;
        let people = ["root", "user/*"].map(|who| format!("arn:aws:iam::{account}:{who}"));
        let [root, users] = &people;
        let print = ["bucket-policy", "--sync", sync, "--principal", root, "--principal", users];
        let printed: Value = deployment.command_line.succeed_with_json(&print).await?;
        let policy = printed.get("policy").filter(|policy| policy.is_object());
        self.put_policy(&policy.context("no policy is printed")?.to_string()).await
    }

    /// Gives the bucket this policy.
    ///
    /// # Errors
    /// When S3 refuses.
    pub async fn put_policy(&self, policy: &str) -> Result<()> {
        let put = self.s3.put_bucket_policy().bucket(&self.name).policy(policy);
        put.send().await.with_context(|| format!("giving `{}` its policy", self.name))?;
        Ok(())
    }

    /// Lets everybody of an account do everything, as far as their own policies allow it.
    ///
    /// # Errors
    /// When S3 refuses.
    pub async fn allow_account(&self, account: &str) -> Result<()> {
        let bucket = format!("arn:aws:s3:::{}", self.name);
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": "s3:*",
            "Resource": [bucket, format!("{bucket}/*")],
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
        self.put_policy(&policy.to_string()).await
    }

    /// The keys of the current objects, without those of directories.
    ///
    /// # Errors
    /// When S3 refuses.
    pub async fn list_keys(&self) -> Result<Vec<String>> {
        let listed = self.s3.list_objects_v2().bucket(&self.name).send().await?;
        let keys = listed.contents.unwrap_or_default().into_iter().filter_map(|one| one.key);
        Ok(keys.filter(|key| !key.ends_with('/')).collect())
    }

    /// Deletes the bucket with everything in it.
    ///
    /// # Errors
    /// When S3 refuses.
    pub async fn delete(&self) -> Result<()> {
        let listed = self.s3.list_object_versions().bucket(&self.name).send().await?;
        let versions = listed.versions().iter().map(|one| (one.key(), one.version_id()));
        let markers = listed.delete_markers().iter().map(|one| (one.key(), one.version_id()));
        for (key, version) in versions.chain(markers) {
            let one = ObjectIdentifier::builder().set_key(key.map(str::to_owned));
            let one = one.set_version_id(version.map(str::to_owned)).build()?;
            let delete = Delete::builder().objects(one).build()?;
            self.s3.delete_objects().bucket(&self.name).delete(delete).send().await?;
        }
        self.s3.delete_bucket().bucket(&self.name).send().await?;
        Ok(())
    }
}

/// An S3 client of a role of an account: in the local cloud the session token names it.
#[must_use]
pub fn s3_of_role(cloud: &Cloud, region: &str, account: &str, role: &str) -> Client {
    let config = clients::local_config(&cloud.aws_url, region, account);
    let token = Some(role.to_owned());
    let credentials = Credentials::new(account, clients::LOCAL_SECRET, token, None, "local cloud");
    let provider = SharedCredentialsProvider::new(credentials);
    clients::s3(&config.into_builder().credentials_provider(provider).build())
}
