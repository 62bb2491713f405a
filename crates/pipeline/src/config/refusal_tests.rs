//! One bad value each, with exactly what is said of it.

use super::tests::MINIMAL;
use super::*;

/// What is said of the minimal configuration with more to it.
fn with(addition: &str) -> String {
    said(&format!("{MINIMAL}{addition}"), addition)
}

/// What is said of the minimal configuration with one key's value replaced.
fn replaced((key, value): (&str, &str)) -> String {
    let is_key = |line: &&str| line.starts_with(&format!("{key} = "));
    let line = MINIMAL.lines().find(is_key).expect("the minimal configuration has the key");
    let replacement = format!("{key} = {value}");
    said(&MINIMAL.replace(line, &replacement), &replacement)
}

fn said(text: &str, what: &str) -> String {
    let what = what.replace('\n', " ");
    match parse(text) {
        Ok(_) => format!("{what}\n    fine"),
        Err(ConfigProblems(problems)) => {
            let lines = problems.into_iter().map(|problem| ConfigProblem { line: None, ..problem });
            format!("{what}\n    {}", lines.map(|problem| problem.to_string()).collect::<Vec<_>>().join("\n    "))
        }
    }
}

#[test]
fn names_and_ids() {
    let refusals = [
        ("name", "\"\""),
        ("name", "\"-a\""),
        ("name", "\"9a\""),
        ("name", "\"a-\""),
        ("name", "\"a_b\""),
        ("name", "\"aaaaaaaaaaaaaaaaaaaaa\""),
        ("name", "7"),
        ("region", "\"frankfurt\""),
        ("region", "\"eu-central\""),
        ("region", "\"EU-central-1\""),
        ("subnet_id", "\"subnet-xyz\""),
        ("subnet_id", "\"subnet-0123456789ABCDEF0\""),
        ("subnet_id", "\"sg-0123456789abcdef0\""),
        ("security_group_ids", "[]"),
        ("security_group_ids", "[\"sg-1\"]"),
        ("security_group_ids", "[7]"),
        ("security_group_ids", "\"sg-0123456789abcdef0\""),
    ]
    .map(replaced)
    .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    name = ""
        stack.name = "": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    name = "-a"
        stack.name = "-a": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    name = "9a"
        stack.name = "9a": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    name = "a-"
        stack.name = "a-": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    name = "a_b"
        stack.name = "a_b": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    name = "aaaaaaaaaaaaaaaaaaaaa"
        stack.name = "aaaaaaaaaaaaaaaaaaaaa": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of bucket names
    name = 7
        stack.name = 7: must be a text in quotes
    region = "frankfurt"
        stack.region = "frankfurt": must be a region such as eu-central-1
    region = "eu-central"
        stack.region = "eu-central": must be a region such as eu-central-1
    region = "EU-central-1"
        stack.region = "EU-central-1": must be a region such as eu-central-1
    subnet_id = "subnet-xyz"
        source.subnet_id = "subnet-xyz": must be the id of a subnet, subnet- and 8 or 17 hexadecimal digits
    subnet_id = "subnet-0123456789ABCDEF0"
        source.subnet_id = "subnet-0123456789ABCDEF0": must be the id of a subnet, subnet- and 8 or 17 hexadecimal digits
    subnet_id = "sg-0123456789abcdef0"
        source.subnet_id = "sg-0123456789abcdef0": must be the id of a subnet, subnet- and 8 or 17 hexadecimal digits
    security_group_ids = []
        source.security_group_ids = []: must be 1 to 5 ids, which is what DataSync takes
    security_group_ids = ["sg-1"]
        source.security_group_ids = "sg-1": must be the id of a security group, sg- and 8 or 17 hexadecimal digits
    security_group_ids = [7]
        source.security_group_ids = [7]: must be a list of texts, ["…", "…"]
    security_group_ids = "sg-0123456789abcdef0"
        source.security_group_ids = "sg-0123456789abcdef0": must be a list of texts, ["…", "…"]
    "#);
}

