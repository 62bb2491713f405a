//! The records of an action: the mark that it has begun and not ended, the metric of a first
//! deploy, and the marks of restores.

use chrono::Utc;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::records::deployed_sync::DeployedSync;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::request::BootstrapRequest;

use super::DataPlane;
use crate::error::BootstrapError;

impl DataPlane<'_> {
    /// Removes the marks of restores of removed syncs, after their resources.
    pub(super) async fn forget_removed_syncs(&self) -> Result<(), BootstrapError> {
        let configured = self.config.sync_names();
        let removed = self.data_sources.restores.keys().filter(|sync| !configured.contains(sync));
        for sync in removed {
            self.app.records.remove(&keys::restore(sync)).await?;
        }
        Ok(())
    }

    /// Emits the metric of each sync's first deploy: the hours within which an execution must be
    /// proven begin with it. It is emitted before the first step, so that CloudWatch knows it by
    /// the last.
    pub(super) async fn emit_first_deploys(&self) -> Result<(), BootstrapError> {
        let before: Option<Outputs> = self.app.records.read(keys::OUTPUTS).await?;
        for sync in self.config.sync_names() {
            if before.as_ref().is_some_and(|before| before.of_sync(&sync).is_some()) {
                continue;
            }
            let measure = Measure { name: metrics::FRESH, unit: MetricUnit::Count, value: 1 };
            self.app.metrics.emit(&Measures {
                stack: self.stack_name().to_owned(),
                sync,
                at: Utc::now(),
                measures: vec![measure],
                outcome: None,
                properties: vec![("Counts", "the first deploy".to_owned())],
            });
        }
        Ok(())
    }

    /// Records the request, and all syncs that resources may exist of from now on.
    pub(super) async fn record_start(
        &self,
        request: &BootstrapRequest,
    ) -> Result<(), BootstrapError> {
        let configured = self.config.resolve_syncs();
        let names = &self.app.aws.names;
        let configured =
            configured.iter().map(|sync| DeployedSync::of_config(&self.config, sync, names));
        let mut syncs: Vec<_> =
            self.data_sources.deployed.iter().cloned().chain(configured).collect();
        syncs.sort();
        syncs.dedup();
        let interrupted =
            InterruptedApply { request: request.clone(), begun_at: Utc::now(), syncs };
        Ok(self.app.records.write(keys::INTERRUPTED_APPLY, &interrupted).await?)
    }

    pub(super) async fn record_end(&self) -> Result<(), BootstrapError> {
        Ok(self.app.records.remove(keys::INTERRUPTED_APPLY).await?)
    }
}
