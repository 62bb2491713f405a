//! The dashboard of a stack: executions, metrics of DataSync, functions and dead letters. Pure.
//!
//! Source: CloudWatch User Guide, "Dashboard body structure and syntax".

use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::metrics;
use domain::names::Names;
use reconciler::resources::cloudwatch::dashboard::Dashboard;
use serde_json::{Value, json};

/// The grid of CloudWatch has 24 columns: two widgets side by side.
const WIDTH: usize = 12;
const HEIGHT: usize = 6;
const TITLE_HEIGHT: usize = 2;

/// The graphs of the metrics of the stack: title, statistic and metrics.
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
pub(crate) fn desired_dashboard(names: &Names, task: Option<&TaskArn>) -> Dashboard {
    let mut graphs: Vec<Value> = STACK_GRAPHS
        .iter()
        .map(|(title, statistic, shown)| stack_graph(names, title, statistic, shown))
        .collect();
    graphs.extend(task.map(|task| datasync_graph(names, task)));
    graphs.push(functions_graph(names, "Errors"));
    graphs.push(functions_graph(names, "Duration"));
    graphs.push(dead_letters_graph(names));
    let title = json!({
        "type": "text", "x": 0, "y": 0, "width": 2 * WIDTH, "height": TITLE_HEIGHT,
        "properties": { "markdown": format!("# {}\nRunbook: docs/OPERATIONS.md",
            Dashboard::mark(names)) },
    });
    let widgets: Vec<Value> =
        std::iter::once(title).chain(graphs.into_iter().enumerate().map(place_widget)).collect();
    Dashboard { name: names.dashboard_name(), body: json!({ "widgets": widgets }) }
}

fn place_widget((index, properties): (usize, Value)) -> Value {
    let (x, y) = (index % 2 * WIDTH, index / 2 * HEIGHT + TITLE_HEIGHT);
    json!({ "type": "metric", "x": x, "y": y, "width": WIDTH, "height": HEIGHT,
        "properties": properties })
}

fn stack_graph(names: &Names, title: &str, statistic: &str, shown: &[&str]) -> Value {
    let lines =
        shown.iter().map(|metric| json!([metrics::NAMESPACE, metric, metrics::STACK, names.stack]));
    metric_graph(names, title, statistic, lines.collect())
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

fn metric_graph(names: &Names, title: &str, statistic: &str, lines: Vec<Value>) -> Value {
    json!({ "title": title, "region": names.region, "stat": statistic, "period": 300,
        "metrics": lines })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns the metrics of our namespace, each of which must be that of the stack.
    fn shown_metrics(dashboard: &Dashboard) -> BTreeSet<String> {
        let lines = dashboard.body["widgets"].as_array().unwrap().iter().flat_map(|widget| {
            widget["properties"]["metrics"].as_array().cloned().unwrap_or_default()
        });
        lines
            .filter(|line| line[0] == metrics::NAMESPACE)
            .inspect(|line| {
                assert_eq!((&line[2], &line[3]), (&json!(metrics::STACK), &json!("backup")))
            })
            .map(|line| line[1].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_metric_of_the_stack_is_shown_and_no_other() {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let task = TaskArn::parse(
            "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b",
        )
        .unwrap();
        let dashboard = desired_dashboard(&names, Some(&task));
        assert_eq!(shown_metrics(&dashboard), metrics::ALL.map(str::to_owned).into());
        assert!(dashboard.body.to_string().contains(&Dashboard::mark(&names)));
        assert!(dashboard.body.to_string().contains("task-0806c70094b09457b"));
    }
}
