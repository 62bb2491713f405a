//! The widgets of the dashboard, and their places in the grid.

use domain::metrics;
use domain::names::Names;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

/// The grid of CloudWatch has 24 columns: two widgets side by side.
const WIDTH: usize = 12;
const HEIGHT: usize = 6;
const TITLE_HEIGHT: usize = 2;

/// Returns a text widget with the title, and a metric widget for each graph.
pub(super) fn place_widgets(title: &str, graphs: Vec<Value>) -> Vec<Value> {
    let title = json!({
        "type": "text", "x": 0, "y": 0, "width": 2 * WIDTH, "height": TITLE_HEIGHT,
        "properties": { "markdown": title },
    });
    std::iter::once(title).chain(graphs.into_iter().enumerate().map(place_widget)).collect()
}

fn place_widget((index, properties): (usize, Value)) -> Value {
    let (x, y) = (index % 2 * WIDTH, index / 2 * HEIGHT + TITLE_HEIGHT);
    json!({ "type": "metric", "x": x, "y": y, "width": WIDTH, "height": HEIGHT,
        "properties": properties })
}

pub(super) fn metric_graph(
    names: &Names,
    title: &str,
    statistic: &str,
    lines: Vec<Value>,
) -> Value {
    json!({ "title": title, "region": names.region, "stat": statistic, "period": 300,
        "metrics": lines })
}

/// Returns the line of a metric of one sync: namespace, metric and dimensions.
pub(super) fn metric_line(names: &Names, metric: &str, sync: &SyncName) -> Value {
    let dimensions = metrics::dimensions_of(&names.stack, sync).into_iter();
    let dimensions = dimensions.flat_map(|(name, value)| [name, value]);
    let line = [metrics::NAMESPACE.to_owned(), metric.to_owned()].into_iter().chain(dimensions);
    line.collect()
}
