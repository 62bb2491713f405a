//! The fields of one desired state, taken out one by one, so that none is forgotten.

use domain::names::{RESOURCE_TAG, STACK_TAG};
use reconciler::graph::Node;
use reconciler::resources::Resource;
use serde_json::{Map, Value, json};

use super::references::{References, logical_id};

pub(crate) struct Fields {
    logical_id: String,
    name: String,
    tags: Vec<(String, String)>,
    left: Map<String, Value>,
}

impl Fields {
    /// The desired state of a resource, with its references resolved.
    pub(crate) fn of(stack: &str, node: &Node, references: &References<'_>) -> Self {
        let Value::Object(state) = state_of(&node.resource) else {
            panic!("`{}` is no object", node.id)
        };
        let resource = node.id.as_str().to_owned();
        Self {
            logical_id: logical_id(node.id.as_str()),
            name: format!("{stack}-{resource}"),
            tags: vec![
                (STACK_TAG.to_owned(), stack.to_owned()),
                (RESOURCE_TAG.to_owned(), resource),
            ],
            left: state
                .into_iter()
                .map(|(field, value)| (field, references.resolve(value)))
                .collect(),
        }
    }

    pub(crate) fn logical_id(&self) -> &str {
        &self.logical_id
    }

    /// A field's value; null when it is not there.
    pub(crate) fn take(&mut self, field: &str) -> Value {
        self.left.remove(field).unwrap_or_default()
    }

    pub(crate) fn text(&mut self, field: &str) -> String {
        match self.take(field) {
            Value::String(text) => text,
            other => panic!("{}: `{field}` is no text: {other}", self.logical_id),
        }
    }

    pub(crate) fn is_true(&mut self, field: &str) -> bool {
        self.take(field)
            .as_bool()
            .unwrap_or_else(|| panic!("{}: `{field}` is no bool", self.logical_id))
    }

    pub(crate) fn list(&mut self, field: &str) -> Vec<Value> {
        match self.take(field) {
            Value::Array(items) => items,
            other => panic!("{}: `{field}` is no list: {other}", self.logical_id),
        }
    }

    pub(crate) fn members(&mut self, field: &str) -> Map<String, Value> {
        match self.take(field) {
            Value::Object(members) => members,
            other => panic!("{}: `{field}` is no object: {other}", self.logical_id),
        }
    }

    /// A field that CloudFormation has no property for.
    pub(crate) fn leave_out(&mut self, field: &str) {
        self.left.remove(field);
    }

    /// Our two tags.
    pub(crate) fn tags(&self) -> Value {
        self.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
    }

    /// Our two tags and a name, as what the EC2 console shows bears them.
    pub(crate) fn tags_with_name(&self) -> Value {
        self.tags_with("Name", &self.name)
    }

    pub(crate) fn tags_with(&self, key: &str, value: &str) -> Value {
        let Value::Array(mut tags) = self.tags() else { unreachable!("tags are a list") };
        tags.push(json!({ "Key": key, "Value": value }));
        Value::Array(tags)
    }

    /// Fields that have a value and were neither taken nor left out.
    pub(crate) fn left(&self) -> impl Iterator<Item = &str> {
        let empty = |value: &Value| match value {
            Value::Array(items) => items.is_empty(),
            other => other.is_null(),
        };
        self.left.iter().filter(move |(_, value)| !empty(value)).map(|(field, _)| field.as_str())
    }
}

fn state_of(resource: &Resource) -> Value {
    macro_rules! state_of {
        ($($variant:ident)+) => {
            match resource { $(Resource::$variant(kind) => serde_json::to_value(kind)),+ }
        };
    }
    let state = state_of!(
        AccessPoint Alarm Bucket Dashboard DefaultSecurityGroup ElasticIp FileSystem FileSystemPolicy FlowLog Function
        Instance InstanceProfile InternetGateway InvokeConfig LocationEfs LocationS3 LogGroup LogResourcePolicy
        MountTargets NatGateway Permission Queue Role RouteTable Rule SecurityGroup Subnet Subscription Task Topic Vpc
        VpcEndpoint
    );
    state.expect("desired states are plain data with string keys, which JSON can hold")
}
