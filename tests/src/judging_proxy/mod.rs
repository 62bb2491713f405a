//! The proxy that stands in front of the local cloud for a whole run of the end-to-end tests.
//!
//! It records every call with its principal, and lets a call of a role pass only if an IAM
//! evaluator says that the role may make it.

mod as_aws;
mod built;
mod denial;
mod invocation;
mod judge;
mod judgement;
mod late_policies;
mod moto_gaps;
mod principal;
mod recorder;
mod request;
mod second_emulator;
mod server;
mod verdicts;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use as_aws::AsAws;
use hyper::http::HeaderName;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::fault_proxy::{Call, Upstream};
pub use as_aws::Refused;
use domain::arn::Arn;
use judge::Judge;
use judgement::Shared;
use recorder::Recorder;
use server::{Server, Servers, listen};
pub use watch::{Change, Watched};

/// The header in which another proxy names its principal. It never reaches the local cloud.
pub(crate) const PRINCIPAL: HeaderName = HeaderName::from_static("x-efs-s3-principal");

/// A running proxy. It listens before the local cloud starts, since the cloud is told its
/// addresses.
#[derive(Clone, Debug)]
pub struct JudgingProxy {
    pub aws_url: String,
    pub datasync_url: String,
    shared: Arc<Shared>,
    servers: Arc<Servers>,
    serving: Arc<Serving>,
}

#[derive(Debug)]
struct Serving([JoinHandle<()>; 2]);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl JudgingProxy {
    /// Starts the judge and listens; the record lies in `folder`.
    ///
    /// # Errors
    /// When the judge is not installed or no port is free.
    pub async fn start(folder: &Path) -> Result<Self> {
        let shared = Shared::new(Judge::start(folder)?, Recorder::create(folder)?);
        Self::listen(Arc::new(shared)).await
    }

    /// Listens for another cloud, whose accounts are others: its calls come into the same record.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start_beside(&self) -> Result<Self> {
        Self::listen(self.shared.clone()).await
    }

    async fn listen(shared: Arc<Shared>) -> Result<Self> {
        let servers = Arc::new(Servers::new(None));
        let (aws_url, aws) = listen(Server::Aws, &shared, &servers).await?;
        let (datasync_url, datasync) = listen(Server::Datasync, &shared, &servers).await?;
        Ok(Self {
            aws_url,
            datasync_url,
            shared,
            servers,
            serving: Arc::new(Serving([aws, datasync])),
        })
    }

    /// The addresses that the servers listen on. Calls that came before wait for this.
    pub fn forward_to(&self, aws_url: &str, datasync_url: &str) {
        let upstream = |url: &str| Arc::new(Upstream::new(url, url));
        self.servers.send_replace(Some((upstream(aws_url), upstream(datasync_url))));
    }

    /// The policy of a role that no call makes: of the reconciler that runs in the tests' own
    /// process. Changes of roles take effect at once in its account, since its calls are counted.
    pub fn declare_role(&self, role: &str, policy: &Value) {
        self.set_role_delay(Arn::parse(role).map_or("", |arn| arn.account), Duration::ZERO);
        let declared =
            json!({ "declare": { "role": role, "policies": { "permissions": policy } } });
        self.shared.recorder.write(&declared);
        self.shared.judge.send_line(&declared);
        self.shared.verdicts.forget_all();
    }

    /// From now on, changes of roles and policies of an account take effect so late.
    pub fn set_role_delay(&self, account: &str, lag: Duration) {
        self.shared.as_aws().entry(account.to_owned()).or_default().set_role_delay(lag);
    }

    /// The calls of an account that were refused for what passes with time.
    #[must_use]
    pub fn count_refused(&self, account: &str) -> Refused {
        let by_services = self.shared.as_aws().get(account).map(AsAws::refused).unwrap_or_default();
        Refused { for_late_policies: self.shared.late_policies.count_late(account), ..by_services }
    }

    /// Watches the calls of an account from now on, and returns what was seen since the last time.
    pub fn restart_watch(&self, account: &str) -> Watched {
        self.shared.watch.restart(account)
    }

    /// Sends the calls of an account for some services to a second emulator.
    pub fn send_to_second_emulator(
        &self,
        account: &str,
        services: &'static [&'static str],
        url: &str,
    ) {
        self.shared.second_emulators.add_account(account, services, url);
    }

    /// The calls of an account that has a second emulator, and whether that one answered, since the
    /// last question.
    #[must_use]
    pub fn take_calls(&self, account: &str) -> Vec<(Call, bool)> {
        self.shared.second_emulators.take_calls(account)
    }

    /// Ends the judge. `complete` is whether every test has run.
    ///
    /// # Errors
    /// When a role was denied a call, or the judge has failed.
    pub async fn end(&self, complete: bool) -> Result<()> {
        self.serving.0.iter().for_each(JoinHandle::abort);
        self.shared.judge.wait_for_end().await?;
        self.shared.recorder.write_summary(complete)?;
        let denied = self.shared.recorder.list_denials();
        ensure!(
            denied.is_empty(),
            "the IAM judge denied {} calls:\n{}",
            denied.len(),
            denied.join("\n")
        );
        Ok(())
    }
}
