//! Warnings about the syncs of a stack together.

use std::fmt::Write as _;

use crate::config::parse;
use crate::config::parse_tests::MINIMAL;

/// An entry with its directory and prefix.
fn write_entry(name: &str, directory: &str, more: &str) -> String {
    format!(
        "[[sync]]\nname = \"{name}\"\nsource.subdirectory = \"{directory}\"\n\
         destination.prefix = \"{name}/\"\n{more}\n"
    )
}

fn describe_warnings(text: &str) -> String {
    let mut shown = String::new();
    for warning in parse(&format!("{MINIMAL}{text}")).unwrap().find_warnings() {
        writeln!(shown, "{warning}").unwrap();
    }
    shown
}

fn has_overlap(entries: [(&str, &str); 2]) -> bool {
    let [(first, more), (second, and_more)] = entries;
    let text = write_entry("a", first, more) + &write_entry("b", second, and_more);
    describe_warnings(&text).contains("overlaps")
}

#[test]
fn directories_that_two_syncs_copy() {
    for (entries, expected) in [
        ([("/", ""), ("/home/", "")], true),
        ([("/home/", ""), ("/", "")], true),
        ([("/home/", ""), ("/home/", "")], true),
        ([("/home/", ""), ("/home2/", "")], false),
        ([("/", "task.excludes = [\"/home\"]"), ("/home/", "")], false),
        ([("/home/", ""), ("/", "task.excludes = [\"/home/\"]")], false),
        ([("/", "task.excludes = [\"/ho*\"]"), ("/home/", "")], false),
        ([("/", "task.excludes = [\"/home\"]"), ("/home/anna/", "")], false),
        ([("/", "task.excludes = [\"/home/anna\"]"), ("/home/", "")], true),
        ([("/", "task.excludes = [\"*.swp\"]"), ("/home/", "")], true),
        ([("/a/", "task.excludes = [\"/a\"]"), ("/a/a/", "")], false),
        ([("/", "task.includes = [\"/a*\"]"), ("/", "task.includes = [\"/b*\"]")], false),
        ([("/", "task.includes = [\"/a*\"]"), ("/", "task.includes = [\"/ab\"]")], true),
        ([("/", "task.includes = [\"/a\"]"), ("/", "task.includes = [\"/ab\"]")], false),
        ([("/", "task.includes = [\"/a\"]"), ("/a/b/", "")], true),
        ([("/", "destination.region = \"eu-west-1\""), ("/", "")], false),
        ([("/", "destination.bucket = \"vault\""), ("/", "")], false),
        ([("/", "source.access_point_id = \"fsap-00000001\""), ("/", "")], false),
    ] {
        assert_eq!(has_overlap(entries), expected, "{entries:?}");
    }
}

