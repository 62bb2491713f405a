//! Reads the live resources of a graph. Only reads.
//!
//! The tags that say whether a resource is ours cost a request for many. In a plan that is only
//! shown, what equals the desired state counts as ours without them, if all that it depends on is
//! ours and equals the desired state: no step is planned for it (decision 15). An apply, a destroy
//! and the drift read the tags of every resource.
//!
//! A resource may still exist after one that it refers to was deleted. So it is read as well,
//! unless the field that identifies it is such a reference.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;
use serde_json::Value;

use crate::Aws;
use crate::denial;
use crate::graph::{Graph, Node};
use crate::kind_error::{KindError, join_errors};
use crate::reference::{self, Attributes};
use crate::resource_id::ResourceId;
use crate::resource_kind::LiveResource;
use crate::wait::{self, IAM_PROPAGATION};

/// The number of resources read at once: an apply of many syncs ends with a read of all of them.
const AT_ONCE: usize = 32;

/// The live resources of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    found: BTreeMap<ResourceId, LiveResource>,
}

impl Observed {
    #[must_use]
    pub fn get(&self, id: &ResourceId) -> Option<&LiveResource> {
        self.found.get(id)
    }

    /// An attribute of a resource that exists.
    #[must_use]
    pub fn attribute(&self, id: &str, name: &str) -> Option<&str> {
        self.found.get(&ResourceId::new(id))?.attributes.get(name).map(String::as_str)
    }

    pub(crate) fn attributes(&self) -> Attributes {
        self.found.iter().map(|(id, found)| (id.clone(), found.attributes.clone())).collect()
    }

    /// Builds an observation for tests.
    #[must_use]
    pub fn of(found: impl IntoIterator<Item = (ResourceId, LiveResource)>) -> Self {
        Self { found: found.into_iter().collect() }
    }

    /// Builds the observation of a graph of which everything exists as desired, for tests. The
    /// value of an attribute is the text of a reference to it, so that no reference differs.
    #[must_use]
    pub fn of_desired(graph: &Graph) -> Self {
        let attribute = |node: &Node, name: &str| (name.to_owned(), node.id.attribute(name));
        let live = |node: &Node| LiveResource {
            state: node.resource.to_json(),
            attributes: ["arn", "id", "name"].map(|name| attribute(node, name)).into(),
            managed: true,
        };
        let wanted = graph.nodes().filter(|node| !node.pruned);
        Self::of(wanted.map(|node| (node.id.clone(), live(node))))
    }
}

/// Reads every resource of the graph.
///
/// # Errors
/// [`ObserveError`] with every read that failed.
pub async fn observe(aws: &Aws, graph: &Graph) -> Result<Observed, ObserveError> {
    read_levels(aws, graph, TagReads::Always).await.require_complete()
}

/// Reads every resource of the graph, for a plan that is shown and not carried out. It makes fewer
/// requests than [`observe`].
///
/// # Errors
/// [`ObserveError`] with every read that failed.
pub async fn observe_for_plan(aws: &Aws, graph: &Graph) -> Result<Observed, ObserveError> {
    read_levels(aws, graph, TagReads::BeforeChanges).await.require_complete()
}

/// The live resources that could be read, and the error of each read that failed. A resource that
/// depends on an unread one may look absent or different although it is not.
#[derive(Debug, Default)]
pub struct PartialObservation {
    pub observed: Observed,
    pub unread: BTreeMap<ResourceId, KindError>,
}

impl PartialObservation {
    fn add_answer(&mut self, ReadNode { id, answer, .. }: ReadNode) {
        match answer {
            Ok(Some(found)) => drop(self.observed.found.insert(id, found)),
            Ok(None) => {}
            Err(error) => drop(self.unread.insert(id, error)),
        }
    }

    fn require_complete(self) -> Result<Observed, ObserveError> {
        let failed: Vec<KindError> = self.unread.into_values().collect();
        if failed.is_empty() { Ok(self.observed) } else { Err(ObserveError { failed }) }
    }
}

/// Reads every resource of the graph like [`observe`]; a failed read does not hide the others.
pub async fn observe_what_can_be_read(aws: &Aws, graph: &Graph) -> PartialObservation {
    read_levels(aws, graph, TagReads::Always).await
}

/// The resources whose tags are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TagReads {
    Always,
    /// Not those that are as desired, with all that they depend on.
    BeforeChanges,
}

impl TagReads {
    fn may_be_left_out(self, graph: &Graph, node: &Node, unchanged: &BTreeSet<ResourceId>) -> bool {
        // What refers to a resource that is replaced is changed, too, although it looks unchanged.
        self == Self::BeforeChanges && !node.pruned && graph.dependencies(node).is_subset(unchanged)
    }
}

async fn read_levels(aws: &Aws, graph: &Graph, tags: TagReads) -> PartialObservation {
    let mut partial = PartialObservation::default();
    let mut unchanged = BTreeSet::new();
    let aws = &aws.with_own_cache();
    for level in graph.levels() {
        let known = partial.observed.attributes();
        let reads = level.into_iter().map(|node| {
            let trusts = tags.may_be_left_out(graph, node, &unchanged);
            read(aws.whose_unchanged_is_ours(trusts), graph, node, &known)
        });
        let reads: Vec<_> = reads.collect();
        let answers: Vec<_> = stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;
        let as_desired = answers.iter().filter(|answer| answer.is_unchanged());
        unchanged.extend(as_desired.map(|answer| answer.id.clone()));
        for answer in answers {
            partial.add_answer(answer);
        }
    }
    partial
}

/// The answer about one resource, and its desired state as far as it is known.
struct ReadNode {
    id: ResourceId,
    pruned: bool,
    desired: Value,
    answer: Result<Option<LiveResource>, KindError>,
}

impl ReadNode {
    fn is_unchanged(&self) -> bool {
        match &self.answer {
            Ok(Some(found)) => !self.pruned && found.managed && found.state == self.desired,
            Ok(None) => self.pruned,
            Err(_) => false,
        }
    }
}

async fn read(aws: Aws, graph: &Graph, node: &Node, known: &Attributes) -> ReadNode {
    let in_graph = |id: &ResourceId| graph.contains(id);
    let (desired, _) = reference::resolve_references(&node.resource.to_json(), known, &in_graph);
    let nameless =
        desired["name"].as_str().is_some_and(|name| reference::is_unresolved(name, &in_graph));
    let answer = match node.resource.with_json(desired.clone()) {
        Ok(resource) if !nameless => {
            let passes = |error: &KindError| {
                error.is_throttled() || (denial::is_denied(error) && aws.denials_may_pass())
            };
            wait::retry(IAM_PROPAGATION, passes, async || resource.read(&aws, &node.id).await).await
        }
        _ => Ok(None),
    };
    ReadNode { id: node.id.clone(), pruned: node.pruned, desired, answer }
}

/// Every read that failed.
#[derive(Debug, thiserror::Error)]
#[error("reading failed for {} of the resources: {}", failed.len(), join_errors(failed))]
pub struct ObserveError {
    pub failed: Vec<KindError>,
}

#[cfg(test)]
mod tests;
