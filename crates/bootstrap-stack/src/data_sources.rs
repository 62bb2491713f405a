//! The data sources of the stack: availability zones, and the existing resources that the
//! configuration names. They are only read.

use aws::failure::chain;
use aws::records_bucket::RecordsBucket;
use domain::config::{FileSystemConfig, NetworkConfig, StackConfig};
use domain::names::Names;
use domain::records::keys;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use reconciler::Aws;
use reconciler::data_sources::{
    self, EndpointService, ExistingAccessPoint, ExistingBucket, ExistingSecurityGroup,
    ExistingSubnet, ExistingVpc,
};
use reconciler::{Cause, KindError};
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
    /// The file system that the configuration names.
    pub file_system: Option<data_sources::ExistingEfs>,
    pub access_point: Option<ExistingAccessPoint>,
    /// The destination bucket, whether the configuration names it or the stack creates it.
    pub bucket: Option<ExistingBucket>,
    /// Present from the first restore on.
    #[serde(default)]
    pub restore: Option<RestoreTarget>,
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
            bucket: data_sources::read_bucket(aws, &config.destination_bucket(&aws.names)).await?,
            restore: read_restore(aws).await?,
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
        found.read_named(aws, config).await?;
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

    /// Reads what the configuration names.
    async fn read_named(&mut self, aws: &Aws, config: &StackConfig) -> Result<(), KindError> {
        if let NetworkConfig::Existing(network) = &config.network {
            self.vpc = self.vpcs.iter().find(|vpc| vpc.id == network.vpc_id).cloned();
            self.subnets = data_sources::read_subnets(aws, &network.subnet_ids).await?;
        }
        if let FileSystemConfig::Existing(file_system) = &config.file_system {
            self.file_system = data_sources::read_file_system(aws, &file_system.id).await?;
            self.security_groups =
                data_sources::read_security_groups(aws, &file_system.security_group_ids).await?;
        }
        if let Some(id) = &config.source.access_point_id {
            self.access_point = data_sources::read_access_point(aws, id).await?;
        }
        Ok(())
    }
}

/// The names of the endpoint services that the instance needs in private mode.
pub(crate) fn required_services(names: &Names) -> Vec<String> {
    INTERFACE_SERVICES.iter().map(|service| names.endpoint_service(service)).collect()
}

/// The target of the restore; `None` if this stack has not restored yet.
async fn read_restore(aws: &Aws) -> Result<Option<RestoreTarget>, KindError> {
    let records = RecordsBucket::new(aws.s3.clone(), aws.names.records_bucket());
    records.read(&keys::restore(&SyncName::default())).await.map_err(|error| KindError {
        doing: "reading the restore of this stack".to_owned(),
        source: Cause::Other(chain(&error)),
    })
}
