//! One configuration for each warning.

use crate::config::parse;
use crate::config::parse_tests::MINIMAL;

pub(in crate::config) const SURPRISING: &[&str] = &[
    "[network]\ncidr = \"172.16.0.0/16\"",
    "[network]\ncidr = \"172.17.128.0/20\"",
    "[network]\nnat_gateway = false",
    "[network]\nnat_gateway = false\n[instance]\nenabled = false",
    "[network]\nmode = \"private\"",
    "[network]\nmode = \"private\"\n[instance]\nenabled = false",
    "[instance]\nssh_cidrs = [\"203.0.113.7/32\"]",
    "[instance]\nssh_cidrs = [\"203.0.113.7/32\"]\nkey_name = \"key\"",
    "[instance]\nssh_cidrs = [\"0.0.0.0/0\"]\nssh_from_anywhere = true\nkey_name = \"key\"",
    "[instance]\nssh_cidrs = [\"2001:db8::/32\"]\nkey_name = \"key\"",
    "[network]\nvpc_id = \"vpc-00000001\"\nsubnet_ids = \
        [\"subnet-00000001\"]\n[instance]\nssh_cidrs = [\"203.0.113.7/32\"]\nkey_name = \"key\"",
    "[instance]\nenabled = false\nssh_cidrs = [\"203.0.113.7/32\"]",
    "[destination]\nstorage_class = \"STANDARD_IA\"",
    "[destination]\nstorage_class = \"INTELLIGENT_TIERING\"",
    "[destination]\nstorage_class = \"DEEP_ARCHIVE\"\nnoncurrent_version_expiration_days = \
        90\n[task]\nverify_mode = \"ONLY_FILES_TRANSFERRED\"",
    "[destination]\nstorage_class = \"GLACIER_INSTANT_RETRIEVAL\"\ntransition_days = \
        60\ntransition_storage_class = \"GLACIER\"\n[task]\nverify_mode = \
        \"ONLY_FILES_TRANSFERRED\"",
    "[destination]\ntransition_days = 60\ntransition_storage_class = \
        \"GLACIER_INSTANT_RETRIEVAL\"\nnoncurrent_version_expiration_days = 30",
    "[destination]\ntransition_days = 60\ntransition_storage_class = \
        \"GLACIER_INSTANT_RETRIEVAL\"\nnoncurrent_version_expiration_days = 90",
    "[destination]\nregion = \"eu-west-1\"",
    "[destination]\nbucket = \"vault\"\naccount = \"222233334444\"",
    "[task]\noverwrite_mode = \"NEVER\"",
    "[task]\npreserve_deleted_files = \"REMOVE\"",
    "[task]\natime = \"NONE\"\nmtime = \"NONE\"",
    "[task]\ntransfer_mode = \"ALL\"",
    "[task]\ntransfer_mode = \"ALL\"\n[destination]\ntransition_days = \
        60\ntransition_storage_class = \"STANDARD_IA\"",
    "[task]\nmode = \"ENHANCED\"\nverify_mode = \"NONE\"\nbytes_per_second = 100",
    "[task]\nlog_level = \"OFF\"",
    "[schedule]\nenabled = false",
    "[schedule]\nexpression = \"rate(5 minutes)\"",
    "[schedule]\nexpression = \"rate(15 minutes)\"",
    "[schedule]\nfull_verification = \"never\"",
    "[schedule]\nfull_verification = \"never\"\n[task]\nmode = \"ENHANCED\"",
    "[schedule]\nfull_verification = \"rate(12 hours)\"",
    "[schedule]\nfull_verification = \"cron(0 3 ? * SUN *)\"",
    "[schedule]\nexpression = \"rate(7 days)\"\nfresh_within_hours = 0",
    "[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"",
    "[task]\nverify_mode = \"POINT_IN_TIME_CONSISTENT\"\n[schedule]\nexpression = \"rate(1 day)\"",
    "[[sync]]\nname = \"all\"\ndestination.prefix = \"all/\"\n\
     [[sync]]\nname = \"home\"\nsource.subdirectory = \"/home/\"\ndestination.prefix = \"home/\"",
    "[[sync]]\nname = \"a\"\ndestination.prefix = \"a/\"\nschedule.enabled = false\n\
     [[sync]]\nname = \"b\"\ndestination.bucket = \"vault\"",
    "[task]\nlog_level = \"OFF\"\n\
     [[sync]]\nname = \"a\"\n[[sync]]\nname = \"b\"\ndestination.bucket = \"vault\"",
];

