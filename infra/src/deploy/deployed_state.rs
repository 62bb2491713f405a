//! The state of the last deploy, from the records bucket.

use anyhow::Result;
use domain::config::StackConfig;
use domain::records::keys;
use domain::records::outputs::Outputs;

use crate::context::StackContext;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::pauses::{Pauses, read_pauses};

/// The documents of the last deploy, complete or not.
#[derive(Debug, Default)]
pub(crate) struct DeployedState {
    /// The outputs of the last complete deploy of the data plane.
    pub outputs: Option<Outputs>,
    /// The configuration that was deployed last.
    pub config: Option<StackConfig>,
    pub pauses: Pauses,
}

impl DeployedState {
    pub(crate) async fn read_state(context: &StackContext) -> Result<Self> {
        let outputs = context.read_outputs().await?;
        let config: Option<StackConfig> = context.records.read(keys::CONFIG).await?;
        // Before the first deploy there is no bucket to list. A schedule that is not deployed
        // cannot be paused.
        let pauses = match &outputs {
            Some(_) => read_pauses(&context.records).await?,
            None => Pauses::new(),
        };
        Ok(Self { outputs, config, pauses })
    }

    /// Returns the facts that both planes depend on.
    pub(crate) fn to_syncs(&self) -> DeployedSyncs {
        self.with_outputs(self.outputs.as_ref())
    }

    /// Returns the same facts after a deploy of the data plane, which gave these outputs.
    pub(crate) fn with_outputs(&self, outputs: Option<&Outputs>) -> DeployedSyncs {
        DeployedSyncs::from_outputs(outputs)
            .with_configuration(self.config.as_ref())
            .with_pauses(self.pauses.keys())
    }
}
