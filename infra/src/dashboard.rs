//! The dashboard of a stack: its runs, DataSync's own metrics, its functions and what they could
//! not work off. Pure.
//!
//! Source: CloudWatch User Guide, "Dashboard body structure and syntax".

use domain::arn::TaskArn;
use domain::function::FunctionName;
use domain::metrics;
use domain::names::Names;
use reconciler::kinds::dashboard::Dashboard;
use serde_json::{Value, json};

/// CloudWatch's grid is 24 wide: two widgets beside each other.
const WIDTH: usize = 12;
const HEIGHT: usize = 6;
const TITLE_HEIGHT: usize = 2;

/// Before the first run of `bootstrap-stack` there is no task, and nothing of DataSync's to show.
pub(crate) fn dashboard(names: &Names, task: Option<&TaskArn>) -> Dashboard {
    let mut graphs = vec![
        ours(
            names,
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
        ours(names, "Age of the newest good copy", "Maximum", &[metrics::AGE]),
        ours(
            names,
            "Duration by phase",
            "Maximum",
            &[
                metrics::PREPARE_DURATION,
                metrics::TRANSFER_DURATION,
                metrics::VERIFY_DURATION,
                metrics::TOTAL_DURATION,
            ],
        ),
        ours(
            names,
            "Files",
            "Sum",
            &[
                metrics::FILES_TRANSFERRED,
                metrics::FILES_VERIFIED,
                metrics::FILES_DELETED,
                metrics::FILES_SKIPPED,
            ],
        ),
        ours(names, "Bytes", "Sum", &[metrics::BYTES_TRANSFERRED, metrics::BYTES_WRITTEN]),
        ours(names, "Throughput", "Average", &[metrics::THROUGHPUT]),
    ];
    graphs.extend(task.map(|task| of_datasync(names, task)));
    graphs.push(of_functions(names, "Errors"));
    graphs.push(of_functions(names, "Duration"));
    graphs.push(of_dead_letters(names));
    let title = json!({
        "type": "text", "x": 0, "y": 0, "width": 2 * WIDTH, "height": TITLE_HEIGHT,
        "properties": { "markdown": format!("# {}\nWhat to do: docs/OPERATIONS.md", Dashboard::mark(names)) },
    });
    let widgets: Vec<Value> =
        std::iter::once(title).chain(graphs.into_iter().enumerate().map(placed)).collect();
    Dashboard { name: names.dashboard_name(), body: json!({ "widgets": widgets }) }
}

fn placed((index, properties): (usize, Value)) -> Value {
    let (x, y) = (index % 2 * WIDTH, index / 2 * HEIGHT + TITLE_HEIGHT);
    json!({ "type": "metric", "x": x, "y": y, "width": WIDTH, "height": HEIGHT, "properties": properties })
}

fn ours(names: &Names, title: &str, statistic: &str, shown: &[&str]) -> Value {
    let lines =
        shown.iter().map(|metric| json!([metrics::NAMESPACE, metric, metrics::STACK, names.stack]));
    graph(names, title, statistic, lines.collect())
}

/// DataSync User Guide, "Monitoring data transfers with Amazon CloudWatch metrics".
fn of_datasync(names: &Names, task: &TaskArn) -> Value {
    let lines = ["FilesTransferred", "FilesVerifiedDestination", "BytesTransferred"]
        .map(|metric| json!(["AWS/DataSync", metric, "TaskId", task.id()]));
    graph(names, "DataSync", "Sum", lines.into())
}

fn of_functions(names: &Names, metric: &str) -> Value {
    let lines = FunctionName::ALL.map(|function| {
        json!(["AWS/Lambda", metric, "FunctionName", names.function_name(function)])
    });
    let statistic = if metric == "Duration" { "Maximum" } else { "Sum" };
    graph(names, &format!("{metric} of the functions"), statistic, lines.into())
}

fn of_dead_letters(names: &Names) -> Value {
    let line = json!([
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        names.dead_letter_queue()
    ]);
    graph(names, "Dead letters", "Maximum", vec![line])
}

fn graph(names: &Names, title: &str, statistic: &str, lines: Vec<Value>) -> Value {
    json!({ "title": title, "region": names.region, "stat": statistic, "period": 300, "metrics": lines })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_of_ours_is_shown_and_no_other() {
        let names = Names::new("backup", "111122223333", "eu-central-1");
        let task = TaskArn::parse(
            "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b",
        )
        .unwrap();
        let dashboard = dashboard(&names, Some(&task));
        let lines = dashboard.body["widgets"].as_array().unwrap().iter().flat_map(|widget| {
            widget["properties"]["metrics"].as_array().cloned().unwrap_or_default()
        });
        let shown: BTreeSet<String> = lines
            .filter(|line| line[0] == metrics::NAMESPACE)
            .inspect(|line| {
                assert_eq!((&line[2], &line[3]), (&json!(metrics::STACK), &json!("backup")))
            })
            .map(|line| line[1].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(shown, metrics::ALL.map(str::to_owned).into());
        assert!(dashboard.body.to_string().contains(&Dashboard::mark(&names)));
        assert!(dashboard.body.to_string().contains("task-0806c70094b09457b"));
    }
}
