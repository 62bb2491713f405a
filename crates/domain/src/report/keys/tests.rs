use super::*;

fn to_location(prefix: &str) -> ReportLocation {
    ReportLocation {
        prefix: prefix.into(),
        task_id: "task-0806c70094b09457b".into(),
        execution_id: "exec-0a12a34ab112233ab".into(),
    }
}

#[test]
fn keys_have_the_layout_of_real_reports() {
    let key = to_location("datasync").part_key(ReportKind::Verified, 1, "0a123abc12d3b0e4f");
    assert_eq!(
        key,
        "datasync/Detailed-Reports/task-0806c70094b09457b/exec-0a12a34ab112233ab/\
         exec-0a12a34ab112233ab.files-verified-v1-00001-0a123abc12d3b0e4f.json"
    );
    assert!(to_location("").detailed_prefix().starts_with("Detailed-Reports/task-"));
    assert!(to_location("/a/b/").summary_prefix().starts_with("a/b/Summary-Reports/task-"));
}

#[test]
fn every_key_we_write_is_read_again() {
    for prefix in ["", "reports/", "a/b"] {
        let place = to_location(prefix);
        for kind in ReportKind::DETAILED {
            let read = ReportKey::parse(&place.part_key(kind, 12, "0a123abc12d3b0e4f")).unwrap();
            assert_eq!((read.kind, read.part), (kind, Some(12)));
            assert_eq!(read.to_location().detailed_prefix(), place.detailed_prefix());
        }
        let read = ReportKey::parse(&place.summary_key("0a123abc12d3b0e4f")).unwrap();
        assert_eq!((read.kind, read.part), (ReportKind::Summary, None));
    }
}

#[test]
fn other_keys_are_no_report() {
    for key in [
        "",
        "runs/exec-0.json",
        "reports/Detailed-Reports/task-1/exec-1/",
        "reports/Detailed-Reports/task-1/exec-1/exec-2.files-verified-v1-00001-0.json",
        "reports/Detailed-Reports/task-1/exec-1/exec-1.files-unheard-v1-00001-0.json",
        "reports/Other-Reports/task-1/exec-1/exec-1.files-verified-v1-00001-0.json",
        "Detailed-Reports/loc-1/exec-1/exec-1.files-verified-v1-00001-0.json",
    ] {
        assert_eq!(ReportKey::parse(key), None, "{key}");
    }
}

#[test]
fn object_keys_join_prefix_and_path_once() {
    for (prefix, path, directory, key) in [
        ("", "/a.txt", false, "a.txt"),
        ("", "a.txt", false, "a.txt"),
        ("data/", "/d/a.txt", false, "data/d/a.txt"),
        ("/data", "/d", true, "data/d/"),
        ("data", "/d/", true, "data/d/"),
    ] {
        assert_eq!(object_key(prefix, path, directory), key);
    }
}
