//! The contract of a resource kind: desired state as plain data, `read`, `create`, `update`,
//! `delete`.
//!
//! `read` returns the live resource in the shape of the desired state, normalised, so that the
//! difference between two JSON values is the whole diff. Every `create` is safe to repeat and tags
//! the resource.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;

/// The operations of a resource kind. Called with every reference in its fields resolved.
pub(crate) trait ResourceKind: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The name shown to people: `S3 bucket`.
    const NAME: &'static str;
    /// The IAM actions that its calls need.
    const ACTIONS: Actions;
    /// Top-level fields that AWS can't change in place: a difference means a replacement.
    const FORCE_NEW: &'static [&'static str];
    /// Top-level fields whose resource cannot be deleted while this one exists: when that resource
    /// is replaced, this one is deleted before it. Fields of `FORCE_NEW` are included.
    const REPLACE_TRIGGERED_BY: &'static [&'static str] = &[];

    /// Returns the live resource, or `None`. Only reads. The resource is found by its fixed name,
    /// or by tags where AWS chooses the name.
    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError>;
    /// Creates the resource with its tags. When this returns, other resources can use it (waits
    /// included).
    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError>;
    /// Updates the fields that differ in place. `changed` has their top-level names.
    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError>;
    /// Deletes the resource with its contents; one that does not exist counts as deleted. When this
    /// returns, the resource does not exist.
    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError>;
}

/// A resource as it was read from AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveResource {
    /// The struct of the kind as JSON, with the live values.
    pub state: Value,
    /// The attributes that other resources may refer to: `arn`, `id`, ….
    pub attributes: BTreeMap<String, String>,
    /// Whether it has the tags of this resource (or cannot be tagged and is part of a managed
    /// resource).
    pub managed: bool,
}

impl LiveResource {
    /// An attribute that `read` of the same kind always sets.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// The name shown to people: its name, or its id where AWS chose one.
    pub(crate) fn name(&self) -> String {
        let called =
            ["name", "id", "arn"].iter().find_map(|attribute| self.attributes.get(*attribute));
        called.cloned().unwrap_or_default()
    }
}

/// The IAM actions of one resource kind, by how a policy can limit them.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    /// Actions that only read.
    pub look: &'static [&'static str],
    /// Actions that create a resource with our tags or a name of ours from the beginning.
    pub make: &'static [&'static str],
    /// Actions that change or delete an existing resource.
    pub change: &'static [&'static str],
    /// Actions that the caller needs although no call has their name: tags that are given on
    /// create, roles that are passed, and calls of a service on the caller's behalf (Service
    /// Authorization Reference, "Dependent actions"; DataSync and EFS API references,
    /// `CreateLocationEfs`, `CreateTask`, `CreateMountTarget`).
    pub implied: &'static [&'static str],
}

impl Actions {
    /// All four groups.
    pub fn all(self) -> impl Iterator<Item = &'static str> {
        [self.look, self.make, self.change, self.implied].into_iter().flatten().copied()
    }
}