#[test]
fn an_overlap_names_both_directories() {
    let text = write_entry("all", "/", "") + &write_entry("home", "/home/", "");
    insta::assert_snapshot!(describe_warnings(&text), @r#"sync.home.source.subdirectory = "/home/": overlaps "/" of the sync `all`: files in both are copied, stored and billed twice; exclude them from one of the two with task.excludes if that is not wanted"#);
}

/// So many entries with these schedules, one after the other.
fn write_schedules(count: usize, schedules: &[&str]) -> String {
    let entry = |number: usize| {
        let name = format!("s{number}");
        let expression = schedules[number % schedules.len()];
        let more = format!(
            "schedule.expression = \"{expression}\"\nschedule.full_verification = \"never\""
        );
        write_entry(&name, &format!("/{name}/"), &more)
    };
    (0..count).map(entry).collect()
}

#[test]
fn schedules_that_meet() {
    let never = "full_verification = \"never\"";
    let shown = |text: String| {
        let warnings = describe_warnings(&text);
        let lines = warnings.lines().filter(|line| line.contains("same time"));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let cases = [
        ("ten each hour", write_schedules(10, &["rate(1 hour)"])),
        ("eleven each hour", write_schedules(11, &["rate(1 hour)"])),
        (
            "with a limit",
            format!(
                "[limits]\nmax_parallel_executions = 3\n{}",
                write_schedules(30, &["rate(1 hour)"])
            ),
        ),
        (
            "spread",
            write_schedules(30, &["cron(0 * * * ? *)", "cron(20 * * * ? *)", "cron(40 * * * ? *)"]),
        ),
        (
            "one a day beside those of each hour",
            write_schedules(22, &["cron(0 * * * ? *)", "cron(0 3 * * ? *)"]),
        ),
        ("on one weekday", write_schedules(12, &["cron(0 3 ? * SUN *)"])),
        (
            "disabled",
            format!(
                "[schedule]\nenabled = false\n{never}\n{}",
                write_schedules(12, &["rate(1 hour)"])
            ),
        ),
        (
            "full verifications by default",
            (0..11)
                .map(|number| {
                    write_entry(
                        &format!("s{number}"),
                        &format!("/s{number}/"),
                        &format!("schedule.expression = \"cron({number} * * * ? *)\""),
                    )
                })
                .collect(),
        ),
    ];
    let shown = cases.map(|(title, text)| format!("{title}: {}", shown(text)));
    insta::assert_snapshot!(shown.join("\n"), @r#"
    ten each hour: 
    eleven each hour: schedule.expression = "rate(1 hour)": starts 11 syncs at the same time (rate(1 hour): s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10), which compete for the throughput of the file system; spread them by cron(…), or set limits.max_parallel_executions
    with a limit: 
    spread: 
    one a day beside those of each hour: sync.s0.schedule.expression = "cron(0 * * * ? *)": starts 22 syncs at the same time (03:00 UTC: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11 and 10 more), which compete for the throughput of the file system; spread them by cron(…), or set limits.max_parallel_executions
    on one weekday: schedule.expression = "cron(0 3 ? * SUN *)": starts 12 syncs at the same time (cron(0 3 ? * SUN *): s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11), which compete for the throughput of the file system; spread them by cron(…), or set limits.max_parallel_executions
    disabled: 
    full verifications by default: schedule.full_verification = "rate(7 days)": starts 11 syncs at the same time (rate(7 days): s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10), which compete for the throughput of the file system; spread them by cron(…), or set limits.max_parallel_executions
    "#);
}

#[test]
fn quotas_that_many_syncs_exceed() {
    let shown = |count: usize, region: &str| {
        let limit = "[limits]\nmax_parallel_executions = 9\n";
        let entries = (0..count).map(|n| write_entry(&format!("s{n}"), &format!("/s{n}/"), ""));
        let text = format!("{MINIMAL}{limit}{}", entries.collect::<String>());
        let config = parse(&text.replace("eu-central-1", region)).unwrap();
        let warnings = config.find_warnings();
        warnings.iter().map(|warning| format!("\n    {warning}")).collect::<String>()
    };
    let cases = [
        (31, "eu-south-1"),
        (32, "eu-south-1"),
        (98, "eu-central-1"),
        (99, "eu-central-1"),
        (101, "eu-central-1"),
    ];
    let shown = cases.map(|(count, region)| format!("{count} {region}{}", shown(count, region)));
    insta::assert_snapshot!(shown.join("\n"), @r#"
    31 eu-south-1
    32 eu-south-1
        sync = 32: is the number of syncs, which need 101 EventBridge rules, more than the 100 of the quota of an event bus: have it raised before the deploy (Service Quotas, "Amazon EventBridge"); schedule.full_verification = "never" saves one rule a sync
    98 eu-central-1
    99 eu-central-1
        sync = 99: is the number of syncs, which need 302 EventBridge rules, more than the 300 of the quota of an event bus: have it raised before the deploy (Service Quotas, "Amazon EventBridge"); schedule.full_verification = "never" saves one rule a sync
    101 eu-central-1
        sync = 101: is the number of syncs, more than the 100 tasks of DataSync's quota for a region: have it raised before the deploy (Service Quotas, "AWS DataSync"), or use a second stack in another region
        sync = 101: is the number of syncs, which need 308 EventBridge rules, more than the 300 of the quota of an event bus: have it raised before the deploy (Service Quotas, "Amazon EventBridge"); schedule.full_verification = "never" saves one rule a sync
    "#);
}
