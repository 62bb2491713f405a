//! The table, and the measurements that are recorded.

use std::collections::BTreeMap;

use crate::measure::CopyMeasurement;
use crate::tools::Tool;

const COMMAND: &str = "make bench-copy";

/// Prints each work as it ends.
pub(crate) struct Table {
    title: String,
    files: usize,
    bytes: usize,
    runs: BTreeMap<Tool, Vec<CopyMeasurement>>,
    /// Name, value and unit.
    kept: Vec<(String, f64, &'static str)>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { title: String::new(), files: 0, bytes: 0, runs: BTreeMap::new(), kept: Vec::new() }
    }

    /// Begins a work; one with a letter is one of the four that are compared.
    pub(crate) fn begin_work(&mut self, work: &str, title: &str, files: usize, bytes: usize) {
        let letter = if work.is_empty() { String::new() } else { format!("({work}) ") };
        println!(
            "{:<48} {:>8} {:>9} {:>8} {:>9} {:>8} {:>10} {:>9}",
            format!("{letter}{title}"),
            "seconds",
            "files/s",
            "MB/s",
            "peak MiB",
            "CPU s",
            "server CPU",
            "req/file"
        );
        (self.title, self.files, self.bytes) = (title.to_owned(), files, bytes);
        self.runs.clear();
    }

    pub(crate) fn add_run(&mut self, tool: Tool, measured: CopyMeasurement) {
        self.runs.entry(tool).or_default().push(measured);
    }

    pub(crate) fn end_work(&mut self) {
        for (tool, runs) in &mut self.runs {
            runs.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
            let (median, rounds) = (&runs[runs.len() / 2], runs.len());
            let figures = figures_of(median, self.files, self.bytes);
            let [seconds, files, megabytes, peak, cpu, server_cpu, requests] =
                figures.map(|(value, _)| value);
            println!(
                "  {:<46} {seconds:>8.2} {files:>9.0} {megabytes:>8.1} {peak:>9.1} {cpu:>8.2} \
                 {server_cpu:>10.2} {requests:>9.4}",
                format!("{} (median of {rounds})", tool.name()),
            );
            let of = format!("copy, {}: {}", self.title, tool.name());
            self.kept.extend(figures.map(|(value, what)| (format!("{of}, {what}"), value, what)));
        }
        println!();
        let seconds = |tool: Tool| self.runs.get(&tool).map(|runs| runs[runs.len() / 2].seconds);
        let peers = [Tool::S5cmd, Tool::Rclone, Tool::Aws].into_iter().filter_map(seconds);
        if let (Some(ours), Some(best)) = (seconds(Tool::Ours), peers.reduce(f64::min)) {
            let name = format!("copy, {}: seconds of the best other tool over ours", self.title);
            self.kept.push((name, best / ours, "times"));
        }
    }

    /// Records the measurements.
    pub(crate) fn record_figures(&self) {
        for (name, value, unit) in &self.kept {
            measurements::record(name, (value * 10_000.0).round() / 10_000.0, unit, COMMAND)
                .unwrap();
        }
    }
}

/// The columns, each with its unit.
#[expect(clippy::cast_precision_loss, reason = "figures")]
fn figures_of(median: &CopyMeasurement, files: usize, bytes: usize) -> [(f64, &'static str); 7] {
    [
        (median.seconds, "seconds"),
        (files as f64 / median.seconds, "files a second"),
        (bytes as f64 / 1e6 / median.seconds, "MB a second"),
        (median.peak_mib, "MiB at the peak"),
        (median.cpu, "CPU seconds"),
        (median.server_cpu, "CPU seconds of the server"),
        (median.requests as f64 / files as f64, "requests a file"),
    ]
}
