//! The least time of an apply: the longest chain of steps that wait for each other, or the time in
//! which a service that limits its rate takes the calls of many equal steps.

use std::collections::BTreeMap;
use std::time::Duration;

use reconciler::graph::{Graph, ResourceId};

use crate::fault_proxy::RateLimit;

/// The duration of each step in an apply of one sync, where no step waits for another sync.
pub type StepTimes = BTreeMap<ResourceId, Duration>;

/// The least time of all steps of a first apply. A step of a sync takes as long as its counterpart
/// in the stack of one sync; each step of DataSync makes one call of the operation that creates.
#[must_use]
pub fn find_critical_path(graph: &Graph, alone: &StepTimes, limit: RateLimit) -> Duration {
    let mut ends: BTreeMap<&ResourceId, Duration> = BTreeMap::new();
    let mut equal_steps: BTreeMap<ResourceId, EqualSteps> = BTreeMap::new();
    for node in graph.levels().into_iter().flatten() {
        let needed = graph.dependencies(node);
        let begins = needed.iter().filter_map(|id| ends.get(id)).max().copied();
        let begins = begins.unwrap_or_default();
        let counterpart = counterpart_of(&node.id);
        let takes = alone.get(&counterpart).copied().unwrap_or_default();
        ends.insert(&node.id, begins + takes);
        if node.resource.kind_name().starts_with("DataSync") {
            let first = EqualSteps { first_begins: begins, takes, count: 0 };
            let equal = equal_steps.entry(counterpart).or_insert(first);
            equal.first_begins = equal.first_begins.min(begins);
            equal.count += 1;
        }
    }
    let limited = equal_steps.into_values().map(|equal| equal.least_end(limit));
    ends.into_values().chain(limited).max().unwrap_or_default()
}

/// The steps of several syncs that create the same kind of resource.
struct EqualSteps {
    first_begins: Duration,
    takes: Duration,
    count: usize,
}

impl EqualSteps {
    fn least_end(&self, limit: RateLimit) -> Duration {
        self.first_begins + limit.least_time(self.count, true) + self.takes
    }
}

/// `task` for `task.part-07`.
fn counterpart_of(id: &ResourceId) -> ResourceId {
    ResourceId::new(id.as_str().split('.').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_a_sync_has_a_counterpart() {
        for (id, expected) in [
            ("task", "task"),
            ("task.part-07", "task"),
            ("destination-location.home@eu-west-1", "destination-location"),
        ] {
            assert_eq!(counterpart_of(&ResourceId::new(id)), ResourceId::new(expected));
        }
    }

    #[test]
    fn the_last_of_equal_steps_waits_for_the_rate() {
        let limit = RateLimit { service: "datasync", reads: 20, changes: 5 };
        let seconds = Duration::from_secs;
        let equal = |count| EqualSteps { first_begins: seconds(10), takes: seconds(2), count };
        assert_eq!(equal(5).least_end(limit), seconds(12));
        assert_eq!(equal(50).least_end(limit), seconds(21));
    }
}