#[test]
fn source_and_destination() {
    let refusals = [
        "[destination]\nprefix = \"/a/\"",
        "[destination]\nprefix = \"a\"",
        "[destination]\nprefix = \"a//b/\"",
        "[destination]\nprefix = \"./a/\"",
        "[destination]\nprefix = \"a/../b/\"",
        "[destination]\nprefix = \"date=1/\"",
        "[destination]\nprefix = \"tab\\t/\"",
        "[destination]\nnoncurrent_version_expiration_days = 0",
        "[destination]\nnoncurrent_version_expiration_days = 99999999999",
        "[destination]\nstorage_class = \"OUTPOSTS\"",
    ]
    .map(with)
    .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    [destination] prefix = "/a/"
        destination.prefix = "/a/": must not begin with /: DataSync can't transfer objects below such a prefix
    [destination] prefix = "a"
        destination.prefix = "a": must be empty or end in /: it is a folder, and whatever else begins alike is not in it
    [destination] prefix = "a//b/"
        destination.prefix = "a//b/": must not hold //, /./ or /../: DataSync can't transfer what lies there
    [destination] prefix = "./a/"
        destination.prefix = "./a/": must not hold //, /./ or /../: DataSync can't transfer what lies there
    [destination] prefix = "a/../b/"
        destination.prefix = "a/../b/": must not hold //, /./ or /../: DataSync can't transfer what lies there
    [destination] prefix = "date=1/"
        destination.prefix = "date=1/": must not hold '=': DataSync takes A-Z a-z 0-9 _ - + . / ( ) and spaces there
    [destination] prefix = "tab\t/"
        destination.prefix = "tab\t/": must not hold '\t': DataSync takes A-Z a-z 0-9 _ - + . / ( ) and spaces there
    [destination] noncurrent_version_expiration_days = 0
        destination.noncurrent_version_expiration_days = 0: must be at least 1 day; leave it out to keep every version
    [destination] noncurrent_version_expiration_days = 99999999999
        destination.noncurrent_version_expiration_days = 99999999999: is out of range: a number here has at most nine digits
    [destination] storage_class = "OUTPOSTS"
        destination.storage_class = "OUTPOSTS": must be one of STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
    "#);
    let refusals = ["\"data\"", "\"/data\"", "\"/a/../b/\"", "\"/a:b/\""].map(|subdirectory| {
        let text = MINIMAL.replace("[source]", &format!("[source]\nsubdirectory = {subdirectory}"));
        said(&text, subdirectory)
    });
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    "data"
        source.subdirectory = "data": must begin and end in /: it is a folder, seen from the top of the file system
    "/data"
        source.subdirectory = "/data": must begin and end in /: it is a folder, seen from the top of the file system
    "/a/../b/"
        source.subdirectory = "/a/../b/": must not hold //, /./ or /../: DataSync can't transfer what lies there
    "/a:b/"
        source.subdirectory = "/a:b/": must not hold ':': DataSync takes A-Z a-z 0-9 _ - + . / ( ) and spaces there
    "#);
}

#[test]
fn task_options() {
    let refusals = [
        "[task]\nbytes_per_second = 0",
        "[task]\nbytes_per_second = \"1\"",
        "[task]\nbytes_per_second = 1.5",
        "[task]\nlog_retention_days = 8",
        "[task]\nincludes = [\"*.txt\"]",
        "[task]\nincludes = [\"/a*b\", \"c\"]",
        "[task]\nexcludes = [\"tmp\"]",
        "[task]\nexcludes = [\"/a|/b\"]",
        "[task]\nexcludes = [\"\"]",
        "[task]\nexcludes = \"/a\"",
        "[task]\nverify_mode = \"\"",
        "[task]\nlog_level = \"NONE\"",
        "[task]\noverwrite_mode = true",
        "[task]\nbandwidth = 5",
        "[task]\nverify-mode = \"NONE\"",
        "[task.options]\nuid = \"NONE\"",
    ]
    .map(with)
    .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    [task] bytes_per_second = 0
        task.bytes_per_second = 0: must be at least 1; leave it out for no limit
    [task] bytes_per_second = "1"
        task.bytes_per_second = "1": must be a whole number without quotes
    [task] bytes_per_second = 1.5
        task.bytes_per_second = 1.5: must be a whole number without quotes
    [task] log_retention_days = 8
        task.log_retention_days = 8: must be one of the days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    [task] includes = ["*.txt"]
        task.includes = "*.txt": must begin with / (the top of the source): DataSync takes no other include patterns
    [task] includes = ["/a*b", "c"]
        task.includes = "/a*b": must hold * only as the last character: DataSync takes no other include patterns
        task.includes = "c": must begin with / (the top of the source): DataSync takes no other include patterns
    [task] excludes = ["tmp"]
        task.excludes = "tmp": must begin with / (the top of the source) or with * (anywhere)
    [task] excludes = ["/a|/b"]
        task.excludes = "/a|/b": must be one pattern an entry: | separates patterns; write \| for the sign itself
    [task] excludes = [""]
        task.excludes = "": must not be empty or hold the character NUL: DataSync takes no such pattern
    [task] excludes = "/a"
        task.excludes = "/a": must be a list of texts, ["…", "…"]
    [task] verify_mode = ""
        task.verify_mode = "": must be one of POINT_IN_TIME_CONSISTENT, ONLY_FILES_TRANSFERRED, NONE
    [task] log_level = "NONE"
        task.log_level = "NONE": must be one of OFF, BASIC, TRANSFER
    [task] overwrite_mode = true
        task.overwrite_mode = true: must be one of ALWAYS, NEVER, in quotes
    [task] bandwidth = 5
        task.bandwidth = 5: is no known key; known are verify_mode, overwrite_mode, preserve_deleted_files, transfer_mode, log_level, bytes_per_second, includes, excludes, log_retention_days
    [task] verify-mode = "NONE"
        task.verify-mode = "NONE": is no known key; did you mean `verify_mode`?
    [task.options] uid = "NONE"
        task.options = { uid = "NONE" }: is no known key; known are verify_mode, overwrite_mode, preserve_deleted_files, transfer_mode, log_level, bytes_per_second, includes, excludes, log_retention_days
    "#);
}

