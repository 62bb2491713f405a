//! The graphs of a stack with several syncs: one line for each sync.

use domain::metrics;
use domain::names::Names;
use serde_json::{Value, json};

use super::graphs::{metric_graph, metric_line};
use crate::deploy::control_plane::syncs::PlannedSync;

/// Title, statistic and metric of each graph.
const GRAPHS: [(&str, &str, &str); 6] = [
    ("Age of the newest good copy, by sync", "Maximum", metrics::AGE),
    ("Verified runs, by sync", "Sum", metrics::VERIFIED_RUNS),
    ("Runs with an alert, by sync", "Sum", metrics::BAD_RUNS),
    ("Duration, by sync", "Maximum", metrics::TOTAL_DURATION),
    ("Files transferred, by sync", "Sum", metrics::FILES_TRANSFERRED),
    ("Bytes transferred, by sync", "Sum", metrics::BYTES_TRANSFERRED),
];

/// The most lines of a graph. A dashboard holds 2,500 metrics, a widget 500 (CloudWatch User
/// Guide, "CloudWatch service quotas").
pub(super) const MOST_LINES: usize = 400;

/// Returns a graph for each metric, and a note for the title.
pub(super) fn graphs_of_syncs(names: &Names, syncs: &[&PlannedSync]) -> (Vec<Value>, String) {
    let shown = &syncs[..syncs.len().min(MOST_LINES)];
    let graph = |(title, statistic, metric): &(&str, &str, &str)| {
        let lines = shown.iter().map(|sync| labelled_line(names, metric, sync)).collect();
        metric_graph(names, title, statistic, lines)
    };
    let note = match syncs.len() - shown.len() {
        0 => String::new(),
        _ => format!("\n\nThe first {MOST_LINES} of {} syncs are shown.", syncs.len()),
    };
    (GRAPHS.iter().map(graph).collect(), note)
}

/// Returns the line of a sync with its name: the legend would show only the dimensions in which
/// the lines differ.
fn labelled_line(names: &Names, metric: &str, sync: &PlannedSync) -> Value {
    let mut line = metric_line(names, metric, &sync.name);
    if let Value::Array(parts) = &mut line {
        parts.push(json!({ "label": sync.name }));
    }
    line
}
