//! The lines against CloudWatch's specification of the embedded metric format, rule by rule.

use super::*;

fn sample_measures() -> Measures {
    Measures {
        stack: "backup".into(),
        sync: SyncName::default(),
        at: DateTime::from_timestamp_millis(1_700_000_000_123).unwrap(),
        measures: vec![
            Measure { name: RUNS, unit: MetricUnit::Count, value: 1 },
            Measure { name: THROUGHPUT, unit: MetricUnit::BytesPerSecond, value: 0 },
            Measure { name: TOTAL_DURATION, unit: MetricUnit::Milliseconds, value: 300_000 },
        ],
        outcome: Some("failed"),
        properties: vec![("Execution", "exec-0fcddf3728817690d".into())],
    }
}

/// Returns the first rule of the specification that a log event breaks.
fn broken_rule(line: &str) -> Option<String> {
    const UNITS: [&str; 5] = ["Count", "Seconds", "Milliseconds", "Bytes", "Bytes/Second"];
    let root: Value = serde_json::from_str(line).ok()?;
    if line.contains('\n') || line.len() > 1_048_576 {
        return Some("one line of at most 1 MB".into());
    }
    if !root["_aws"]["Timestamp"].is_u64() {
        return Some("`Timestamp` is a number".into());
    }
    for directive in root["_aws"]["CloudWatchMetrics"].as_array()? {
        let namespace = directive["Namespace"].as_str()?;
        if namespace.is_empty() || namespace.len() > 1024 || namespace.starts_with("AWS/") {
            return Some("`Namespace` has 1 to 1024 characters and is not AWS's own".into());
        }
        for set in directive["Dimensions"].as_array()? {
            let set = set.as_array()?;
            if set.len() > 30 || set.iter().any(|key| !root[key.as_str().unwrap()].is_string()) {
                return Some(format!(
                    "each of at most 30 dimensions is a text of the root: {set:?}"
                ));
            }
        }
        let metrics = directive["Metrics"].as_array()?;
        if metrics.is_empty() || metrics.len() > 100 {
            return Some("1 to 100 metrics".into());
        }
        for metric in metrics {
            if !root[metric["Name"].as_str()?].is_number() {
                return Some(format!("each metric is a number of the root: {metric}"));
            }
            if !UNITS.contains(&metric["MetricUnit"].as_str()?) {
                return Some(format!("a known unit: {metric}"));
            }
        }
    }
    None
}

#[test]
fn a_line_keeps_to_the_specification() {
    for outcome in [None, Some("succeeded")] {
        let line = Measures { outcome, ..sample_measures() }.to_log_line();
        assert_eq!(broken_rule(&line), None, "{line}");
    }
    let wrong = sample_measures().to_log_line().replace(r#""Stack":"backup""#, r#""Stack":1"#);
    assert!(broken_rule(&wrong).is_some(), "the check itself finds a fault");
}

#[test]
fn what_cloudwatch_reads() {
    let metric = |name, unit| json!({ "Name": name, "MetricUnit": unit });
    let expected = json!({
        "_aws": {
            "Timestamp": 1_700_000_000_123_i64,
            "CloudWatchMetrics": [
                {
                    "Namespace": "EfsS3",
                    "Dimensions": [["Stack"]],
                    "Metrics": [
                        metric("Runs", "Count"),
                        metric("Throughput", "Bytes/Second"),
                        metric("TotalDuration", "Milliseconds"),
                    ],
                },
                {
                    "Namespace": "EfsS3",
                    "Dimensions": [["Stack", "Outcome"]],
                    "Metrics": [metric("Runs", "Count")]
                },
            ],
        },
        "Stack": "backup",
        "Outcome": "failed",
        "Runs": 1,
        "Throughput": 0,
        "TotalDuration": 300_000,
        "Execution": "exec-0fcddf3728817690d",
    });
    assert_eq!(serde_json::from_str::<Value>(&sample_measures().to_log_line()).unwrap(), expected);
}

#[test]
fn no_name_stands_twice() {
    let names: std::collections::BTreeSet<&str> = ALL.into_iter().collect();
    assert_eq!(names.len(), ALL.len());
}
