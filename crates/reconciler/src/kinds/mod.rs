//! One file per kind of AWS resource, all of one shape: desired state as plain data, `read`,
//! `create`, `update`, `delete`.
//!
//! `read` answers in the shape of the desired state, normalised, so that the difference between two
//! JSON values is the whole diff; a kind writes no diff of its own. Every `create` is safe to
//! repeat and tags what it makes.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::names;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Aws;
pub use crate::actions::Actions;
use crate::graph::ResourceId;

pub mod access_point;
pub mod alarm;
pub mod bucket;
pub mod dashboard;
pub(crate) mod datasync;
pub mod default_security_group;
mod ec2;
pub mod elastic_ip;
pub mod file_system;
pub mod file_system_policy;
pub mod flow_log;
pub mod function;
pub mod instance;
pub mod instance_profile;
pub mod internet_gateway;
pub mod invoke_config;
pub mod location_efs;
pub mod location_s3;
pub mod log_group;
pub mod log_resource_policy;
#[cfg(test)]
pub(crate) mod mocked;
pub mod mount_targets;
pub mod nat_gateway;
pub mod permission;
pub mod queue;
pub mod role;
pub mod route_table;
pub mod rule;
pub mod security_group;
pub mod subnet;
pub mod subscription;
pub mod task;
pub mod topic;
pub mod vpc;
pub mod vpc_endpoint;

/// What a resource kind can do. Called with every reference in its fields resolved.
pub(crate) trait Kind: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// As people call it: `S3 bucket`.
    const NAME: &'static str;
    /// The IAM actions that its calls need.
    const ACTIONS: Actions;
    /// Top-level fields that AWS can't change in place: a difference means a replacement.
    const REPLACE_ON: &'static [&'static str];
    /// Top-level fields whose resource holds on to this one: when that one is replaced, this one
    /// goes before it. Fields of `REPLACE_ON` need no mention.
    const REPLACED_WITH: &'static [&'static str] = &[];

    /// What exists now, or `None`. Only reads. Found by fixed name, or by tags where AWS chooses
    /// the name.
    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError>;
    /// Makes it, tagged. Returning means it can be used by others (waits included).
    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError>;
    /// Changes in place what differs. `changed` has the top-level fields that do.
    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &Found,
        changed: &[String],
    ) -> Result<(), KindError>;
    /// Removes it with everything in it; one that is gone is removed already. Returning means it is
    /// gone.
    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError>;
}

/// What a kind read from AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The kind's own struct as JSON, as AWS has it.
    pub state: Value,
    /// What others may refer to: `arn`, `id`, ….
    pub attributes: BTreeMap<String, String>,
    /// Whether it bears our tags (or can't be tagged and is part of something that does).
    pub ours: bool,
}

impl Found {
    /// An attribute that `read` of the same kind always sets.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// What people call it: its name, or its id where AWS chose one.
    pub(crate) fn name(&self) -> String {
        let called =
            ["name", "id", "arn"].iter().find_map(|attribute| self.attributes.get(*attribute));
        called.cloned().unwrap_or_default()
    }
}

macro_rules! kinds {
    ($($variant:ident($path:path)),+ $(,)?) => {
        /// A desired resource of any kind: a closed set.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Resource { $($variant($path)),+ }

        /// Every kind: its path below `kinds`, as people call it, and the IAM actions that its
        /// calls need.
        pub(crate) const KINDS: &[(&str, &str, Actions)] =
            &[$((stringify!($path), <$path as Kind>::NAME, <$path as Kind>::ACTIONS)),+];

        $(impl From<$path> for Resource {
            fn from(kind: $path) -> Self { Self::$variant(kind) }
        })+

        impl Resource {
            /// As people call the kind: `S3 bucket`.
            #[must_use]
            pub fn kind_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => <$path as Kind>::NAME),+ }
            }

            /// The IAM actions that the calls of the kind need.
            #[must_use]
            pub fn actions(&self) -> Actions {
                match self { $(Self::$variant(_) => <$path as Kind>::ACTIONS),+ }
            }

            pub(crate) fn replace_on(&self) -> &'static [&'static str] {
                match self { $(Self::$variant(_) => <$path as Kind>::REPLACE_ON),+ }
            }

            pub(crate) fn replaced_with(&self) -> &'static [&'static str] {
                match self { $(Self::$variant(_) => <$path as Kind>::REPLACED_WITH),+ }
            }

            /// The desired state as JSON; references are still in it.
            pub(crate) fn to_json(&self) -> Value {
                let json = match self { $(Self::$variant(kind) => serde_json::to_value(kind)),+ };
                json.expect("desired states are plain data with string keys, which JSON can hold")
            }

            /// The same kind with another state, as after references are resolved.
            pub(crate) fn with_json(&self, state: Value) -> Result<Self, serde_json::Error> {
                Ok(match self { $(Self::$variant(_) => Self::$variant(serde_json::from_value(state)?)),+ })
            }

            pub(crate) async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
                match self { $(Self::$variant(kind) => kind.read(aws, id).await),+ }
            }

            pub(crate) async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
                match self { $(Self::$variant(kind) => kind.create(aws, id).await),+ }
            }

            pub(crate) async fn update(&self, aws: &Aws, id: &ResourceId, found: &Found, changed: &[String]) -> Result<(), KindError> {
                match self { $(Self::$variant(kind) => kind.update(aws, id, found, changed).await),+ }
            }

            pub(crate) async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
                match self { $(Self::$variant(kind) => kind.delete(aws, found).await),+ }
            }
        }
    };
}

