//! Wrong values in entries, and in sections that entries take over or replace.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const OWN: &[&str] = &[
    "[[sync]]\nname = \"home\"\nsource.subdirectory = 5",
    "[[sync]]\nname = \"home\"\nsource.subdirectory = \"/home\"",
    "[[sync]]\nname = \"home\"\ndestination.prefix = \"home\"",
    "[[sync]]\nname = \"home\"\ntask.mode = \"FAST\"",
    "[[sync]]\nname = \"home\"\ntask.includes = \"/a\"",
    "[[sync]]\nname = \"home\"\ntask.bytes_per_second = 0",
    "[[sync]]\nname = \"home\"\nschedule.expression = \"hourly\"",
    "[[sync]]\nname = \"home\"\nschedule.enabled = \"no\"",
    "[[sync]]\nname = \"home\"\nlimits.max_deleted_files = -1",
    "[[sync]]\nname = \"home\"\nproof.depth = \"full\"",
    "[[sync]]\nname = \"home\"\nsource.subdirectory = \"home\"\n\
     [[sync]]\nname = \"web\"\nsource.subdirectory = \"web\"\ndestination.prefix = \"web/\"",
];

/// Each is reported once, at the key of its section.
pub(in crate::config) const SHARED: &[&str] = &[
    "[source]\nsubdirectory = \"data\"\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
    "[task]\nlog_level = 3\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
    "[destination]\ntransition_days = 30\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
    "[task]\natime = \"NONE\"\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
    "[schedule]\nexpression = \"hourly\"\n\
     [[sync]]\nname = \"a\"\nschedule.expression = \"rate(1 hour)\"",
    "[limits]\nmax_parallel_executions = 0\n[[sync]]\nname = \"a\"",
    "[instance]\ntype = \"large\"\n\
     [[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"b\"\ndestination.prefix = \"b/\"",
];

#[test]
fn wrong_values_of_an_entry() {
    insta::assert_snapshot!(describe_refusals(OWN), @r#"
    [[sync]] name = "home" source.subdirectory = 5
        sync.home.source.subdirectory = 5: must be a text in quotes
    [[sync]] name = "home" source.subdirectory = "/home"
        sync.home.source.subdirectory = "/home": must begin and end in /: it is a directory, seen from the top of the file system
    [[sync]] name = "home" destination.prefix = "home"
        sync.home.destination.prefix = "home": must be empty or end in /: a prefix names a directory
    [[sync]] name = "home" task.mode = "FAST"
        sync.home.task.mode = "FAST": must be one of BASIC, ENHANCED
    [[sync]] name = "home" task.includes = "/a"
        sync.home.task.includes = "/a": must be a list of texts, ["…", "…"]
    [[sync]] name = "home" task.bytes_per_second = 0
        sync.home.task.bytes_per_second = 0: must be at least 1: a rule of DataSync; remove the key for no limit
    [[sync]] name = "home" schedule.expression = "hourly"
        sync.home.schedule.expression = "hourly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [[sync]] name = "home" schedule.enabled = "no"
        sync.home.schedule.enabled = "no": must be true or false, without quotes
    [[sync]] name = "home" limits.max_deleted_files = -1
        sync.home.limits.max_deleted_files = -1: must be 0 or more: the most that an execution may have without an alert
    [[sync]] name = "home" proof.depth = "full"
        sync.home.proof.depth = "full": must be one of versions, metadata
    [[sync]] name = "home" source.subdirectory = "home" [[sync]] name = "web" source.subdirectory = "web" destination.prefix = "web/"
        sync.home.destination.prefix = "" (the default): overlaps "web/" of the sync `web` in the same bucket: one of them would replace or delete the objects of the other; write a prefix that is neither above nor below it, such as "home/"
        sync.home.source.subdirectory = "home": must begin and end in /: it is a directory, seen from the top of the file system
        sync.web.source.subdirectory = "web": must begin and end in /: it is a directory, seen from the top of the file system
    "#);
}

#[test]
fn wrong_values_of_a_section_are_reported_once() {
    insta::assert_snapshot!(describe_refusals(SHARED), @r#"
    [source] subdirectory = "data" [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/"
        source.subdirectory = "data": must begin and end in /: it is a directory, seen from the top of the file system
    [task] log_level = 3 [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/"
        task.log_level = 3: must be one of OFF, BASIC, TRANSFER, in quotes
    [destination] transition_days = 30 [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/"
        destination.transition_days: needs destination.transition_storage_class: write both or none
    [task] atime = "NONE" [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/"
        task.atime = "NONE": does not go with task.mtime = "PRESERVE" (the default) and task.mode = "BASIC" (the default): DataSync keeps both times or neither in this mode; write atime = "BEST_EFFORT"
    [schedule] expression = "hourly" [[sync]] name = "a" schedule.expression = "rate(1 hour)"
        schedule.expression = "hourly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [limits] max_parallel_executions = 0 [[sync]] name = "a"
        limits.max_parallel_executions = 0: must be 1 or more: the most executions of the stack that run at once; remove the key for no limit
    [instance] type = "large" [[sync]] name = "a" destination.prefix = "a/" [[sync]] name = "b" destination.prefix = "b/"
        instance.type = "large": must be an EC2 instance type, a family and a size, such as t3.micro; `aws ec2 describe-instance-type-offerings` lists them
    "#);
}
