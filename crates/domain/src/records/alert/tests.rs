use super::*;

fn sample_alert() -> Alert {
    Alert {
        stack: "backup".into(),
        sync: None,
        what: "verification found 1 defect".into(),
        class: Some(Class::Verification),
        execution: Some("exec-0fcddf3728817690d".into()),
        facts: vec!["1,204 object versions were checked.".into()],
        path_count: 1,
        paths: vec!["/größe\n.txt: version missing".into()],
        likely_cause: "an object version was deleted after the transfer.".into(),
        fix: "find out who deletes versions.".into(),
        next_command: "efs-s3 verify exec-0fcddf3728817690d".into(),
        links: vec![ConsoleLink {
            title: "Execution".into(),
            url: "https://console.example".into(),
        }],
    }
}

#[test]
fn the_body_says_what_where_why_and_what_next() {
    insta::assert_snapshot!(sample_alert().body(), @r"
    Stack backup: verification found 1 defect.
    Execution: exec-0fcddf3728817690d
    1,204 object versions were checked.

    Paths concerned (1 of 1):
      /größe\n.txt: version missing

    Likely cause: an object version was deleted after the transfer.
    Fix:          find out who deletes versions.
    Run next:     efs-s3 verify exec-0fcddf3728817690d
    Runbook:      docs/OPERATIONS.md#verification

    Execution: https://console.example
    ");
}

#[test]
fn a_subject_is_short_printable_ascii() {
    let long = Alert { what: format!("ü\n{}", "x".repeat(200)), ..sample_alert() };
    assert_eq!(long.subject().len(), 99);
    assert!(long.subject().bytes().all(|b| (b' '..=b'~').contains(&b)));
}

#[test]
fn the_worst_names_still_fit_a_message() {
    let worst = "\u{1}ü\\\"".repeat(4_096);
    let alert = Alert {
        paths: vec![worst.clone(); 500],
        facts: vec![worst.clone(); 500],
        what: worst,
        ..sample_alert()
    };
    let shortened_to_fit = alert.shortened_to_fit();
    let json = serde_json::to_string(&shortened_to_fit).unwrap();
    assert!(
        shortened_to_fit.body().len() + json.len() < 200_000,
        "{} and {}",
        shortened_to_fit.body().len(),
        json.len()
    );
}

#[test]
fn an_alert_of_an_earlier_version_is_read() {
    let old = r#"{"stack":"backup","what":"x","facts":[],"path_count":0,"paths":[],"likely_cause":"","next_command":""}"#;
    assert_eq!(serde_json::from_str::<Alert>(old).unwrap().class, None);
}

#[test]
fn the_commands_of_a_sync_name_it_and_others_do_not() {
    let home = SyncName::parse("home").unwrap();
    for (command, expected) in [
        ("efs-s3 sync --wait", "efs-s3 sync --sync home --wait"),
        ("efs-s3 verify exec-1", "efs-s3 verify exec-1"),
        ("efs-s3 drift", "efs-s3 drift"),
    ] {
        let alert = Alert {
            next_command: command.into(),
            fix: "`efs-s3 pause` disables the schedule.".into(),
            ..sample_alert()
        };
        let of_default = alert.clone().of_sync(&SyncName::default());
        assert_eq!(of_default, alert);
        let of_home = alert.of_sync(&home);
        assert_eq!(of_home.next_command, expected);
        assert_eq!(of_home.fix, "`efs-s3 pause --sync home` disables the schedule.");
        assert!(of_home.subject().starts_with("[backup/home] "));
    }
}