#[test]
fn what_is_said_of_what_may_surprise() {
    let said = |addition: &&str| {
        let config = parse(&format!("{MINIMAL}{addition}")).unwrap();
        let warnings: Vec<_> =
            config.find_warnings().iter().map(|warning| format!("\n    {warning}")).collect();
        format!("{}{}", addition.replace('\n', " "), warnings.concat())
    };
    insta::assert_snapshot!(SURPRISING.iter().map(said).collect::<Vec<_>>().join("\n"), @r#"
    [network] cidr = "172.16.0.0/16"
    [network] cidr = "172.17.128.0/20"
        network.cidr = "172.17.128.0/20": overlaps 172.17.0.0/16, which Docker and some services of AWS use on their own hosts: they can't reach this VPC; choose another range if they need to
    [network] nat_gateway = false
        network.nat_gateway = false: leaves the instance in a private subnet without internet access: it can't install packages or reach Session Manager; write instance.enabled = false, or nat_gateway = true
    [network] nat_gateway = false [instance] enabled = false
    [network] mode = "private"
        network.mode = "private": bills two interface endpoints by the hour, used or not, in one zone (in us-east-1 about 15 USD a month, less than half of a NAT gateway): Session Manager reaches the instance through them; instance.enabled = false has none
    [network] mode = "private" [instance] enabled = false
    [instance] ssh_cidrs = ["203.0.113.7/32"]
        instance.ssh_cidrs = ["203.0.113.7/32"]: opens SSH to an instance without a key pair: only EC2 Instance Connect can log in; set instance.key_name
    [instance] ssh_cidrs = ["203.0.113.7/32"] key_name = "key"
    [instance] ssh_cidrs = ["0.0.0.0/0"] ssh_from_anywhere = true key_name = "key"
        instance.ssh_cidrs = ["0.0.0.0/0"]: lets everybody on the internet try to log in; name your own addresses instead
    [instance] ssh_cidrs = ["2001:db8::/32"] key_name = "key"
        instance.ssh_cidrs = ["2001:db8::/32"]: contains IPv6 addresses, but a new VPC has none: they can't reach the instance
    [network] vpc_id = "vpc-00000001" subnet_ids = ["subnet-00000001"] [instance] ssh_cidrs = ["203.0.113.7/32"] key_name = "key"
        instance.ssh_cidrs = ["203.0.113.7/32"]: gives the instance a public address in the first of network.subnet_ids: it can be reached only if this subnet has a route to an internet gateway
    [instance] enabled = false ssh_cidrs = ["203.0.113.7/32"]
    [destination] storage_class = "STANDARD_IA"
        destination.storage_class = "STANDARD_IA": bills each version for at least 30 days, even if the next execution replaces it, and DataSync puts objects of less than 128 KB into STANDARD; write "STANDARD" for files that change often or are small
    [destination] storage_class = "INTELLIGENT_TIERING"
    [destination] storage_class = "DEEP_ARCHIVE" noncurrent_version_expiration_days = 90 [task] verify_mode = "ONLY_FILES_TRANSFERRED"
        destination.storage_class = "DEEP_ARCHIVE": bills each version for at least 180 days, even if the next execution replaces it, and DataSync puts objects of less than 40 KB into STANDARD; write "STANDARD" for files that change often or are small
        destination.noncurrent_version_expiration_days = 90: may expire versions before the 180 days that DEEP_ARCHIVE bills as a minimum; write 180 or more
    [destination] storage_class = "GLACIER_INSTANT_RETRIEVAL" transition_days = 60 transition_storage_class = "GLACIER" [task] verify_mode = "ONLY_FILES_TRANSFERRED"
        destination.storage_class = "GLACIER_INSTANT_RETRIEVAL": bills each version for at least 90 days, even if the next execution replaces it, and DataSync puts objects of less than 128 KB into STANDARD; write "STANDARD" for files that change often or are small
        destination.transition_days = 60: is less than the 90 days that GLACIER_INSTANT_RETRIEVAL bills as a minimum; write 90 or more
    [destination] transition_days = 60 transition_storage_class = "GLACIER_INSTANT_RETRIEVAL" noncurrent_version_expiration_days = 30
        destination.noncurrent_version_expiration_days = 30: may expire versions before the 90 days that GLACIER_INSTANT_RETRIEVAL bills as a minimum; write 90 or more
    [destination] transition_days = 60 transition_storage_class = "GLACIER_INSTANT_RETRIEVAL" noncurrent_version_expiration_days = 90
    [destination] region = "eu-west-1"
        destination.region = "eu-west-1": is another region than the stack's: AWS charges the transfer between regions by GB, that of restores too; remove the key unless the copies have to be there
    [destination] bucket = "vault" account = "222233334444"
        destination.account = "222233334444": is another account, whose bucket is never changed: its owner has to allow the roles of this stack; `efs-s3 bucket-policy` prints the policy
    [task] overwrite_mode = "NEVER"
        task.overwrite_mode = "NEVER": a file that changes after its first copy is not copied again, so its object is out of date; write "ALWAYS" unless you want that
    [task] preserve_deleted_files = "REMOVE"
        task.preserve_deleted_files = "REMOVE": a file that is deleted at the source, by mistake or on purpose, is deleted at the destination by the next execution; a versioned bucket keeps the versions: set noncurrent_version_expiration_days longer than you need to notice
    [task] atime = "NONE" mtime = "NONE"
        task.mtime = "NONE": without the time of the last change DataSync can't find unchanged files: each execution copies all files again; write "PRESERVE" for a task that runs more than once
    [task] transfer_mode = "ALL"
        task.transfer_mode = "ALL": each execution copies all files again: a new version of every object, billed in addition to the old ones; write "CHANGED" for a task that runs more than once
    [task] transfer_mode = "ALL" [destination] transition_days = 60 transition_storage_class = "STANDARD_IA"
        task.transfer_mode = "ALL": each execution copies all files again: a new version of every object, billed in addition to the old ones; write "CHANGED" for a task that runs more than once
        task.transfer_mode = "ALL": beside destination.transition_storage_class = "STANDARD_IA": each copy starts in destination.storage_class: an object that is copied again before the transition never moves; write transfer_mode = "CHANGED"
    [task] mode = "ENHANCED" verify_mode = "NONE" bytes_per_second = 100
        task.verify_mode = "NONE": DataSync compares no files and reports no checksums: a proof then covers only versions and sizes; write "ONLY_FILES_TRANSFERRED" to have them compared
        task.mode = "ENHANCED": beside task.log_retention_days = 7: DataSync then logs to /aws/datasync, which all tasks of the account share; its retention is not managed; set the retention of that log group yourself
        task.bytes_per_second = 100: beside task.mode = "ENHANCED": AWS does not document that a limit applies in this mode; watch the first executions, or write mode = "BASIC"
        task.bytes_per_second = 100: this is less than one megabyte per second: the number counts bytes, not megabytes; write 104857600 for 100 MiB per second
    [task] log_level = "OFF"
        task.log_level = "OFF": DataSync writes no log: failed files and their reasons are then only in its report; write "BASIC" to have errors logged
    [schedule] enabled = false
        schedule.enabled = false: starts no executions: only `efs-s3 sync` copies, and no alert is sent when it is forgotten; write true
    [schedule] expression = "rate(5 minutes)"
        schedule.expression = "rate(5 minutes)": lists the whole file system and the whole prefix each time, which S3 bills by request; while an execution runs, the next slot is skipped; write rate(15 minutes) or more
    [schedule] expression = "rate(15 minutes)"
    [schedule] full_verification = "never"
        schedule.full_verification = "never": compares a file with its object only after its transfer: later damage to an object is not found, only its loss (`efs-s3 audit`); write "rate(7 days)"
    [schedule] full_verification = "never" [task] mode = "ENHANCED"
        task.mode = "ENHANCED": beside task.log_retention_days = 7: DataSync then logs to /aws/datasync, which all tasks of the account share; its retention is not managed; set the retention of that log group yourself
    [schedule] full_verification = "rate(12 hours)"
        schedule.full_verification = "rate(12 hours)": compares all files on both sides each time, which reads every object; write rate(1 day) or more
    [schedule] full_verification = "cron(0 3 ? * SUN *)"
    [schedule] expression = "rate(7 days)" fresh_within_hours = 0
        schedule.full_verification = "rate(7 days)": is as frequent as the schedule: write task.verify_mode = "POINT_IN_TIME_CONSISTENT" instead, which needs no extra execution, or a longer rate
    [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        task.verify_mode = "POINT_IN_TIME_CONSISTENT": compares all files on both sides at the end of each execution, which reads every object; with "ONLY_FILES_TRANSFERRED", schedule.full_verification sets how often
    [task] verify_mode = "POINT_IN_TIME_CONSISTENT" [schedule] expression = "rate(1 day)"
    [[sync]] name = "all" destination.prefix = "all/" [[sync]] name = "home" source.subdirectory = "/home/" destination.prefix = "home/"
        sync.home.source.subdirectory = "/home/": overlaps "/" of the sync `all`: files in both are copied, stored and billed twice; exclude them from one of the two with task.excludes if that is not wanted
    [[sync]] name = "a" destination.prefix = "a/" schedule.enabled = false [[sync]] name = "b" destination.bucket = "vault"
        sync.a.schedule.enabled = false: starts no executions: only `efs-s3 sync` copies, and no alert is sent when it is forgotten; write true
    [task] log_level = "OFF" [[sync]] name = "a" [[sync]] name = "b" destination.bucket = "vault"
        task.log_level = "OFF": DataSync writes no log: failed files and their reasons are then only in its report; write "BASIC" to have errors logged
    "#);
}

#[test]
fn a_warning_survives_json() {
    let config = parse(&format!("{MINIMAL}[schedule]\nenabled = false")).unwrap();
    let json = serde_json::to_value(config.find_warnings()).unwrap();
    assert_eq!(json[0]["key"], "schedule.enabled");
    assert_eq!(json[0]["value"], "false");
}
