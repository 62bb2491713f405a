//! The table, and the figures that are kept.

use std::collections::BTreeMap;

use crate::measure::Measured;
use crate::tools::Tool;

const COMMAND: &str = "make bench-copy";

/// Prints each work as it ends.
pub(crate) struct Table {
    work: String,
    files: usize,
    bytes: usize,
    runs: BTreeMap<Tool, Vec<Measured>>,
    /// Seconds of the best other tool over ours, by work.
    times: Vec<(String, f64)>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { work: String::new(), files: 0, bytes: 0, runs: BTreeMap::new(), times: Vec::new() }
    }

    /// A work with a letter is compared and kept.
    pub(crate) fn begin(&mut self, work: &str, title: &str, files: usize, bytes: usize) {
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
        (self.work, self.files, self.bytes) = (work.to_owned(), files, bytes);
        self.runs.clear();
    }

    pub(crate) fn add(&mut self, tool: Tool, measured: Measured) {
        self.runs.entry(tool).or_default().push(measured);
    }

    #[expect(clippy::cast_precision_loss, reason = "figures")]
    pub(crate) fn end(&mut self) {
        for (tool, runs) in &mut self.runs {
            runs.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
            let (median, rounds) = (&runs[runs.len() / 2], runs.len());
            println!(
                "  {:<46} {:>8.2} {:>9.0} {:>8.1} {:>9.1} {:>8.2} {:>10.2} {:>9.4}",
                format!("{} (median of {rounds})", tool.name()),
                median.seconds,
                self.files as f64 / median.seconds,
                self.bytes as f64 / 1e6 / median.seconds,
                median.peak_mib,
                median.cpu,
                median.server_cpu,
                median.requests as f64 / self.files as f64
            );
        }
        println!();
        let seconds = |tool: Tool| self.runs.get(&tool).map(|runs| runs[runs.len() / 2].seconds);
        let peers = [Tool::S5cmd, Tool::Rclone, Tool::Aws].into_iter().filter_map(seconds);
        if let (Some(ours), Some(best)) = (seconds(Tool::Ours), peers.reduce(f64::min)) {
            self.times.push((self.work.clone(), best / ours));
        }
    }

    /// Keeps the figures of the comparison.
    pub(crate) fn conclude(&self) {
        for (work, times) in &self.times {
            let name = format!("copy {work}, seconds of the best other tool over ours");
            figures::record(&name, (times * 100.0).round() / 100.0, "times", COMMAND).unwrap();
        }
    }
}
