//! One local cloud for a whole run of tests, started and stopped by `efs-s3 local`.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::function::FunctionName;
use domain::names::Names;
use serde::Deserialize;
use serde_json::Value;

use crate::command_line::{CommandLine, Finished};
use crate::judging_proxy::JudgingProxy;
use crate::project;

/// A running local cloud in a folder of its own.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub folder: PathBuf,
    pub aws_url: String,
    pub datasync_url: String,
    /// In front of it, where every call is judged.
    judge: Option<JudgingProxy>,
    /// Held while the cloud is judged: two runs in one folder would end each other's servers.
    _lock: Option<Arc<File>>,
}

/// The file that `efs-s3 local up` writes about the two processes it started.
#[derive(Debug, Deserialize)]
struct Recorded {
    ministack: Process,
    datasync: Process,
}

#[derive(Debug, Deserialize)]
struct Process {
    url: String,
    listens_at: Option<String>,
}

impl Process {
    fn address(&self) -> &str {
        self.listens_at.as_deref().unwrap_or(&self.url)
    }
}

impl Cloud {
    /// Starts a cloud whose state lies in `folder`; what was there is gone.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn up(folder: PathBuf, shown: bool) -> Result<Self> {
        let command_line = empty_folder(&folder, shown).await?;
        command_line.succeed(&["local", "up"]).await?;
        Self::read(folder)
    }

    /// Starts a cloud like [`Self::up`], behind a proxy that records and judges every call. The
    /// record lies in `judge`.
    ///
    /// # Errors
    /// When it does not start, or another run uses the folder.
    pub async fn up_judged(folder: PathBuf) -> Result<Self> {
        let lock = lock_folder(&folder)?;
        empty_folder(&folder, false).await?;
        let record = folder.join("judge");
        fs::create_dir_all(&record).with_context(|| format!("making `{}`", record.display()))?;
        let cloud = Self::start(folder, JudgingProxy::start(&record).await?).await?;
        Ok(Self { _lock: Some(Arc::new(lock)), ..cloud })
    }

    /// Starts another cloud in `folder`, whose calls the same judge judges. Its accounts must be
    /// others.
    ///
    /// # Errors
    /// When it does not start, or this one is not judged.
    pub async fn up_beside(&self, folder: PathBuf) -> Result<Self> {
        let judge = self.judge.as_ref().context("this cloud is not judged")?.start_beside().await?;
        empty_folder(&folder, false).await?;
        Self::start(folder, judge).await
    }

    /// Stops it and starts it again, with everything that is in it.
    ///
    /// # Errors
    /// When it does not stop or start, or is not judged.
    pub async fn restart(&self) -> Result<()> {
        self.down(false).await?;
        let judge = self.judge.clone().context("this cloud is not judged")?;
        Self::start(self.folder.clone(), judge).await?;
        Ok(())
    }

    async fn start(folder: PathBuf, judge: JudgingProxy) -> Result<Self> {
        let advertised = [
            "--advertised-aws-url",
            judge.aws_url.as_str(),
            "--advertised-datasync-url",
            judge.datasync_url.as_str(),
        ];
        command_line_for(&folder, false)?
            .succeed(&[["local", "up"].as_slice(), advertised.as_slice()].concat())
            .await?;
        let recorded = read_recorded(&folder)?;
        judge.forward_to(recorded.ministack.address(), recorded.datasync.address());
        Ok(Self { judge: Some(judge), ..Self::read(folder)? })
    }

    /// Ends the judge; `complete` is whether every test has run.
    ///
    /// # Errors
    /// When a call was denied to a role.
    pub async fn end_judge(&self, complete: bool) -> Result<()> {
        match &self.judge {
            Some(judge) => judge.end(complete).await,
            None => Ok(()),
        }
    }

    /// Tells the judge what `bootstrap-stack` may do for a configuration, whose function is not
    /// deployed since the test itself is in its place. Returns the principal of its calls.
    ///
    /// # Errors
    /// When there is no plan that has its role.
    pub async fn stand_in(&self, names: &Names, config: &str) -> Result<String> {
        let role = format!(
            "arn:aws:iam::{}:role/{}",
            names.account,
            names.role_name(FunctionName::BootstrapStack.name())
        );
        if let Some(judge) = &self.judge {
            let planned = self.plan_for(&names.account, config).await?;
            let steps =
                planned["control_plane"]["steps"].as_array().context("the plan has no steps")?;
            let step = steps.iter().find(|step| step["id"] == "bootstrap-stack-role");
            let step = step.context("the plan has no role for bootstrap-stack")?;
            let policy = &step["action"]["state"]["policy"];
            judge.declare_role(&role, policy);
        }
        Ok(format!("role:{role}"))
    }

    /// The plan of a configuration.
    async fn plan_for(&self, account: &str, config: &str) -> Result<Value> {
        let folder = tempfile::tempdir().context("making a folder for stack.toml")?;
        let path = folder.path().join("stack.toml");
        fs::write(&path, config).context("writing stack.toml")?;
        let command_line = self.command_line(account, &path.display().to_string(), false)?;
        let planned = command_line.run(&["plan", "--output", "json"]).await?;
        serde_json::from_str(&planned.stdout)
            .with_context(|| format!("reading the plan: {}", planned.both_outputs()))
    }

    /// The proxy that judges every call.
    ///
    /// # Errors
    /// When the cloud was started without one.
    pub fn judging_proxy(&self) -> Result<&JudgingProxy> {
        self.judge.as_ref().context("this cloud has no judge")
    }

    /// The cloud that runs in `folder`.
    ///
    /// # Errors
    /// When none was started there.
    pub fn read(folder: PathBuf) -> Result<Self> {
        let recorded = read_recorded(&folder)?;
        Ok(Self {
            folder,
            aws_url: recorded.ministack.url,
            datasync_url: recorded.datasync.url,
            judge: None,
            _lock: None,
        })
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub async fn down(&self, shown: bool) -> Result<Finished> {
        command_line_for(&self.folder, shown)?.succeed(&["local", "down"]).await
    }

    /// `efs-s3` on this cloud, in the given account.
    ///
    /// # Errors
    /// When it is not built.
    pub fn command_line(&self, account: &str, config: &str, shown: bool) -> Result<CommandLine> {
        let mut command_line = command_line_for(&self.folder, shown)?;
        command_line
            .shared
            .extend(["--local", "--local-account", account, "--config", config].map(str::to_owned));
        Ok(command_line)
    }
}

