//! The desired resources of one plane and their dependencies.
//!
//! A field of a resource may hold `${<resource id>.<attribute>}`, as in Terraform: the attribute is
//! known once that resource exists. Dependencies follow from these references; `after` adds those
//! that no field shows.

use std::collections::{BTreeMap, BTreeSet};

use crate::reference;
pub use crate::resource_id::ResourceId;
use crate::resources::Resource;

/// One desired resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub id: ResourceId,
    pub resource: Resource,
    /// Dependencies that no field shows.
    pub after: BTreeSet<ResourceId>,
    /// Whether it holds the user's data, which is destroyed only on request by name.
    pub holds_data: bool,
    /// Whether the configuration no longer contains it: what is left of it is deleted.
    pub pruned: bool,
    /// Whether it may be replaced although it holds data, because the user named it.
    pub replaceable: bool,
}

/// A directed acyclic graph of resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    nodes: BTreeMap<ResourceId, Node>,
}

impl Graph {
    /// Adds a resource and returns its id, for references to it.
    pub fn add(&mut self, id: &str, resource: impl Into<Resource>) -> ResourceId {
        self.add_after(id, resource, &[])
    }

    /// Adds a resource that is created after others although no field refers to them.
    pub fn add_after(
        &mut self,
        id: &str,
        resource: impl Into<Resource>,
        after: &[&ResourceId],
    ) -> ResourceId {
        let after = after.iter().map(|id| (*id).clone()).collect();
        let id = ResourceId::new(id);
        self.add_node(Node {
            id,
            resource: resource.into(),
            after,
            holds_data: false,
            pruned: false,
            replaceable: false,
        })
    }

    /// Adds a resource that holds the user's data.
    pub fn add_data(&mut self, id: &str, resource: impl Into<Resource>) -> ResourceId {
        let (id, after) = (ResourceId::new(id), BTreeSet::new());
        self.add_node(Node {
            id,
            resource: resource.into(),
            after,
            holds_data: true,
            pruned: false,
            replaceable: false,
        })
    }

    /// Marks a resource for pruning: what is left of it from an earlier configuration is deleted,
    /// after all desired resources exist. No desired resource may refer to it.
    pub fn prune(&mut self, id: &ResourceId) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.pruned = true;
        }
    }

    /// Allows the replacement of a resource that holds data. `false` when there is none of that id.
    pub fn allow_replacement(&mut self, id: &ResourceId) -> bool {
        self.nodes.get_mut(id).map(|node| node.replaceable = true).is_some()
    }

    /// Puts a permissions boundary on every role, or none on any.
    pub fn bound_roles(&mut self, boundary_arn: Option<&str>) {
        for node in self.nodes.values_mut() {
            if let Resource::Role(role) = &mut node.resource {
                role.permissions_boundary_arn = boundary_arn.map(str::to_owned);
            }
        }
    }

    /// Adds a node of another graph as it is.
    pub fn add_node(&mut self, node: Node) -> ResourceId {
        let id = node.id.clone();
        self.nodes.insert(id.clone(), node);
        id
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    #[must_use]
    pub fn get(&self, id: &ResourceId) -> Option<&Node> {
        self.nodes.get(id)
    }

    #[must_use]
    pub fn contains(&self, id: &ResourceId) -> bool {
        self.nodes.contains_key(id)
    }

    /// The resources that must exist before this one: those its fields refer to, and `after`.
    #[must_use]
    pub fn dependencies(&self, node: &Node) -> BTreeSet<ResourceId> {
        let mut needed =
            reference::find_dependencies(&node.resource.to_json(), &|id| self.contains(id));
        needed.extend(node.after.iter().cloned());
        needed
    }

    /// The resources in levels: each depends only on earlier levels. Within a level the order is
    /// that of the ids.
    ///
    /// A cycle, which only a mistake in a graph's own code can make, ends up in the last level.
    #[must_use]
    pub fn levels(&self) -> Vec<Vec<&Node>> {
        let mut left: BTreeMap<&ResourceId, BTreeSet<ResourceId>> =
            self.nodes.values().map(|node| (&node.id, self.dependencies(node))).collect();
        let mut levels = Vec::new();
        while !left.is_empty() {
            let ready =
                |needed: &BTreeSet<ResourceId>| !needed.iter().any(|id| left.contains_key(id));
            let mut level: Vec<&ResourceId> =
                left.iter().filter(|(_, needed)| ready(needed)).map(|(id, _)| *id).collect();
            if level.is_empty() {
                level = left.keys().copied().collect();
            }
            left.retain(|id, _| !level.contains(id));
            levels.push(level.into_iter().filter_map(|id| self.nodes.get(id)).collect());
        }
        levels
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fake_logs::log_group;

    fn level_ids(graph: &Graph) -> Vec<Vec<&str>> {
        graph
            .levels()
            .into_iter()
            .map(|level| level.into_iter().map(|node| node.id.as_str()).collect())
            .collect()
    }

    #[test]
    fn each_level_depends_only_on_earlier_ones() {
        let mut graph = Graph::default();
        assert!(level_ids(&graph).is_empty());
        let d = graph.add("d", log_group("/d"));
        let c = graph.add("c", log_group(&format!("{}/c", d.attribute("name"))));
        graph.add_after("a", log_group("/a"), &[&c]);
        graph.add("b", log_group("/b"));
        assert_eq!(level_ids(&graph), [vec!["b", "d"], vec!["c"], vec!["a"]]);
        assert_eq!(graph.len(), 4);
    }

    #[test]
    fn dependencies_are_references_and_after() {
        let mut graph = Graph::default();
        let (a, b) = (graph.add("a", log_group("/a")), graph.add("b", log_group("/b")));
        let c = graph.add_after("c", log_group(&a.attribute("name")), &[&b]);
        let node = graph.get(&c).unwrap();
        assert_eq!(graph.dependencies(node), BTreeSet::from([a, b]));
    }

    #[test]
    fn a_cycle_ends() {
        let mut graph = Graph::default();
        graph.add("a", log_group("${b.name}"));
        graph.add("b", log_group("${a.name}"));
        graph.add("c", log_group("/c"));
        assert_eq!(level_ids(&graph), [vec!["c"], vec!["a", "b"]]);
    }
}
