//! What the records bucket knows of earlier deployments: restores, and syncs that resources exist
//! of.

use std::collections::BTreeMap;

use aws::failure::chain;
use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::config::ResolvedSync;
use domain::records::deployed_sync::DeployedSync;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::Aws;
use reconciler::{Cause, KindError};

use super::DataSources;

impl DataSources {
    pub(super) async fn read_recorded(
        &mut self,
        aws: &Aws,
        syncs: &[ResolvedSync],
    ) -> Result<(), KindError> {
        let records = RecordsBucket::new(aws.s3.clone(), aws.names.records_bucket());
        let outputs: Option<Outputs> = read_record(&records, keys::OUTPUTS).await?;
        let interrupted: Option<InterruptedApply> =
            read_record(&records, keys::INTERRUPTED_APPLY).await?;
        self.deployed = list_deployed(outputs.as_ref(), interrupted.as_ref());
        self.is_interrupted = interrupted.is_some();
        let all = syncs.iter().map(|sync| &sync.name);
        let all = all.chain(self.deployed.iter().map(|sync| &sync.name));
        self.restores = read_restores(&records, all).await?;
        self.restored_before =
            outputs.map(|outputs| outputs.restored_directories).unwrap_or_default();
        Ok(())
    }
}

/// The syncs that resources may exist of: those of the outputs, and those that an interrupted apply
/// or destroy had begun with.
fn list_deployed(
    outputs: Option<&Outputs>,
    interrupted: Option<&InterruptedApply>,
) -> Vec<DeployedSync> {
    let of_outputs = outputs.into_iter().flat_map(|outputs| outputs.each_sync());
    let mut deployed: Vec<_> = of_outputs.map(DeployedSync::of_outputs).collect();
    deployed.extend(interrupted.into_iter().flat_map(|interrupted| interrupted.syncs.clone()));
    deployed.sort();
    deployed.dedup();
    deployed
}

/// The target of each sync that has restored.
async fn read_restores(
    records: &RecordsBucket,
    syncs: impl Iterator<Item = &SyncName>,
) -> Result<BTreeMap<SyncName, RestoreTarget>, KindError> {
    let mut wanted: BTreeMap<String, &SyncName> =
        syncs.map(|sync| (keys::restore(sync), sync)).collect();
    // One list instead of a request for each sync.
    if wanted.len() > 1 {
        let kept = list_records(records, keys::RESTORES_MARK_PREFIX).await?;
        wanted.retain(|key, _| kept.contains(key));
    }
    let mut restores = BTreeMap::new();
    for (key, sync) in wanted {
        let target: Option<RestoreTarget> = read_record(records, &key).await?;
        restores.extend(target.map(|target| (sync.clone(), target)));
    }
    Ok(restores)
}

/// The keys below a prefix; none before the first deploy has created the bucket.
async fn list_records(records: &RecordsBucket, prefix: &str) -> Result<Vec<String>, KindError> {
    match records.list(prefix).await {
        Err(RecordsError::Call { source, .. }) if source.is(&["NoSuchBucket"]) => Ok(Vec::new()),
        listed => listed.map_err(|error| failed_read(prefix, &error)),
    }
}

async fn read_record<T: serde::de::DeserializeOwned>(
    records: &RecordsBucket,
    key: &str,
) -> Result<Option<T>, KindError> {
    records.read(key).await.map_err(|error| failed_read(key, &error))
}

fn failed_read(key: &str, error: &RecordsError) -> KindError {
    KindError {
        doing: format!("reading the record `{key}` of this stack"),
        source: Cause::Other(chain(error)),
    }
}

#[cfg(test)]
mod tests {
    use domain::request::{BootstrapAction, BootstrapRequest};
    use domain::sync_role::BucketRoles;

    use super::*;

    fn deployed(name: &str, region: Option<&str>) -> DeployedSync {
        DeployedSync {
            name: SyncName::parse(name).unwrap(),
            destination_region: region.map(str::to_owned),
            roles: BucketRoles::default(),
        }
    }

    /// Without outputs, in a first apply or a destroy, the mark alone knows the syncs.
    #[test]
    fn what_an_interrupted_apply_began_with_counts_as_deployed() {
        let syncs = vec![deployed("home", None), deployed("default", Some("eu-west-1"))];
        let interrupted = InterruptedApply {
            request: BootstrapRequest::new(BootstrapAction::Destroy),
            begun_at: chrono::DateTime::UNIX_EPOCH,
            syncs,
        };
        let expected = [deployed("default", Some("eu-west-1")), deployed("home", None)];
        assert_eq!(list_deployed(None, Some(&interrupted)), expected);
        assert_eq!(list_deployed(None, None), []);
    }
}
