use super::*;

fn report_of(names: &[&str]) -> TransferReport {
    let part = |name: &&str| {
        let key = format!(
            "reports/Detailed-Reports/task-1/exec-1/exec-1.files-{name}-0a123abc12d3b0e4f.json"
        );
        (ReportKey::parse(&key).unwrap().kind, key)
    };
    let execution = crate::testing::fixtures::successful_execution().arn;
    TransferReport {
        execution,
        parts: names.iter().map(part).collect(),
        parts_per_shard: PARTS_PER_SHARD,
    }
}

#[test]
fn a_gap_and_a_part_that_is_there_twice_are_found() {
    for (names, expected) in [
        (vec![], vec![]),
        (vec!["transferred-v1-00001", "transferred-v1-00002", "verified-v1-00001"], vec![]),
        (vec!["transferred-v1-00001", "transferred-v1-00003"], vec![Defect::ReportMissing]),
        (vec!["verified-v1-00002"], vec![Defect::ReportMissing]),
        (vec!["verified-v1-00001", "verified-v1-00001"], vec![Defect::Duplicated]),
    ] {
        let found: Vec<Defect> =
            report_of(&names).numbering_defects().into_iter().map(|(defect, _)| defect).collect();
        assert_eq!(found, expected, "{names:?}");
    }
}