/// The lock of a run on its folder, which ends with the process. It lies beside the folder, whose
/// content each run removes.
fn lock_folder(folder: &Path) -> Result<File> {
    let path = folder.with_extension("lock");
    fs::create_dir_all(folder).with_context(|| format!("making `{}`", folder.display()))?;
    let lock = File::create(&path).with_context(|| format!("making `{}`", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "another run of the end-to-end tests uses `{}`: wait until it has ended",
                folder.display()
            )
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking `{}`", path.display()))
        }
    }
}

/// An empty folder, and the command line for it.
async fn empty_folder(folder: &Path, shown: bool) -> Result<CommandLine> {
    let command_line = command_line_for(folder, shown)?;
    command_line.succeed(&["local", "down"]).await?;
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("emptying `{}`", folder.display()))?;
    }
    Ok(command_line)
}

fn read_recorded(folder: &Path) -> Result<Recorded> {
    let path = folder.join("cloud.json");
    let text =
        fs::read_to_string(&path).with_context(|| format!("reading `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading `{}`", path.display()))
}

fn command_line_for(folder: &Path, shown: bool) -> Result<CommandLine> {
    Ok(CommandLine {
        program: project::find_binary("efs-s3")?,
        folder: project::root_folder(),
        shared: vec!["--local-dir".to_owned(), folder.display().to_string()],
        environment: Vec::new(),
        shown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_at_a_time_has_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("e2e");
        let first = lock_folder(&folder).unwrap();
        let second = lock_folder(&folder).unwrap_err().to_string();
        assert!(second.contains("another run"), "{second}");
        drop(first);
        lock_folder(&folder).unwrap();
    }
}
