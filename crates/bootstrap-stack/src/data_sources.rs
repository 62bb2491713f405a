//! The data sources of the stack: availability zones, the existing resources that the configuration
//! names, and what is recorded of earlier deployments. They are only read.

mod recorded;

use std::collections::{BTreeMap, BTreeSet};

use domain::config::{NetworkConfig, ResolvedSync, StackConfig};
use domain::names::Names;
use domain::records::deployed_sync::DeployedSync;
use domain::records::restore::RestoreTarget;
use domain::records::restored_directory::{RestoredDirectory, remember_restores};
use domain::sync_name::SyncName;
use reconciler::Aws;
use reconciler::KindError;
use reconciler::data_sources::{
    self, BucketPlace, EndpointService, ExistingAccessPoint, ExistingBucket, ExistingEfs,
    ExistingSecurityGroup, ExistingSubnet, ExistingVpc,
};
use serde::{Deserialize, Serialize};

/// The services that have an interface endpoint in private mode, those of Session Manager (the
/// graph's `vpc/endpoints.rs` has the reasons).
pub(crate) const INTERFACE_SERVICES: [&str; 2] = ["ssm", "ssmmessages"];

/// Everything that the graph and the preflight need and that no configuration contains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataSources {
    /// Names of the region's zones, sorted.
    pub availability_zones: Vec<String>,
    /// Names of the zones that offer the instance's type; `None` if no instance is configured, or
    /// the cloud does not report them.
    #[serde(default)]
    pub instance_zones: Option<Vec<String>>,
    /// The endpoint services that the instance needs in private mode; those that the region does
    /// not have are absent. `None` if none is needed.
    #[serde(default)]
    pub endpoint_services: Option<Vec<EndpointService>>,
    /// The VPC that the configuration names.
    pub vpc: Option<ExistingVpc>,
    /// Every VPC of the region.
    pub vpcs: Vec<ExistingVpc>,
    /// Those of the configuration's subnets that exist.
    pub subnets: Vec<ExistingSubnet>,
    /// Those of the configuration's security groups that exist.
    pub security_groups: Vec<ExistingSecurityGroup>,
    /// Those of the configuration's file systems that exist, by id.
    pub file_systems: BTreeMap<String, ExistingEfs>,
    /// Those of the configuration's access points that exist, by id.
    pub access_points: BTreeMap<String, ExistingAccessPoint>,
    /// Those of the destination buckets that exist, whether the configuration names them or the
    /// stack creates them, by name.
    pub buckets: BTreeMap<String, ExistingBucket>,
    /// The target of each sync that has restored.
    #[serde(default)]
    pub restores: BTreeMap<SyncName, RestoreTarget>,
    /// The directories of restores before, of removed syncs too.
    #[serde(default)]
    pub restored_before: Vec<RestoredDirectory>,
    /// The syncs that resources may exist of, whether or not they are still configured.
    #[serde(default)]
    pub deployed: Vec<DeployedSync>,
    /// Whether an apply or a destroy has begun and not ended.
    #[serde(default)]
    pub is_interrupted: bool,
}

impl DataSources {
    /// Reads the data sources.
    ///
    /// # Errors
    /// [`KindError`] for a call that failed; a resource that does not exist is no error here.
    pub async fn read(aws: &Aws, config: &StackConfig) -> Result<Self, KindError> {
        let vpc_id = match &config.network {
            NetworkConfig::New(_) => None,
            NetworkConfig::Existing(network) => Some(network.vpc_id.as_str()),
        };
        let mut found = Self {
            availability_zones: data_sources::read_availability_zones(aws).await?,
            vpcs: data_sources::read_vpcs(aws, vpc_id).await?,
            ..Self::default()
        };
        if config.instance.enabled {
            found.instance_zones =
                data_sources::zones_offering(aws, &config.instance.instance_type).await?;
        }
        if config.instance.enabled && config.network.is_private() {
            let services = required_services(&aws.names);
            found.endpoint_services =
                Some(data_sources::read_endpoint_services(aws, &services).await?);
        }
        let syncs = config.resolve_syncs();
        found.read_named(aws, config, &syncs).await?;
        found.read_buckets(aws, &syncs).await?;
        found.read_recorded(aws, &syncs).await?;
        Ok(found)
    }

    /// The zones that have all that the instance needs, its type and the endpoint services; `None`
    /// where neither limits them.
    pub(crate) fn suitable_zones(&self) -> Option<Vec<String>> {
        let limits = self.endpoint_services.iter().flatten().map(|service| &service.zones);
        let mut limits = self.instance_zones.iter().chain(limits);
        let mut zones = limits.next()?.clone();
        for limit in limits {
            zones.retain(|zone| limit.contains(zone));
        }
        Some(zones)
    }

    /// Reads what the configuration names, each once.
    async fn read_named(
        &mut self,
        aws: &Aws,
        config: &StackConfig,
        syncs: &[ResolvedSync],
    ) -> Result<(), KindError> {
        if let NetworkConfig::Existing(network) = &config.network {
            self.vpc = self.vpcs.iter().find(|vpc| vpc.id == network.vpc_id).cloned();
            self.subnets = data_sources::read_subnets(aws, &network.subnet_ids).await?;
        }
        let views = || syncs.iter().map(|sync| &sync.config).chain([config]);
        let existing = views().filter_map(|view| view.file_system.existing());
        let file_systems: BTreeSet<&str> = existing.clone().map(|one| one.id.as_str()).collect();
        for id in file_systems {
            let found = data_sources::read_file_system(aws, id).await?;
            self.file_systems.extend(found.map(|found| (id.to_owned(), found)));
        }
        let groups: BTreeSet<String> =
            existing.flat_map(|one| one.security_group_ids.clone()).collect();
        if !groups.is_empty() {
            let groups: Vec<String> = groups.into_iter().collect();
            self.security_groups = data_sources::read_security_groups(aws, &groups).await?;
        }
        let points = views().filter_map(|view| view.source.access_point_id.as_deref());
        for id in points.collect::<BTreeSet<&str>>() {
            let found = data_sources::read_access_point(aws, id).await?;
            self.access_points.extend(found.map(|found| (id.to_owned(), found)));
        }
        Ok(())
    }

    /// Reads each destination bucket once.
    async fn read_buckets(&mut self, aws: &Aws, syncs: &[ResolvedSync]) -> Result<(), KindError> {
        let places: BTreeSet<BucketPlace> =
            syncs.iter().map(|sync| bucket_place(&sync.config, &aws.names)).collect();
        for place in places {
            let found = data_sources::read_bucket(aws, &place).await?;
            self.buckets.extend(found.map(|found| (place.name, found)));
        }
        Ok(())
    }

    /// Every directory that a restore made, present ones included.
    pub(crate) fn remember_restores(&self, syncs: &[ResolvedSync]) -> Vec<RestoredDirectory> {
        remember_restores(&self.restored_before, syncs, &self.restores)
    }
}

/// The names of the endpoint services that the instance needs in private mode.
pub(crate) fn required_services(names: &Names) -> Vec<String> {
    INTERFACE_SERVICES.iter().map(|service| names.endpoint_service(service)).collect()
}

fn bucket_place(config: &StackConfig, names: &Names) -> BucketPlace {
    BucketPlace {
        name: config.destination_bucket(names),
        region: config.destination.region.clone(),
        account: config.destination.account.clone(),
    }
}
