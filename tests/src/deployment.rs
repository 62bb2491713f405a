//! One stack in one account of the local cloud, and what AWS's own clients see of it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use aws::clients;
use aws::records_bucket::RecordsBucket;
use aws_config::SdkConfig;
use aws_sdk_lambda::primitives::Blob;
use domain::function::FunctionName;
use domain::names::Names;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::sync_name::SyncName;
use reconciler::Aws;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::cloud::Cloud;
use crate::command_line::CommandLine;

/// The region of every test.
pub const REGION: &str = "eu-central-1";

/// A stack, deployed or about to be.
#[derive(Debug)]
pub struct Deployment {
    pub names: Names,
    pub command_line: CommandLine,
    pub sdk: SdkConfig,
    pub s3: aws_sdk_s3::Client,
    pub records: RecordsBucket,
    cloud: Cloud,
    /// Holds `stack.toml`.
    folder: TempDir,
}

impl Deployment {
    /// Prepares a stack: `stack.toml` as `efs-s3 init` writes it, nothing deployed.
    ///
    /// # Errors
    /// When the configuration cannot be written.
    pub async fn prepare(cloud: &Cloud, account: &str, stack: &str, shown: bool) -> Result<Self> {
        let folder = tempfile::tempdir().context("making a folder for stack.toml")?;
        let config = folder.path().join("stack.toml");
        let command_line = cloud.command_line(account, &config.display().to_string(), shown)?;
        command_line.succeed(&["init", "--name", stack, "--region", REGION]).await?;
        let sdk = clients::local_config(&cloud.aws_url, REGION, account);
        let names = Names::new(stack, account, REGION);
        let s3 = clients::s3(&sdk);
        let records = RecordsBucket::new(s3.clone(), names.records_bucket());
        Ok(Self { names, command_line, sdk, s3, records, cloud: cloud.clone(), folder })
    }

    /// The cloud that it is in.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        self.folder.path().join("stack.toml")
    }

    /// Changes `stack.toml`: the line that sets `key` gets another value.
    ///
    /// # Errors
    /// When the file has no such line.
    pub fn set_key(&self, key: &str, value: &str) -> Result<()> {
        let path = self.config_path();
        let text = std::fs::read_to_string(&path)?;
        let sets = |line: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
        if !text.lines().any(sets) {
            bail!("`{}` has no line that sets `{key}`", path.display());
        }
        let line = format!("{key} = {value}");
        let lines: Vec<&str> =
            text.lines().map(|old| if sets(old) { line.as_str() } else { old }).collect();
        std::fs::write(&path, lines.join("\n") + "\n")?;
        Ok(())
    }

    /// Changes the text of `stack.toml`.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn edit_config(&self, edit: impl FnOnce(String) -> String) -> Result<()> {
        let path = self.config_path();
        Ok(std::fs::write(&path, edit(std::fs::read_to_string(&path)?))?)
    }

    /// Reads the outputs of the data plane.
    ///
    /// # Errors
    /// When the stack is not deployed.
    pub async fn read_outputs(&self) -> Result<Outputs> {
        self.records
            .read(keys::OUTPUTS)
            .await?
            .context("the stack has no outputs: it is not deployed")
    }

    /// Reads the outputs of one sync.
    ///
    /// # Errors
    /// When it is not deployed.
    pub async fn read_outputs_of(&self, sync: &str) -> Result<Outputs> {
        let all = self.read_outputs().await?;
        let found = all.of_sync(&SyncName::parse(sync)?).cloned();
        found.with_context(|| format!("the sync {sync} is not deployed"))
    }

    /// An S3 client of the stack's account in a region.
    #[must_use]
    pub fn s3_in(&self, region: &str) -> aws_sdk_s3::Client {
        clients::s3(&clients::local_config(&self.cloud.aws_url, region, &self.names.account))
    }

    /// A client of DataSync in a region.
    #[must_use]
    pub fn datasync_in(&self, region: &str) -> aws_sdk_datasync::Client {
        let account = &self.names.account;
        aws_sdk_datasync::Client::new(&clients::local_config(
            &self.cloud.datasync_url,
            region,
            account,
        ))
    }

    /// The directory that stands in for the file system.
    ///
    /// # Errors
    /// When the stack is not deployed.
    pub async fn efs_directory(&self) -> Result<PathBuf> {
        Ok(self.cloud.folder.join("efs").join(self.read_outputs().await?.file_system_id))
    }

    /// All run records, oldest first.
    ///
    /// # Errors
    /// When the records bucket cannot be read.
    pub async fn read_runs(&self) -> Result<Vec<RunRecord>> {
        let mut runs: Vec<RunRecord> = Vec::new();
        for key in self.records.list(keys::RUNS_PREFIX).await? {
            runs.extend(self.records.read::<RunRecord>(&key).await?);
        }
        runs.sort_by_key(|run| run.recorded_at);
        Ok(runs)
    }

    /// All run records of one sync, oldest first.
    ///
    /// # Errors
    /// When the records bucket cannot be read.
    pub async fn read_runs_of(&self, sync: &str) -> Result<Vec<RunRecord>> {
        let runs = self.read_runs().await?.into_iter();
        Ok(runs.filter(|run| run.sync.as_str() == sync).collect())
    }

    /// The record of the latest run.
    ///
    /// # Errors
    /// When there is none.
    pub async fn last_run(&self) -> Result<RunRecord> {
        self.read_runs().await?.pop().context("there is no run record")
    }

    /// Has `start-execution` sweep, as its own rule does every five minutes.
    ///
    /// # Errors
    /// When the function cannot be invoked or fails.
    pub async fn invoke_sweep(&self) -> Result<()> {
        let lambda = aws_sdk_lambda::Client::new(&self.sdk);
        let invoke =
            lambda.invoke().function_name(self.names.function_name(FunctionName::StartExecution));
        let answer = invoke.payload(Blob::new(r#"{"action":"sweep"}"#)).send().await?;
        let said =
            String::from_utf8_lossy(answer.payload().map_or(&[][..], Blob::as_ref)).into_owned();
        ensure!(answer.function_error().is_none(), "the sweep failed: {said}");
        Ok(())
    }

    /// Clients of the reconciler, for what a person does beside it.
    #[must_use]
    pub fn reconciler_clients(&self) -> Aws {
        Aws::new(&self.sdk, self.names.clone()).with_datasync(&self.datasync_config())
    }

    /// A client of DataSync, which is a server of its own here.
    #[must_use]
    pub fn datasync_config(&self) -> SdkConfig {
        self.sdk.clone().into_builder().endpoint_url(&self.cloud.datasync_url).build()
    }
}

/// Asks until there is an answer, for at most `bound`.
///
/// # Errors
/// When asking fails, or there is no answer in time.
pub async fn wait_until_some<T, F>(
    what: &str,
    bound: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + bound;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("{what} did not happen within {bound:?}");
        }
        sleep(Duration::from_millis(200)).await;
    }
}
