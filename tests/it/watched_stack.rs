//! A stack whose files were copied once, and whose alerts are read.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use e2e::cloud::Cloud;
use e2e::deployment::Deployment;

use crate::alert_inbox::AlertInbox;

pub(crate) struct WatchedStack {
    pub deployment: Deployment,
    /// The source directory.
    pub root: PathBuf,
    pub inbox: AlertInbox,
}

impl WatchedStack {
    /// Deploys the stack and copies the files, each with the content `content`.
    pub(crate) async fn prepare(
        cloud: &Cloud,
        account: &str,
        stack: &str,
        files: &[&str],
    ) -> Result<Self> {
        let deployment = Deployment::prepare(cloud, account, stack, false).await?;
        deployment.command_line.succeed(&["deploy"]).await?;
        let inbox = AlertInbox::subscribe(&deployment).await?;
        let root = deployment.efs_directory().await?;
        for file in files {
            fs::write(root.join(file), "content")?;
        }
        deployment.command_line.succeed(&["sync", "--wait"]).await?;
        Ok(Self { deployment, root, inbox })
    }

    /// Replaces a file's object by one of the same size and metadata and of other content.
    pub(crate) async fn damage_object(&self, file: &str) -> Result<()> {
        let (bucket, s3) =
            (self.deployment.read_outputs().await?.destination_bucket, &self.deployment.s3);
        let head = s3.head_object().bucket(&bucket).key(file).send().await?;
        let put = s3.put_object().bucket(&bucket).key(file).set_metadata(head.metadata);
        put.body(b"CONTENT".to_vec().into()).send().await?;
        Ok(())
    }
}
