//! The contract of a resource kind: desired state as plain data, `read`, `create`, `update`, `delete`.
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

/// What a resource kind can do. Called with every reference in its fields resolved.
pub(crate) trait ResourceKind: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// As people call it: `S3 bucket`.
    const NAME: &'static str;
    /// The IAM actions that its calls need.
    const ACTIONS: Actions;
    /// Top-level fields that AWS can't change in place: a difference means a replacement.
    const FORCE_NEW: &'static [&'static str];
    /// Top-level fields whose resource holds on to this one: when that one is replaced, this one
    /// goes before it. Fields of `FORCE_NEW` need no mention.
    const REPLACE_TRIGGERED_BY: &'static [&'static str] = &[];

    /// What exists now, or `None`. Only reads. Found by fixed name, or by tags where AWS chooses
    /// the name.
    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError>;
    /// Makes it, tagged. Returning means it can be used by others (waits included).
    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError>;
    /// Changes in place what differs. `changed` has the top-level fields that do.
    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError>;
    /// Removes it with everything in it; one that is gone is removed already. Returning means it is
    /// gone.
    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError>;
}

/// What a kind read from AWS.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveResource {
    /// The kind's own struct as JSON, as AWS has it.
    pub state: Value,
    /// What others may refer to: `arn`, `id`, ….
    pub attributes: BTreeMap<String, String>,
    /// Whether it bears our tags (or can't be tagged and is part of something that does).
    pub managed: bool,
}

impl LiveResource {
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

/// The IAM actions of one kind of resource, by how a policy can limit them.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    /// They only read.
    pub look: &'static [&'static str],
    /// They make something that bears our tags, or a name of ours, from the beginning.
    pub make: &'static [&'static str],
    /// They change or delete what exists.
    pub change: &'static [&'static str],
    /// AWS asks for them of whoever makes the calls, though no call has their name: tags that are
    /// given on create, roles that are passed, and what a service does on the caller's behalf
    /// (Service Authorization Reference, "Dependent actions"; DataSync and EFS API references,
    /// `CreateLocationEfs`, `CreateTask`, `CreateMountTarget`).
    pub implied: &'static [&'static str],
}

impl Actions {
    /// All four groups.
    pub fn all(self) -> impl Iterator<Item = &'static str> {
        [self.look, self.make, self.change, self.implied].into_iter().flatten().copied()
    }
}