kinds!(
    AccessPoint(access_point::AccessPoint),
    Alarm(alarm::Alarm),
    Bucket(bucket::Bucket),
    Dashboard(dashboard::Dashboard),
    DefaultSecurityGroup(default_security_group::DefaultSecurityGroup),
    ElasticIp(elastic_ip::ElasticIp),
    FileSystem(file_system::FileSystem),
    FileSystemPolicy(file_system_policy::FileSystemPolicy),
    FlowLog(flow_log::FlowLog),
    Function(function::Function),
    Instance(instance::Instance),
    InstanceProfile(instance_profile::InstanceProfile),
    InternetGateway(internet_gateway::InternetGateway),
    InvokeConfig(invoke_config::InvokeConfig),
    LocationEfs(location_efs::LocationEfs),
    LocationS3(location_s3::LocationS3),
    LogGroup(log_group::LogGroup),
    LogResourcePolicy(log_resource_policy::LogResourcePolicy),
    MountTargets(mount_targets::MountTargets),
    NatGateway(nat_gateway::NatGateway),
    Permission(permission::Permission),
    Queue(queue::Queue),
    Role(role::Role),
    RouteTable(route_table::RouteTable),
    Rule(rule::Rule),
    SecurityGroup(security_group::SecurityGroup),
    Subnet(subnet::Subnet),
    Subscription(subscription::Subscription),
    Task(task::Task),
    Topic(topic::Topic),
    Vpc(vpc::Vpc),
    VpcEndpoint(vpc_endpoint::VpcEndpoint),
);

/// The tags every resource of ours bears.
pub(crate) fn tags(aws: &Aws, id: &ResourceId) -> [(&'static str, String); 2] {
    [(names::STACK_TAG, aws.names.stack.clone()), (names::RESOURCE_TAG, id.as_str().to_owned())]
}

/// Whether tags read from AWS are those of this resource.
pub(crate) fn bears_our_tags<'a>(
    aws: &Aws,
    id: &ResourceId,
    found: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> bool {
    let found: BTreeMap<&str, &str> = found.into_iter().collect();
    tags(aws, id).iter().all(|(key, value)| found.get(key) == Some(&value.as_str()))
}

/// Whether a field still refers to something that doesn't exist: what is identified by it can't
/// exist either.
pub(crate) fn is_reference(field: &str) -> bool {
    field.contains("${")
}

/// For lists whose order AWS does not keep: what is desired comes in the desired order, the rest
/// sorted.
pub(crate) fn in_order_of(desired: &[String], mut found: Vec<String>) -> Vec<String> {
    found.sort_by_key(|item| {
        (desired.iter().position(|d| d == item).unwrap_or(usize::MAX), item.clone())
    });
    found
}

/// A call that failed: what we were doing, to what.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct KindError {
    /// Gerund, kind, name in backticks: "creating S3 bucket `x`".
    pub doing: String,
    #[source]
    pub source: Cause,
}

/// Why it failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error(transparent)]
    Sdk(#[from] SdkFailure),
    /// Anything that is not a call: a file, a subprocess, a state that never came.
    #[error("{0}")]
    Other(String),
}

impl<E, R> From<SdkError<E, R>> for Cause
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Sdk(error.into())
    }
}

impl KindError {
    /// For `map_err`: `KindError::doing("creating S3 bucket", &name)`.
    pub(crate) fn doing<F: Into<Cause>>(what: &'static str, name: &str) -> impl FnOnce(F) -> Self {
        let doing = format!("{what} `{name}`");
        move |source| Self { doing, source: source.into() }
    }

    /// Whether a service answered with one of these codes.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        matches!(&self.source, Cause::Sdk(failure) if failure.is(codes))
    }
}

/// Several failures in one text, each with its causes.
pub(crate) fn texts(failed: &[KindError]) -> String {
    failed.iter().map(|error| aws::failure::chain(error)).collect::<Vec<_>>().join("; ")
}
