//! The data plane made in this process, through the fault proxy: the same graph and the same
//! reconciler as in `bootstrap-stack`, without its Lambda.

mod inventory;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws::clients;
use aws::records_bucket::RecordsBucket;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_s3::types::CreateBucketConfiguration;
use bootstrap_stack::{BootstrapApp as App, data_plane, preflight};
use domain::config::{self, StackConfig};
use domain::environment::Environment;
use domain::names::Names;
use domain::records::keys;
use reconciler::Aws;
use reconciler::apply::{self, Applied, ApplyError, NoProgress};
use reconciler::graph::Graph;
use reconciler::observe::{Observed, observe};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::deployment::REGION;
use crate::fault_proxy::FaultProxy;
pub use inventory::{Inventory, read_inventory};

/// One stack in an account of its own.
#[derive(Debug)]
pub struct DataPlane {
    pub graph: Graph,
    pub proxy: FaultProxy,
    names: Names,
    sdk: SdkConfig,
    /// Past all faults.
    pub direct: Aws,
    _straight: FaultProxy,
    cloud: Cloud,
}

impl DataPlane {
    /// A data plane as `sections` of a `stack.toml` describe it, not made yet.
    ///
    /// # Errors
    /// When the configuration is wrong or the local cloud does not answer.
    pub async fn prepare(cloud: &Cloud, account: &str, sections: &str) -> Result<Self> {
        let names = Names::new("plane", account, REGION);
        let principal = cloud.stand_in(&names, &stack_toml(sections)).await?;
        let proxy = FaultProxy::start(cloud, &principal).await?;
        let sdk = clients::local_config(&proxy.url, REGION, account);
        // A proxy too, since only that has one address for both servers, in every region.
        let straight = FaultProxy::start(cloud, "test").await?;
        let direct =
            Aws::new(&clients::local_config(&straight.url, REGION, account), names.clone());
        let graph = build_graph(&direct, sections).await?;
        let cloud = cloud.clone();
        Ok(Self { graph, proxy, names, sdk, direct, _straight: straight, cloud })
    }

    /// Another configuration of the same stack.
    ///
    /// # Errors
    /// The same as those of [`Self::prepare`].
    pub async fn reconfigure(&mut self, sections: &str) -> Result<()> {
        self.graph = build_graph(&self.direct, sections).await?;
        self.cloud.stand_in(&self.names, &stack_toml(sections)).await?;
        Ok(())
    }

    /// Clients whose calls pass the proxy; each call is tried so often.
    #[must_use]
    pub fn clients_with_attempts(&self, attempts: u32) -> Aws {
        let retries = RetryConfig::standard().with_max_attempts(attempts);
        let retries = retries.with_initial_backoff(std::time::Duration::from_millis(20));
        Aws::new(&self.sdk.clone().into_builder().retry_config(retries).build(), self.names.clone())
    }

    /// Clients whose calls pass the proxy, with the retries of the functions.
    #[must_use]
    pub fn clients(&self) -> Aws {
        Aws::new(&self.sdk, self.names.clone())
    }

    /// The function that makes it, with a records bucket that holds its configuration; its calls
    /// pass the proxy.
    ///
    /// # Errors
    /// When the bucket cannot be made or written.
    pub async fn bootstrap_function(&self, sections: &str) -> Result<App> {
        let bucket = self.names.records_bucket();
        let region =
            CreateBucketConfiguration::builder().location_constraint(REGION.into()).build();
        let create = self.direct.s3.create_bucket().bucket(&bucket);
        create.create_bucket_configuration(region).send().await?;
        let records = RecordsBucket::new(self.direct.s3.clone(), &bucket);
        records.write(keys::CONFIG, &stack_config(sections)?).await?;
        let environment = Environment {
            stack_name: self.names.stack.clone(),
            account: self.names.account.clone(),
            records_bucket: bucket,
            alerts_topic_arn: self.names.alerts_topic_arn(),
        };
        Ok(App::new(environment, &self.sdk)?)
    }

    /// # Errors
    /// [`ApplyError`]
    pub async fn apply(&self, attempts: u32) -> Result<Applied, ApplyError> {
        apply::apply(&self.clients_with_attempts(attempts), &self.graph, &NoProgress, None).await
    }

    /// With the data.
    ///
    /// # Errors
    /// [`ApplyError`]
    pub async fn destroy(&self, attempts: u32) -> Result<Applied, ApplyError> {
        apply::destroy(&self.clients_with_attempts(attempts), &self.graph, true, &NoProgress, None)
            .await
    }

    /// Reads the state of each resource, with every id that AWS chose replaced by its name in the
    /// graph: two fresh deployments look the same.
    ///
    /// # Errors
    /// When something cannot be read.
    pub async fn read_snapshot(&self) -> Result<BTreeMap<String, String>> {
        let observed =
            observe(&self.direct, &self.graph).await.context("observing the data plane")?;
        Ok(normalized_state(&self.graph, &observed))
    }

    /// The same as [`Self::read_snapshot`], of the state that an apply observed at its end.
    #[must_use]
    pub fn normalized_state(&self, applied: &Applied) -> BTreeMap<String, String> {
        normalized_state(&self.graph, &applied.observed)
    }
}

async fn build_graph(aws: &Aws, sections: &str) -> Result<Graph> {
    desired_graph(aws, &stack_config(sections)?).await
}

/// The data plane that a configuration describes.
///
/// # Errors
/// When what it refers to cannot be read, or is not as it has to be.
pub async fn desired_graph(aws: &Aws, config: &StackConfig) -> Result<Graph> {
    let found = preflight(aws, config).await?;
    anyhow::ensure!(found.problems.is_empty(), "the preflight found: {:?}", found.problems);
    Ok(data_plane(config, &aws.names, &found.data_sources))
}

fn stack_config(sections: &str) -> Result<StackConfig> {
    Ok(config::parse(&stack_toml(sections))?)
}

fn stack_toml(sections: &str) -> String {
    format!("[stack]\nname = \"plane\"\nregion = \"{REGION}\"\n{sections}")
}

/// The state of each resource that exists, with every id that AWS chose replaced by the name it has
/// in the graph.
#[must_use]
pub fn normalized_state(graph: &Graph, observed: &Observed) -> BTreeMap<String, String> {
    let mut chosen: Vec<(String, String)> = Vec::new();
    for node in graph.nodes() {
        let found = observed.get(&node.id).into_iter().flat_map(|found| &found.attributes);
        chosen.extend(
            found
                .filter(|(_, value)| value.len() > 4)
                .map(|(name, value)| (value.clone(), node.id.attribute(name))),
        );
    }
    // The longest first: an ARN holds the id.
    chosen.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    let state = |state: &Value| {
        chosen.iter().fold(state.to_string(), |text, (value, name)| text.replace(value, name))
    };
    let there = graph
        .nodes()
        .filter_map(|node| Some((node.id.to_string(), state(&observed.get(&node.id)?.state))));
    there.collect()
}
