//! The dashboard of a stack: executions, metrics of DataSync, functions and dead letters. Pure.
//!
//! A stack with one sync shows every metric of it. A stack with several shows a graph a metric,
//! with one line for each sync.
//!
//! Source: CloudWatch API Reference, "Dashboard Body Structure and Syntax".

mod graphs;
mod several_syncs;

use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::metrics;
use domain::names::Names;
use domain::sync_name::SyncName;
use reconciler::resources::cloudwatch::dashboard::Dashboard;
use serde_json::{Value, json};

use super::control_plane::syncs::PlannedSync;
use graphs::{metric_graph, metric_line, place_widgets};
use several_syncs::graphs_of_syncs;

/// The graphs of the metrics of a stack with one sync: title, statistic and metrics.
const STACK_GRAPHS: [(&str, &str, &[&str]); 6] = [
    (
        "Runs",
        "Sum",
        &[
            metrics::RUNS,
            metrics::BAD_RUNS,
            metrics::VERIFIED_RUNS,
            metrics::FRESH,
            metrics::STUCK_RUNS,
        ],
    ),
    ("Age of the newest good copy", "Maximum", &[metrics::AGE]),
    (
        "Duration by phase",
        "Maximum",
        &[
            metrics::PREPARE_DURATION,
            metrics::TRANSFER_DURATION,
            metrics::VERIFY_DURATION,
            metrics::TOTAL_DURATION,
        ],
    ),
    (
        "Files",
        "Sum",
        &[
            metrics::FILES_TRANSFERRED,
            metrics::FILES_VERIFIED,
            metrics::FILES_DELETED,
            metrics::FILES_SKIPPED,
        ],
    ),
    ("Bytes", "Sum", &[metrics::BYTES_TRANSFERRED, metrics::BYTES_WRITTEN]),
    ("Throughput", "Average", &[metrics::THROUGHPUT]),
];

/// Returns the dashboard. Before the first run of `bootstrap-stack` there is no task and no
/// DataSync metric.
pub(crate) fn desired_dashboard(names: &Names, syncs: &[PlannedSync]) -> Dashboard {
    let configured: Vec<&PlannedSync> = syncs.iter().filter(|sync| sync.wanted).collect();
    let (mut graphs, note) = match configured[..] {
        [sync] => (graphs_of_one(names, &sync.name, sync.task), String::new()),
        _ => graphs_of_syncs(names, &configured),
    };
    graphs.push(functions_graph(names, "Errors"));
    graphs.push(functions_graph(names, "Duration"));
    graphs.push(dead_letters_graph(names));
    let title = format!("# {}\nRunbook: docs/OPERATIONS.md{note}", Dashboard::mark(names));
    let widgets = place_widgets(&title, graphs);
    Dashboard { name: names.dashboard_name(), body: json!({ "widgets": widgets }) }
}

fn graphs_of_one(names: &Names, sync: &SyncName, task: Option<&TaskArn>) -> Vec<Value> {
    let graph = |(title, statistic, shown): &(&str, &str, &[&str])| {
        let lines = shown.iter().map(|metric| metric_line(names, metric, sync)).collect();
        metric_graph(names, title, statistic, lines)
    };
    let graphs = STACK_GRAPHS.iter().map(graph);
    graphs.chain(task.map(|task| datasync_graph(names, task))).collect()
}

/// DataSync User Guide, "Monitoring data transfers with Amazon CloudWatch metrics".
fn datasync_graph(names: &Names, task: &TaskArn) -> Value {
    let lines = ["FilesTransferred", "FilesVerifiedDestination", "BytesTransferred"]
        .map(|metric| json!(["AWS/DataSync", metric, "TaskId", task.id()]));
    metric_graph(names, "DataSync", "Sum", lines.into())
}

fn functions_graph(names: &Names, metric: &str) -> Value {
    let lines = FunctionName::ALL.map(|function| {
        json!(["AWS/Lambda", metric, "FunctionName", names.function_name(function)])
    });
    let statistic = if metric == "Duration" { "Maximum" } else { "Sum" };
    metric_graph(names, &format!("{metric} of the functions"), statistic, lines.into())
}

fn dead_letters_graph(names: &Names) -> Value {
    let line = json!([
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        names.dead_letter_queue()
    ]);
    metric_graph(names, "Dead letters", "Maximum", vec![line])
}

#[cfg(test)]
mod tests;
