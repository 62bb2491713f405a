//! What exists, read resource by resource. Only reads.
//!
//! A resource that refers to one that does not exist can't exist either, and is not asked for.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;

use crate::Aws;
use crate::graph::{Graph, Node, ResourceId};
use crate::kinds::{Found, KindError, texts};
use crate::reference::{self, Attributes};

/// How many resources are read at once: enough to hide latency, few enough not to be throttled.
const AT_ONCE: usize = 8;

/// What exists of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    found: BTreeMap<ResourceId, Found>,
}

impl Observed {
    #[must_use]
    pub fn get(&self, id: &ResourceId) -> Option<&Found> {
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

    #[cfg(test)]
    pub(crate) fn of(found: impl IntoIterator<Item = (ResourceId, Found)>) -> Self {
        Self { found: found.into_iter().collect() }
    }
}

/// Reads every resource of the graph.
///
/// # Errors
/// [`ObserveError`] with every read that failed.
pub async fn observe(aws: &Aws, graph: &Graph) -> Result<Observed, ObserveError> {
    let mut observed = Observed::default();
    let mut failed = Vec::new();
    for level in graph.levels() {
        let known = observed.attributes();
        let reads = level.into_iter().map(|node| read(aws, graph, node, &known));
        let answers: Vec<_> = stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;
        for (id, answer) in answers {
            match answer {
                Ok(Some(found)) => drop(observed.found.insert(id, found)),
                Ok(None) => {}
                Err(error) => failed.push(error),
            }
        }
    }
    if failed.is_empty() { Ok(observed) } else { Err(ObserveError { failed }) }
}

async fn read(
    aws: &Aws,
    graph: &Graph,
    node: &Node,
    known: &Attributes,
) -> (ResourceId, Result<Option<Found>, KindError>) {
    let (state, complete) = reference::resolve(&node.resource.to_json(), known, &|id| graph.contains(id));
    let answer = match node.resource.with_json(state) {
        Ok(resource) if complete => resource.read(aws, &node.id).await,
        _ => Ok(None),
    };
    (node.id.clone(), answer)
}

/// Every read that failed.
#[derive(Debug, thiserror::Error)]
#[error("reading what exists failed for {} of the resources: {}", failed.len(), texts(failed))]
pub struct ObserveError {
    pub failed: Vec<KindError>,
}
