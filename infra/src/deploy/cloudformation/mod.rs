//! The desired state of both planes as CloudFormation resources, so that `cfn-lint` can check it
//! against the resource schemas that AWS publishes. Test code: nothing is deployed this way.
//!
//! Every field of a desired state must be rendered, or left out by name where CloudFormation has no
//! property for it. A new field or resource kind therefore fails here until it is rendered.

mod compute;
mod configurations;
mod datasync;
mod fields;
mod lint;
mod monitoring;
mod network;
mod references;
mod storage;
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use reconciler::graph::{Graph, Node};
use reconciler::resources::Resource;
use serde_json::{Map, Value, json};

use fields::StateFields;
use references::References;

/// A CloudFormation resource. One resource kind may give several.
pub(super) struct RenderedResource {
    /// Added to the logical id; empty for the first resource of a kind.
    suffix: String,
    resource_type: &'static str,
    properties: Value,
}

impl RenderedResource {
    pub(super) fn new(resource_type: &'static str, properties: Value) -> Self {
        Self { suffix: String::new(), resource_type, properties: without_nulls(properties) }
    }

    pub(super) fn with_suffix(self, suffix: impl Into<String>) -> Self {
        Self { suffix: suffix.into(), ..self }
    }
}

/// The kinds that CloudFormation has no type for.
fn reason_for_no_type(resource: &Resource) -> Option<&'static str> {
    match resource {
        Resource::DefaultSecurityGroup(_) => {
            Some("comes with its VPC; CloudFormation cannot change its rules")
        }
        _ => None,
    }
}

/// A template, with facts about it.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) resources: Map<String, Value>,
    /// The CloudFormation types of each resource kind.
    pub(super) types: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// The kinds that CloudFormation has no type for.
    pub(super) without_type: BTreeMap<&'static str, &'static str>,
    /// Fields with a value that are not rendered.
    pub(super) not_rendered: Vec<String>,
}

impl Template {
    /// Renders the graphs without the resources that they prune.
    pub(super) fn from_graphs(stack: &str, graphs: &[Graph]) -> Self {
        let nodes: Vec<&Node> =
            graphs.iter().flat_map(Graph::nodes).filter(|node| !node.pruned).collect();
        let references = References::from_nodes(&nodes);
        let mut template = Self::default();
        for node in nodes {
            template.add_node(stack, node, &references);
        }
        template
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": self.resources })
    }

    fn add_node(&mut self, stack: &str, node: &Node, references: &References<'_>) {
        let kind = node.resource.kind_name();
        if let Some(reason) = reason_for_no_type(&node.resource) {
            self.without_type.insert(kind, reason);
            return;
        }
        let mut fields = StateFields::from_node(stack, node, references);
        for rendered in render_resource(&node.resource, &mut fields) {
            let RenderedResource { suffix, resource_type, properties } = rendered;
            self.types.entry(kind).or_default().insert(resource_type);
            let logical_id = format!("{}{suffix}", fields.logical_id());
            let resource = json!({ "Type": resource_type, "Properties": properties });
            let before = self.resources.insert(logical_id.clone(), resource);
            assert!(before.is_none(), "two resources have the logical id {logical_id}");
        }
        self.not_rendered.extend(
            fields.remaining_fields().map(|field| format!("{kind} `{}`: {field}", node.id)),
        );
    }
}

fn render_resource(resource: &Resource, fields: &mut StateFields) -> Vec<RenderedResource> {
    match resource {
        Resource::AccessPoint(_) => vec![storage::access_point(fields)],
        Resource::Alarm(_) => vec![monitoring::alarm(fields)],
        Resource::Bucket(_) => storage::bucket(fields),
        Resource::Dashboard(_) => vec![monitoring::dashboard(fields)],
        Resource::DefaultSecurityGroup(_) => Vec::new(),
        Resource::ElasticIp(_) => vec![network::elastic_ip(fields)],
        Resource::FileSystem(_) => vec![storage::file_system(fields)],
        Resource::FileSystemPolicy(_) => vec![storage::file_system_policy(fields)],
        Resource::FlowLog(_) => vec![network::flow_log(fields)],
        Resource::Function(_) => vec![compute::function(fields)],
        Resource::Instance(_) => vec![compute::instance(fields)],
        Resource::InstanceProfile(_) => vec![compute::instance_profile(fields)],
        Resource::InternetGateway(_) => network::internet_gateway(fields),
        Resource::InvokeConfig(_) => vec![compute::invoke_config(fields)],
        Resource::LocationEfs(_) => vec![datasync::location_efs(fields)],
        Resource::LocationS3(_) => vec![datasync::location_s3(fields)],
        Resource::LogGroup(_) => vec![monitoring::log_group(fields)],
        Resource::LogResourcePolicy(_) => vec![monitoring::log_resource_policy(fields)],
        Resource::MountTargets(_) => storage::mount_targets(fields),
        Resource::NatGateway(_) => vec![network::nat_gateway(fields)],
        Resource::Permission(_) => vec![compute::permission(fields)],
        Resource::Queue(_) => monitoring::queue(fields),
        Resource::Role(_) => vec![compute::role(fields)],
        Resource::RouteTable(_) => network::route_table(fields),
        Resource::Rule(_) => vec![compute::rule(fields)],
        Resource::SecurityGroup(_) => vec![network::security_group(fields)],
        Resource::Subnet(_) => vec![network::subnet(fields)],
        Resource::Subscription(_) => vec![monitoring::subscription(fields)],
        Resource::Task(_) => vec![datasync::task(fields)],
        Resource::Topic(_) => monitoring::topic(fields),
        Resource::Vpc(_) => vec![network::vpc(fields)],
        Resource::VpcEndpoint(_) => vec![network::vpc_endpoint(fields)],
    }
}

/// Removes unset properties.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let set = members.into_iter().filter(|(_, member)| !member.is_null());
            set.map(|(name, member)| (name, without_nulls(member))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        plain => plain,
    }
}
