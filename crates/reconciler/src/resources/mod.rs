//! The resource kinds: one folder for each AWS service, one file for each kind.

use serde_json::Value;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};

pub mod cloudwatch;
pub mod datasync;
pub mod ec2;
pub mod efs;
pub mod events;
pub mod iam;
pub mod lambda;
pub mod logs;
pub mod s3;
pub mod sns;
pub mod sqs;

macro_rules! kinds {
    ($($variant:ident($path:path)),+ $(,)?) => {
        /// A desired resource of any kind: a closed set.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Resource { $($variant($path)),+ }

        /// Every kind: its path below `resources`, its name and the IAM actions of its calls.
        pub(crate) const KINDS: &[(&str, &str, Actions)] =
            &[$((
                stringify!($path),
                <$path as ResourceKind>::NAME,
                <$path as ResourceKind>::ACTIONS,
            )),+];

        $(impl From<$path> for Resource {
            fn from(kind: $path) -> Self { Self::$variant(kind) }
        })+

        impl Resource {
            /// The name of the kind, as shown to people: `S3 bucket`.
            #[must_use]
            pub fn kind_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => <$path as ResourceKind>::NAME),+ }
            }

            /// The IAM actions that the calls of the kind need.
            #[must_use]
            pub fn actions(&self) -> Actions {
                match self { $(Self::$variant(_) => <$path as ResourceKind>::ACTIONS),+ }
            }

            pub(crate) fn force_new(&self) -> &'static [&'static str] {
                match self { $(Self::$variant(_) => <$path as ResourceKind>::FORCE_NEW),+ }
            }

            pub(crate) fn replace_triggered_by(&self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant(_) => <$path as ResourceKind>::REPLACE_TRIGGERED_BY),+
                }
            }

            /// The desired state as JSON; references are still in it.
            pub(crate) fn to_json(&self) -> Value {
                let json = match self { $(Self::$variant(kind) => serde_json::to_value(kind)),+ };
                json.expect("desired states are plain data with string keys, which JSON can hold")
            }

            /// The same kind with another state, for example with references resolved.
            pub(crate) fn with_json(&self, state: Value) -> Result<Self, serde_json::Error> {
                Ok(match self {
                    $(Self::$variant(_) => Self::$variant(serde_json::from_value(state)?)),+
                })
            }

            pub(crate) async fn read(
                &self,
                aws: &Aws,
                id: &ResourceId,
            ) -> Result<Option<LiveResource>, KindError> {
                match self { $(Self::$variant(kind) => kind.read(aws, id).await),+ }
            }

            pub(crate) async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
                match self { $(Self::$variant(kind) => kind.create(aws, id).await),+ }
            }

            pub(crate) async fn update(
                &self,
                aws: &Aws,
                id: &ResourceId,
                live: &LiveResource,
                changed: &[String],
            ) -> Result<(), KindError> {
                match self {
                    $(Self::$variant(kind) => kind.update(aws, id, live, changed).await),+
                }
            }

            pub(crate) async fn delete(
                &self,
                aws: &Aws,
                live: &LiveResource,
            ) -> Result<(), KindError> {
                match self { $(Self::$variant(kind) => kind.delete(aws, live).await),+ }
            }
        }
    };
}

kinds!(
    AccessPoint(efs::access_point::AccessPoint),
    Alarm(cloudwatch::alarm::Alarm),
    Bucket(s3::bucket::Bucket),
    Dashboard(cloudwatch::dashboard::Dashboard),
    DefaultSecurityGroup(ec2::default_security_group::DefaultSecurityGroup),
    ElasticIp(ec2::elastic_ip::ElasticIp),
    FileSystem(efs::file_system::FileSystem),
    FileSystemPolicy(efs::file_system_policy::FileSystemPolicy),
    FlowLog(ec2::flow_log::FlowLog),
    Function(lambda::function::Function),
    Instance(ec2::instance::Instance),
    InstanceProfile(iam::instance_profile::InstanceProfile),
    InternetGateway(ec2::internet_gateway::InternetGateway),
    InvokeConfig(lambda::invoke_config::InvokeConfig),
    LocationEfs(datasync::location_efs::LocationEfs),
    LocationS3(datasync::location_s3::LocationS3),
    LogGroup(logs::log_group::LogGroup),
    LogResourcePolicy(logs::log_resource_policy::LogResourcePolicy),
    MountTargets(efs::mount_targets::MountTargets),
    NatGateway(ec2::nat_gateway::NatGateway),
    Permission(lambda::permission::Permission),
    Queue(sqs::queue::Queue),
    Role(iam::role::Role),
    RouteTable(ec2::route_table::RouteTable),
    Rule(events::rule::Rule),
    SecurityGroup(ec2::security_group::SecurityGroup),
    Subnet(ec2::subnet::Subnet),
    Subscription(sns::subscription::Subscription),
    Task(datasync::task::Task),
    Topic(sns::topic::Topic),
    Vpc(ec2::vpc::Vpc),
    VpcEndpoint(ec2::vpc_endpoint::VpcEndpoint),
);