#[test]
fn options_that_exclude_each_other() {
    let refusals = [
        "[task]\ntransfer_mode = \"ALL\"\npreserve_deleted_files = \"REMOVE\"",
        "[task]\nincludes = [\"/a*\"]\npreserve_deleted_files = \"REMOVE\"",
        "[destination]\nstorage_class = \"GLACIER\"",
        "[destination]\nstorage_class = \"DEEP_ARCHIVE\"\n[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"",
    ]
    .map(with)
    .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    [task] transfer_mode = "ALL" preserve_deleted_files = "REMOVE"
        task.preserve_deleted_files = "REMOVE": does not go with task.transfer_mode = "ALL": without a comparison DataSync can't tell what was deleted
    [task] includes = ["/a*"] preserve_deleted_files = "REMOVE"
        task.preserve_deleted_files = "REMOVE": does not go with task.includes: what REMOVE deletes outside the included paths is not documented
    [destination] storage_class = "GLACIER"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT" (the default): does not go with destination.storage_class = "GLACIER": objects there can't be read back; use ONLY_FILES_TRANSFERRED
    [destination] storage_class = "DEEP_ARCHIVE" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": does not go with destination.storage_class = "DEEP_ARCHIVE": objects there can't be read back; use ONLY_FILES_TRANSFERRED
    "#);
}

#[test]
fn schedule_and_functions() {
    let refusals = [
        "[schedule]\nexpression = \"hourly\"",
        "[schedule]\nexpression = \"rate(1 minutes)\"",
        "[schedule]\nexpression = \"rate(5 minute)\"",
        "[schedule]\nexpression = \"cron(0 25 * * ? *)\"",
        "[schedule]\nexpression = \"cron(0 3 * * *)\"",
        "[schedule]\nenabled = \"yes\"",
        "[functions]\nmemory_mb = 64",
        "[functions]\nmemory_mb = 99999999999",
        "[functions]\ntimeout_seconds = 60",
        "[functions]\ntimeout_seconds = 901",
        "[functions]\nlog_retention_days = -1",
        "[functions]\nmemroy_mb = 256",
        "[fucntions]\nmemory_mb = 256",
    ]
    .map(with)
    .join("\n");
    insta::assert_snapshot!(refusals, @r#"
    [schedule] expression = "hourly"
        schedule.expression = "hourly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [schedule] expression = "rate(1 minutes)"
        schedule.expression = "rate(1 minutes)": must be rate(1 minute): EventBridge refuses a plural with 1
    [schedule] expression = "rate(5 minute)"
        schedule.expression = "rate(5 minute)": must be rate(5 minutes): EventBridge refuses a singular with more than 1
    [schedule] expression = "cron(0 25 * * ? *)"
        schedule.expression = "cron(0 25 * * ? *)": has `25` as its hours, where EventBridge takes 0 to 23
    [schedule] expression = "cron(0 3 * * *)"
        schedule.expression = "cron(0 3 * * *)": must have six fields (minutes hours day-of-month month day-of-week year), not 5
    [schedule] enabled = "yes"
        schedule.enabled = "yes": must be true or false, without quotes
    [functions] memory_mb = 64
        functions.memory_mb = 64: must be 128 to 10240, in MB: Lambda offers no other
    [functions] memory_mb = 99999999999
        functions.memory_mb = 99999999999: is out of range: a number here has at most nine digits
    [functions] timeout_seconds = 60
        functions.timeout_seconds = 60: must be 120 to 900, in seconds: waiting for a report takes up to 60, and Lambda ends a function after 900
    [functions] timeout_seconds = 901
        functions.timeout_seconds = 901: must be 120 to 900, in seconds: waiting for a report takes up to 60, and Lambda ends a function after 900
    [functions] log_retention_days = -1
        functions.log_retention_days = -1: must be one of the days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    [functions] memroy_mb = 256
        functions.memroy_mb = 256: is no known key; did you mean `memory_mb`?
    [fucntions] memory_mb = 256
        fucntions = { memory_mb = 256 }: is no known key; did you mean `functions`?
    "#);
}

#[test]
fn what_is_allowed_is_not_refused() {
    for good in [
        "[destination]\nprefix = \"a/b c\u{2003}(1)/\"",
        "[destination]\nstorage_class = \"GLACIER\"\n[task]\nverify_mode = \"ONLY_FILES_TRANSFERRED\"",
        "[destination]\nstorage_class = \"GLACIER_INSTANT_RETRIEVAL\"",
        "[task]\nexcludes = [\"*.swp\", '/a\\|b']",
        "[task]\nincludes = [\"/a*\", \"/b\"]",
        "[task]\npreserve_deleted_files = \"REMOVE\"\nexcludes = [\"/tmp\"]",
        "task.log_level = \"OFF\"\n",
    ] {
        // A dotted key at the top has to come before the first table.
        let text = if good.starts_with('[') { format!("{MINIMAL}{good}") } else { format!("{good}{MINIMAL}") };
        assert_eq!(said(&text, ""), "\n    fine", "{good}");
    }
}
