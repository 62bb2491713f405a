use super::*;

const PART: &str = r#"{"TaskExecutionId":"exec-1",
        "Transferred":[{"RelativePath":"/a","TransferStatus":"SUCCESS"},{"RelativePath":"b","TransferStatus":"SUCCESS"},
          {"RelativePath":"/c","TransferStatus":"FAILED","FailureReason":"S3 Get Object Failed"},
          {"RelativePath":"/x","TransferStatus":"SUCCESS"},
          {"RelativePath":"/dir","SrcMetadata":{"Type":"Directory"},"TransferStatus":"SUCCESS"}],
        "Verified":[{"RelativePath":"/a","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:1","VerifyStatus":"SUCCESS"},
          {"RelativePath":"/b","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:2","VerifyStatus":"SUCCESS"},
          {"RelativePath":"/g","SrcChecksum":"SHA256:1","DstChecksum":"SHA256:1","VerifyStatus":"SUCCESS"}],
        "Skipped":[{"RelativePath":"/d"},{"RelativePath":"/f"}]}"#;

#[test]
fn each_path_is_settled_once() {
    let mut settlement = ReportReconciler::default();
    ["a", "b", "c", "d", "e", "f", "g"].iter().for_each(|path| settlement.expect_path(path));
    settlement.add_report_part(&serde_json::from_str(PART).unwrap());
    assert_eq!(settlement.first_restored(), ["a", "b"]);
    let open: Vec<_> =
        ["a", "b", "c", "d", "/e", "f", "g", "x"].map(|path| settlement.open_question(path)).into();
    let (alone, unnamed) = (Some(OpenQuestion::LeftAlone), Some(OpenQuestion::Unnamed));
    assert_eq!(open, [None, None, None, alone, unnamed, alone, None, None]);
    settlement.record_destination("e", OpenQuestion::Unnamed, DestinationState::Equal);
    settlement.record_destination("f", OpenQuestion::LeftAlone, DestinationState::Equal);
    let settled = settlement.into_counts();
    assert_eq!(settled.failures, ["/c: S3 Get Object Failed", "/b: the checksums differ"]);
    let RestoreCounts { asked_for, restored, verified, kept, already_there, .. } = settled;
    assert_eq!((asked_for, restored, verified, kept, already_there), (7, 1, 1, 1, 3));
    assert_eq!((settled.failed, settled.foreign), (2, 1));
}

#[test]
fn a_file_that_is_skipped_is_there_already_kept_or_failed() {
    let part: DetailedReport = serde_json::from_str(
        r#"{"TaskExecutionId":"exec-1","Skipped":[
          {"RelativePath":"/same","SkipStatus":"SUCCESS","SkipReason":"Unchanged"},
          {"RelativePath":"/other","SkipStatus":"SUCCESS","SkipReason":"OverwriteMode is NEVER"},
          {"RelativePath":"/unsaid"},
          {"RelativePath":"/bad","SkipStatus":"FAILED","SkipReason":"Input/output error"}]}"#,
    )
    .unwrap();
    for (overwrites, expected) in [(false, (1, 2, 1)), (true, (3, 0, 1))] {
        let mut settlement = ReportReconciler::default().with_overwriting(overwrites);
        ["same", "other", "unsaid", "bad"].iter().for_each(|path| settlement.expect_path(path));
        settlement.add_report_part(&part);
        let settled = settlement.into_counts();
        assert_eq!((settled.already_there, settled.kept, settled.failed), expected, "{overwrites}");
        assert_eq!(settled.failures, ["/bad: Input/output error"]);
    }
}

type AnsweredQuestion = (OpenQuestion, Option<DestinationState>, (u64, u64, u64, &'static str));

/// Each answer with the paths already there, kept and failed, and the failure.
fn answers_to_questions() -> Vec<AnsweredQuestion> {
    let mut answers = answers_about_unnamed();
    answers.extend(answers_about_left_alone());
    answers
}

fn answers_about_unnamed() -> Vec<AnsweredQuestion> {
    use DestinationState::{Absent, Different, Equal, Unknown};
    use OpenQuestion::Unnamed;
    vec![
        (Unnamed, None, (0, 0, 1, "")),
        (Unnamed, Some(Equal), (1, 0, 0, "")),
        (Unnamed, Some(Absent), (0, 0, 1, "/d/x: no report names it, and it is not there")),
        (
            Unnamed,
            Some(Different("has 5 bytes, not 7".into())),
            (0, 0, 1, "/d/x: no report names it, and what is there has 5 bytes, not 7"),
        ),
        (
            Unnamed,
            Some(Unknown("nobody can look".into())),
            (0, 0, 1, "/d/x: no report names it, and nobody can look"),
        ),
    ]
}

fn answers_about_left_alone() -> Vec<AnsweredQuestion> {
    use DestinationState::{Absent, Different, Equal, Unknown};
    use OpenQuestion::LeftAlone;
    vec![
        (LeftAlone, None, (0, 1, 0, "")),
        (LeftAlone, Some(Equal), (1, 0, 0, "")),
        (LeftAlone, Some(Different(String::new())), (0, 1, 0, "")),
        (LeftAlone, Some(Unknown(String::new())), (0, 1, 0, "")),
        (LeftAlone, Some(Absent), (0, 0, 1, "/d/x: DataSync left it alone, and it is not there")),
    ]
}

#[test]
fn what_no_report_names_and_nobody_saw_is_not_restored() {
    for (question, look, expected) in answers_to_questions() {
        let mut settlement = ReportReconciler::default();
        settlement.expect_path("d/x");
        if question == OpenQuestion::LeftAlone {
            let part = r#"{"TaskExecutionId":"exec-1","Skipped":[{"RelativePath":"/d/x"}]}"#;
            settlement.add_report_part(&serde_json::from_str(part).unwrap());
        }
        assert_eq!(settlement.open_question("/d/x"), Some(question));
        let said = format!("{question:?} {look:?}");
        if let Some(look) = look {
            settlement.record_destination("d/x", question, look);
        }
        let settled = settlement.into_counts();
        let (already, kept, failed, failure) = expected;
        assert_eq!(
            (settled.already_there, settled.kept, settled.failed),
            (already, kept, failed),
            "{said}"
        );
        assert_eq!(settled.failures.first().map_or("", String::as_str), failure, "{said}");
    }
}
