use domain::report::{DetailedReport, RowStatus};

use super::*;

fn row_at(path: &str) -> SkippedRow {
    SkippedRow {
        relative_path: path.into(),
        src_metadata: None,
        skip_timestamp: None,
        skip_reason: Some("x".into()),
        skip_status: Some(RowStatus::Success),
        failure_reason: None,
        failure_code: None,
        error_code: None,
        error_detail: None,
    }
}

#[test]
fn parts_stay_below_the_limit_and_hold_every_row_once() {
    let config: TaskReportConfig = serde_json::from_str("{}").unwrap();
    let spool = Spool { largest_part: 300, ..Spool::new(Some(&config), "exec-1", false) };
    let paths: Vec<_> = (0..20).map(|n| format!("/file-{n:02}")).collect();
    for path in &paths {
        spool.add_skipped(&row_at(path));
    }
    let mut found = Vec::new();
    for (index, mut part) in spool.take_parts().unwrap().into_iter().enumerate() {
        let content = part.read_content().unwrap();
        assert!(content.len() <= 300, "{}", content.len());
        assert_eq!((part.kind, part.number as usize), (ReportKind::Skipped, index + 1));
        let report: DetailedReport = serde_json::from_slice(&content).unwrap();
        found.extend(report.skipped.into_iter().map(|row| row.relative_path));
    }
    assert_eq!(found, paths);
}

#[test]
fn kinds_without_rows_have_no_part() {
    let config: TaskReportConfig = serde_json::from_str("{}").unwrap();
    assert!(Spool::new(Some(&config), "exec-1", false).take_parts().unwrap().is_empty());
}
