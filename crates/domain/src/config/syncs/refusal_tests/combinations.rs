//! Options that exclude each other, one of an entry and one of a section.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const OPTIONS: &[&str] = &[
    "[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"\n\
     [[sync]]\nname = \"a\"\ntask.mode = \"ENHANCED\"",
    "[task]\nmode = \"ENHANCED\"\n\
     [[sync]]\nname = \"a\"\ntask.mtime = \"NONE\"\ntask.atime = \"NONE\"",
    "[task]\nuid = \"NONE\"\ngid = \"NONE\"\n[[sync]]\nname = \"a\"\ntask.uid = \"INT_VALUE\"",
    "[task]\npreserve_deleted_files = \"REMOVE\"\n\
     [[sync]]\nname = \"a\"\ntask.transfer_mode = \"ALL\"",
    "[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"\n\
     [[sync]]\nname = \"a\"\ndestination.storage_class = \"GLACIER\"",
    "[destination]\ntransition_days = 90\ntransition_storage_class = \"STANDARD_IA\"\n\
     [[sync]]\nname = \"a\"\ndestination.storage_class = \"GLACIER\"",
];

pub(in crate::config) const SCHEDULES: &[&str] = &[
    "[schedule]\nfresh_within_hours = 12\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"\nschedule.expression = \"rate(1 day)\"",
    "[schedule]\nexpression = \"rate(1 day)\"\n\
     [[sync]]\nname = \"a\"\nschedule.fresh_within_hours = 24",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n\
     [[sync]]\nname = \"a\"\ntask.mode = \"ENHANCED\"",
    "[[sync]]\nname = \"a\"\nschedule.full_verification = \"weekly\"",
];

#[test]
fn options_of_an_entry_and_a_section() {
    insta::assert_snapshot!(describe_refusals(OPTIONS), @r#"
    [task] verify_mode = "POINT_IN_TIME_CONSISTENT" [[sync]] name = "a" task.mode = "ENHANCED"
        sync.a.task.mode = "ENHANCED": does not go with task.verify_mode = "POINT_IN_TIME_CONSISTENT": DataSync can't compare all files in this mode; write verify_mode = "ONLY_FILES_TRANSFERRED"
    [task] mode = "ENHANCED" [[sync]] name = "a" task.mtime = "NONE" task.atime = "NONE"
        sync.a.task.mtime = "NONE": does not go with task.mode = "ENHANCED": DataSync always keeps the time of the last change in this mode; write mtime = "PRESERVE"
    [task] uid = "NONE" gid = "NONE" [[sync]] name = "a" task.uid = "INT_VALUE"
        sync.a.task.uid = "INT_VALUE": does not go with task.gid = "NONE": AWS documents the two only together, both kept or neither; write the same for both
    [task] preserve_deleted_files = "REMOVE" [[sync]] name = "a" task.transfer_mode = "ALL"
        sync.a.task.transfer_mode = "ALL": does not go with task.preserve_deleted_files = "REMOVE": without a comparison DataSync can't find deleted files; write transfer_mode = "CHANGED", or preserve_deleted_files = "PRESERVE"
    [task] verify_mode = "POINT_IN_TIME_CONSISTENT" [[sync]] name = "a" destination.storage_class = "GLACIER"
        sync.a.destination.storage_class = "GLACIER": does not go with task.verify_mode = "POINT_IN_TIME_CONSISTENT": DataSync can't read objects of this class; write verify_mode = "ONLY_FILES_TRANSFERRED"
    [destination] transition_days = 90 transition_storage_class = "STANDARD_IA" [[sync]] name = "a" destination.storage_class = "GLACIER"
        destination.transition_storage_class = "STANDARD_IA": must be colder than destination.storage_class = "GLACIER": S3 moves objects from there only to DEEP_ARCHIVE (in sync.a)
    "#);
}

#[test]
fn schedules_of_an_entry_and_a_section() {
    insta::assert_snapshot!(describe_refusals(SCHEDULES), @r#"
    [schedule] fresh_within_hours = 12 [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/" schedule.expression = "rate(1 day)"
        schedule.fresh_within_hours = 12: must be more than the time between two executions, otherwise the alarm is raised without a fault; 0: no alarm (in sync.b)
    [schedule] expression = "rate(1 day)" [[sync]] name = "a" schedule.fresh_within_hours = 24
        sync.a.schedule.fresh_within_hours = 24: must be more than the time between two executions, otherwise the alarm is raised without a fault; 0: no alarm
    [schedule] full_verification = "rate(7 days)" [[sync]] name = "a" task.mode = "ENHANCED"
        schedule.full_verification = "rate(7 days)": does not go with task.mode = "ENHANCED": DataSync can't compare all files in this mode; remove it (in sync.a)
    [[sync]] name = "a" schedule.full_verification = "weekly"
        sync.a.schedule.full_verification = "weekly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *); or "never"
    "#);
}
