//! Keys that an entry can't have.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const UNKNOWN: &[&str] = &[
    "[[sync]]\nname = \"home\"\nsourc.subdirectory = \"/home/\"",
    "[[sync]]\nname = \"home\"\nsource.directory = \"/home/\"",
    "[[sync]]\nname = \"home\"\nsource = \"/home/\"",
    "[[sync]]\nname = \"home\"\nschedule = \"rate(1 hour)\"",
    "[[sync]]\nname = \"home\"\ncolour = \"blue\"",
];

/// The section is missing before the key.
pub(in crate::config) const WITHOUT_SECTION: &[&str] = &[
    "[[sync]]\nname = \"home\"\nsubdirectory = \"/home/\"\nprefix = \"home/\"",
    "[[sync]]\nname = \"home\"\nregion = \"eu-west-1\"",
    "[[sync]]\nname = \"home\"\nkms_key_arn = \"alias/files\"",
    "[[sync]]\nname = \"home\"\nmax_parallel_executions = 3",
    "[[sync]]\nname = \"home\"\nemail = [\"home@example.com\"]",
];

pub(in crate::config) const OF_THE_STACK: &[&str] = &[
    "[[sync]]\nname = \"home\"\nstack.region = \"eu-west-1\"",
    "[[sync]]\nname = \"home\"\nnetwork.cidr = \"10.0.0.0/16\"",
    "[[sync]]\nname = \"home\"\ninstance.enabled = false",
    "[[sync]]\nname = \"home\"\nalerts.email = [\"home@example.com\"]",
    "[[sync]]\nname = \"home\"\nfunctions.memory_mb = 512",
    "[[sync]]\nname = \"home\"\nlimits.max_parallel_executions = 3",
    "[[sync]]\nname = \"home\"\nproof.audit = \"rate(7 days)\"",
    "[[sync]]\nname = \"home\"\nproof.object_lock_days = 30\nproof.object_lock_mode = \
        \"COMPLIANCE\"",
    "[[sync]]\nname = \"home\"\ntask.log_retention_days = 30",
];

#[test]
fn unknown_keys() {
    insta::assert_snapshot!(describe_refusals(UNKNOWN), @r#"
    [[sync]] name = "home" sourc.subdirectory = "/home/"
        sync.home.sourc = { subdirectory = "/home/" }: is not a known key; did you mean `source`?
    [[sync]] name = "home" source.directory = "/home/"
        sync.home.source.directory = "/home/": is not a known key; did you mean `subdirectory`?
    [[sync]] name = "home" source = "/home/"
        sync.home.source = "/home/": must have keys of [source]: write `source.<key> = …` below `[[sync]]`, or `[sync.source]` on a line of its own
    [[sync]] name = "home" schedule = "rate(1 hour)"
        sync.home.schedule = "rate(1 hour)": must have keys of [schedule]: write `schedule.<key> = …` below `[[sync]]`, or `[sync.schedule]` on a line of its own
    [[sync]] name = "home" colour = "blue"
        sync.home.colour = "blue": is not a known key; known keys: name, file_system, source, destination, task, schedule, limits, proof
    "#);
}

#[test]
fn keys_that_lack_their_section() {
    insta::assert_snapshot!(describe_refusals(WITHOUT_SECTION), @r#"
    [[sync]] name = "home" subdirectory = "/home/" prefix = "home/"
        sync.home.subdirectory = "/home/": lacks its section: write `source.subdirectory`
        sync.home.prefix = "home/": lacks its section: write `destination.prefix`
    [[sync]] name = "home" region = "eu-west-1"
        sync.home.region = "eu-west-1": lacks its section: write `destination.region`
    [[sync]] name = "home" kms_key_arn = "alias/files"
        sync.home.kms_key_arn = "alias/files": lacks its section: write `file_system.kms_key_arn` or `destination.kms_key_arn`
    [[sync]] name = "home" max_parallel_executions = 3
        sync.home.max_parallel_executions = 3: holds for the whole stack: write it in [limits]
    [[sync]] name = "home" email = ["home@example.com"]
        sync.home.email = ["home@example.com"]: holds for the whole stack: write it in [alerts]
    "#);
}

#[test]
fn keys_that_hold_for_the_whole_stack() {
    insta::assert_snapshot!(describe_refusals(OF_THE_STACK), @r#"
    [[sync]] name = "home" stack.region = "eu-west-1"
        sync.home.stack = { region = "eu-west-1" }: holds for the whole stack: write it in [stack]
    [[sync]] name = "home" network.cidr = "10.0.0.0/16"
        sync.home.network = { cidr = "10.0.0.0/16" }: holds for the whole stack: write it in [network]
    [[sync]] name = "home" instance.enabled = false
        sync.home.instance = { enabled = false }: holds for the whole stack: write it in [instance]
    [[sync]] name = "home" alerts.email = ["home@example.com"]
        sync.home.alerts = { email = ["home@example.com"] }: holds for the whole stack: write it in [alerts]
    [[sync]] name = "home" functions.memory_mb = 512
        sync.home.functions = { memory_mb = 512 }: holds for the whole stack: write it in [functions]
    [[sync]] name = "home" limits.max_parallel_executions = 3
        sync.home.limits.max_parallel_executions = 3: holds for the whole stack: write it in [limits]
    [[sync]] name = "home" proof.audit = "rate(7 days)"
        sync.home.proof.audit = "rate(7 days)": holds for the whole stack: write it in [proof]
    [[sync]] name = "home" proof.object_lock_days = 30 proof.object_lock_mode = "COMPLIANCE"
        sync.home.proof.object_lock_days = 30: holds for the whole stack: write it in [proof]
        sync.home.proof.object_lock_mode = "COMPLIANCE": holds for the whole stack: write it in [proof]
    [[sync]] name = "home" task.log_retention_days = 30
        sync.home.task.log_retention_days = 30: holds for the whole stack: write it in [task]
    "#);
}
