//! What exists around the stack and is not made by it: availability zones, and what the
//! configuration brings along by id. Only reads.

use aws::failure::chain;
use aws::records_bucket::RecordsBucket;
use domain::config::{FileSystemConfig, NetworkConfig, StackConfig};
use domain::records::keys;
use domain::records::restore::RestoreTarget;
use reconciler::Aws;
use reconciler::data_sources::{
    self, ExistingAccessPoint, ExistingBucket, ExistingSecurityGroup, ExistingSubnet, ExistingVpc,
};
use reconciler::{Cause, KindError};
use serde::{Deserialize, Serialize};

/// Everything the graph and the preflight need to know that no configuration can say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Surroundings {
    /// Names of the region's zones, sorted.
    pub availability_zones: Vec<String>,
    /// Names of the zones that offer the instance's type; `None` where no instance is wanted, or
    /// the cloud doesn't tell.
    #[serde(default)]
    pub instance_zones: Option<Vec<String>>,
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
    /// The destination bucket, the configuration's or the one to be made.
    pub bucket: Option<ExistingBucket>,
    /// There from the first restore on.
    #[serde(default)]
    pub restore: Option<RestoreTarget>,
}

impl Surroundings {
    /// Reads them.
    ///
    /// # Errors
    /// [`KindError`] for a call that failed; what does not exist is no error here.
    pub async fn look(aws: &Aws, config: &StackConfig) -> Result<Self, KindError> {
        let vpc_id = match &config.network {
            NetworkConfig::New(_) => None,
            NetworkConfig::Existing(network) => Some(network.vpc_id.as_str()),
        };
        let mut surroundings = Self {
            availability_zones: data_sources::read_availability_zones(aws).await?,
            vpcs: data_sources::read_vpcs(aws, vpc_id).await?,
            bucket: data_sources::read_bucket(aws, &config.destination_bucket(&aws.names)).await?,
            restore: restore(aws).await?,
            ..Self::default()
        };
        if config.instance.enabled {
            surroundings.instance_zones =
                data_sources::zones_offering(aws, &config.instance.instance_type).await?;
        }
        if let NetworkConfig::Existing(network) = &config.network {
            surroundings.vpc =
                surroundings.vpcs.iter().find(|vpc| vpc.id == network.vpc_id).cloned();
            surroundings.subnets = data_sources::read_subnets(aws, &network.subnet_ids).await?;
        }
        if let FileSystemConfig::Existing(file_system) = &config.file_system {
            surroundings.file_system = data_sources::read_file_system(aws, &file_system.id).await?;
            surroundings.security_groups =
                data_sources::read_security_groups(aws, &file_system.security_group_ids).await?;
        }
        if let Some(id) = &config.source.access_point_id {
            surroundings.access_point = data_sources::read_access_point(aws, id).await?;
        }
        Ok(surroundings)
    }
}

/// Whether this stack restores, and where to.
async fn restore(aws: &Aws) -> Result<Option<RestoreTarget>, KindError> {
    let records = RecordsBucket::new(aws.s3.clone(), aws.names.records_bucket());
    records.read(keys::RESTORE).await.map_err(|error| KindError {
        doing: "looking for restores of this stack".to_owned(),
        source: Cause::Other(chain(&error)),
    })
}
