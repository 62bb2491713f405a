//! The metrics of a run, from its record alone. Pure.

use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::records::run::RunRecord;

/// The metrics of a run. Their time is that of the record: CloudWatch drops metrics that are older
/// than two weeks, and an alarm evaluates recent ones.
pub(crate) fn measure_run(stack: &str, run: &RunRecord) -> Measures {
    let mut properties = vec![("Execution", run.execution.id().to_owned())];
    properties.extend(run.class.map(|class| ("Class", class.as_str().to_owned())));
    Measures {
        stack: stack.to_owned(),
        sync: run.sync.clone(),
        at: run.recorded_at,
        measures: measures_of(run),
        outcome: Some(run.outcome.as_str()),
        properties,
    }
}

fn measures_of(run: &RunRecord) -> Vec<Measure> {
    use MetricUnit::{BytesPerSecond, Seconds};
    let optional = [
        (metrics::THROUGHPUT, BytesPerSecond, run.bytes_per_second),
        (metrics::AGE, Seconds, run.age_seconds),
    ];
    let known = optional.into_iter().filter_map(|(name, unit, value)| Some((name, unit, value?)));
    required_measures(run)
        .into_iter()
        .chain(known)
        .map(|(name, unit, value)| Measure { name, unit, value })
        .collect()
}

/// The measures that every run has.
fn required_measures(run: &RunRecord) -> [(&'static str, MetricUnit, i64); 12] {
    use MetricUnit::{Bytes, Count, Milliseconds};
    let (counters, durations) = (run.counters, run.durations);
    [
        (metrics::RUNS, Count, 1),
        (metrics::BAD_RUNS, Count, i64::from(run.is_alerted_as_bad())),
        (metrics::PREPARE_DURATION, Milliseconds, durations.prepare_ms),
        (metrics::TRANSFER_DURATION, Milliseconds, durations.transfer_ms),
        (metrics::VERIFY_DURATION, Milliseconds, durations.verify_ms),
        (metrics::TOTAL_DURATION, Milliseconds, durations.total_ms),
        (metrics::FILES_TRANSFERRED, Count, counters.files_transferred),
        (metrics::FILES_VERIFIED, Count, counters.files_verified),
        (metrics::FILES_DELETED, Count, counters.files_deleted),
        (metrics::FILES_SKIPPED, Count, counters.files_skipped),
        (metrics::BYTES_TRANSFERRED, Bytes, counters.bytes_transferred),
        (metrics::BYTES_WRITTEN, Bytes, counters.bytes_written),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::records::record;
    use domain::records::class::Class;
    use domain::records::run::RunOutcome;

    #[test]
    fn a_run_is_one_line_of_known_metrics() {
        let run = RunRecord { bytes_per_second: Some(7), age_seconds: Some(300), ..record() };
        let measures = measure_run("backup", &run);
        assert!(measures.measures.iter().all(|measure| metrics::ALL.contains(&measure.name)));
        assert_eq!(measures.measures.len(), 14);
        assert_eq!(measures.to_log_line().lines().count(), 1);
    }

    #[test]
    fn unknown_values_are_left_out_and_failures_are_counted() {
        let run = RunRecord { outcome: RunOutcome::Failed, class: Some(Class::Kms), ..record() };
        let line = measure_run("backup", &run).to_log_line();
        assert!(!line.contains(metrics::THROUGHPUT) && !line.contains(metrics::AGE), "{line}");
        assert!(line.contains(r#""BadRuns":1"#) && line.contains(r#""Class":"kms""#), "{line}");
    }
}
