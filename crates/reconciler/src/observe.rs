//! Reads the live resources of a graph. Only reads.
//!
//! A resource may still exist after one that it refers to was deleted. So it is read as well,
//! unless the field that identifies it is such a reference.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream;

use crate::Aws;
use crate::denial;
use crate::graph::{Graph, Node};
use crate::kind_error::{KindError, join_errors};
use crate::reference::{self, Attributes};
use crate::resource_id::ResourceId;
use crate::resource_kind::LiveResource;
use crate::wait::{self, IAM_PROPAGATION};

/// The number of resources read at once: enough to hide latency, few enough not to be throttled.
const AT_ONCE: usize = 8;

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
    let PartialObservation { observed, unread } = observe_what_can_be_read(aws, graph).await;
    let failed: Vec<KindError> = unread.into_values().collect();
    if failed.is_empty() { Ok(observed) } else { Err(ObserveError { failed }) }
}

/// The live resources that could be read, and the error of each read that failed. A resource that
/// depends on an unread one may look absent or different although it is not.
#[derive(Debug, Default)]
pub struct PartialObservation {
    pub observed: Observed,
    pub unread: BTreeMap<ResourceId, KindError>,
}

/// Reads every resource of the graph like [`observe`]; a failed read does not hide the others.
pub async fn observe_what_can_be_read(aws: &Aws, graph: &Graph) -> PartialObservation {
    let mut partial = PartialObservation::default();
    let aws = &aws.with_own_cache();
    for level in graph.levels() {
        let known = partial.observed.attributes();
        let reads = level.into_iter().map(|node| read(aws, graph, node, &known));
        let answers: Vec<_> = stream::iter(reads).buffer_unordered(AT_ONCE).collect().await;
        for (id, answer) in answers {
            match answer {
                Ok(Some(found)) => drop(partial.observed.found.insert(id, found)),
                Ok(None) => {}
                Err(error) => drop(partial.unread.insert(id, error)),
            }
        }
    }
    partial
}

async fn read(
    aws: &Aws,
    graph: &Graph,
    node: &Node,
    known: &Attributes,
) -> (ResourceId, Result<Option<LiveResource>, KindError>) {
    let in_graph = |id: &ResourceId| graph.contains(id);
    let (state, _) = reference::resolve_references(&node.resource.to_json(), known, &in_graph);
    let nameless =
        state["name"].as_str().is_some_and(|name| reference::is_unresolved(name, &in_graph));
    let answer = match node.resource.with_json(state) {
        Ok(resource) if !nameless => {
            let passes = |error: &KindError| denial::is_denied(error) && aws.denials_may_pass();
            wait::retry(IAM_PROPAGATION, passes, async || resource.read(aws, &node.id).await).await
        }
        _ => Ok(None),
    };
    (node.id.clone(), answer)
}

/// Every read that failed.
#[derive(Debug, thiserror::Error)]
#[error("reading failed for {} of the resources: {}", failed.len(), join_errors(failed))]
pub struct ObserveError {
    pub failed: Vec<KindError>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::sns::topic::Topic;
    use crate::testing::fake_logs::{FakeLogs, log_group};

    fn sample_graph() -> Graph {
        let mut graph = Graph::default();
        let one = graph.add("one", log_group("/1"));
        graph.add("two", log_group(&format!("{}/2", one.attribute("name"))));
        graph
    }

    #[tokio::test]
    async fn references_are_resolved_with_what_was_read_before() {
        let logs = FakeLogs::default();
        logs.put_group("/1", 7);
        logs.put_group("/1/2", 14);
        let observed = observe(&logs.aws(), &sample_graph()).await.unwrap();
        assert_eq!(observed.attribute("two", "name"), Some("/1/2"));
        assert_eq!(observed.get(&ResourceId::new("two")).unwrap().state["retention_days"], 14);
        assert!(logs.take_calls().is_empty());
    }

    #[tokio::test]
    async fn what_has_no_name_yet_is_absent() {
        let logs = FakeLogs::default();
        logs.put_group("${one.name}/2", 14);
        assert_eq!(observe(&logs.aws(), &sample_graph()).await.unwrap(), Observed::default());
    }

    #[tokio::test]
    async fn every_failure_is_reported() {
        let mut graph = sample_graph();
        for id in ["first", "second"] {
            graph.add(
                id,
                Topic { name: id.to_owned(), policy: serde_json::Value::Null, kms_key: None },
            );
        }
        let error = observe(&FakeLogs::default().aws(), &graph).await.unwrap_err();
        assert_eq!(error.failed.len(), 2);
        assert!(
            error.to_string().contains(":first`: ") && error.to_string().contains(":second`: "),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_failed_read_does_not_hide_the_others() {
        let logs = FakeLogs::default();
        logs.put_group("/1", 7);
        let mut graph = sample_graph();
        graph.add(
            "alerts",
            Topic { name: "alerts".to_owned(), policy: serde_json::Value::Null, kms_key: None },
        );
        let PartialObservation { observed, unread } =
            observe_what_can_be_read(&logs.aws(), &graph).await;
        assert_eq!(observed.attribute("one", "name"), Some("/1"));
        assert_eq!(unread.keys().map(ResourceId::as_str).collect::<Vec<_>>(), ["alerts"]);
    }
}
