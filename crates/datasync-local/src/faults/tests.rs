use super::*;

const VALUES: [(&str, Option<Fault>); 23] = [
    ("fail-at-launching", Some(Fault::FailAtLaunching(Reason::Asked))),
    ("fail-at-preparing", Some(Fault::FailAt(Phase::Prepare, Reason::Asked))),
    ("fail-at-transferring", Some(Fault::FailAt(Phase::Transfer, Reason::Asked))),
    ("fail-at-verifying", Some(Fault::FailAt(Phase::Verify, Reason::Asked))),
    ("fail-at-preparing=kms", Some(Fault::FailAt(Phase::Prepare, Reason::Kms))),
    ("fail-at-preparing=bad-luck", None),
    ("hold-at-preparing", Some(Fault::HoldAt(Phase::Prepare))),
    ("hold-at-transferring", Some(Fault::HoldAt(Phase::Transfer))),
    ("hold-at-verifying", Some(Fault::HoldAt(Phase::Verify))),
    ("hold-at-verifying=5", None),
    ("lose-event", Some(Fault::LoseEvent)),
    ("delay-report", Some(Fault::DelayReport(DELAY))),
    ("delay-report=5", Some(Fault::DelayReport(Duration::from_secs(5)))),
    ("delay-report=soon", None),
    ("truncate-report", Some(Fault::TruncateReport)),
    ("small-report-parts", Some(Fault::SmallReportParts)),
    ("stay-launching", Some(Fault::StayLaunching(Duration::ZERO))),
    ("stay-launching=3600", Some(Fault::StayLaunching(Duration::from_secs(3600)))),
    ("stay-queued=5", None),
    ("stay-queued", Some(Fault::StayQueued)),
    ("task-unavailable", Some(Fault::TaskUnavailable)),
    ("schedule-disabled", Some(Fault::ScheduleDisabled)),
    ("explode", None),
];

#[test]
fn only_known_values_are_faults() {
    for (value, fault) in VALUES {
        assert_eq!(Fault::from_tags(&[(FAULT_TAG.to_owned(), value.to_owned())].into()), fault);
    }
    assert_eq!(Fault::from_tags(&BTreeMap::new()), None);
}
