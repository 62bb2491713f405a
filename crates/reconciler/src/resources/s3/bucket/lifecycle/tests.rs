use super::*;

fn desired_bucket() -> Bucket {
    let transition = Transition { days: 90, storage_class: "GLACIER_IR".into() };
    Bucket::private("data", "aws")
        .with_noncurrent_version_expiration(Some(30))
        .with_transition(Some(transition))
}

#[test]
fn our_rules_are_read_as_they_were_written() {
    let expected = Lifecycle {
        noncurrent_version_expiration_days: Some(30),
        abort_incomplete_multipart_upload_days: Some(7),
        expired_delete_markers_removed: true,
        transition: desired_bucket().transition,
        scratch_prefix: None,
        short_history_prefixes: Vec::new(),
        other_rules: Vec::new(),
    };
    assert_eq!(Lifecycle::from_rules(to_rules(&desired_bucket()).unwrap()), expected);
    let with_scratch = Lifecycle { scratch_prefix: Some("scratch/".into()), ..expected };
    let mut written = to_rules(&desired_bucket().with_scratch("scratch/")).unwrap();
    assert_eq!(Lifecycle::from_rules(written.clone()), with_scratch);
    written[1].noncurrent_version_expiration = None;
    assert_eq!(Lifecycle::from_rules(written).scratch_prefix, None);
}

#[test]
fn a_short_history_is_of_earlier_versions_alone() {
    let written = to_rules(&desired_bucket().with_short_history(&["ticks/", "locks/"])).unwrap();
    assert_eq!(Lifecycle::from_rules(written.clone()).short_history_prefixes, ["locks/", "ticks/"]);
    assert!(Lifecycle::from_rules(written.clone()).other_rules.is_empty());
    assert!(
        written[1..].iter().all(|rule| rule.expiration().is_none()),
        "the latest version stays"
    );
    let mut altered = written;
    altered[1].noncurrent_version_expiration = None;
    altered[2].status = ExpirationStatus::Disabled;
    assert!(Lifecycle::from_rules(altered).short_history_prefixes.is_empty());
}

#[test]
fn versions_that_move_differently_show() {
    let forever = desired_bucket().with_noncurrent_version_expiration(None);
    let mut altered = to_rule(&forever).unwrap();
    assert_eq!(Lifecycle::from_rules(vec![altered.clone()]).transition, forever.transition);
    altered.noncurrent_version_transitions = None;
    assert_eq!(Lifecycle::from_rules(vec![altered]).transition, None);
}

#[test]
fn versions_that_expire_first_do_not_move() {
    assert!(to_rule(&desired_bucket()).unwrap().noncurrent_version_transitions().is_empty());
}

#[test]
fn a_rule_of_somebody_else_shows_and_a_disabled_one_counts_for_nothing() {
    let (mut other, mut disabled) =
        (to_rule(&desired_bucket()).unwrap(), to_rule(&desired_bucket()).unwrap());
    other.id = Some("expire".into());
    disabled.status = ExpirationStatus::Disabled;
    let expected = Lifecycle { other_rules: vec!["expire".into()], ..Lifecycle::default() };
    assert_eq!(Lifecycle::from_rules(vec![disabled, other]), expected);
    assert_eq!(Lifecycle::from_rules(Vec::new()), Lifecycle::default());
}
