//! Schedules that EventBridge refuses, and functions that Lambda does.

use super::said;

pub(super) const REFUSED: &[&str] = &[
    "[schedule]\nexpression = \"hourly\"",
    "[schedule]\nexpression = \"rate(1 minutes)\"",
    "[schedule]\nexpression = \"rate(5 minute)\"",
    "[schedule]\nexpression = \"rate(0 hours)\"",
    "[schedule]\nexpression = \"at(2026-12-24T18:00:00)\"",
    "[schedule]\nexpression = \"cron(0 25 * * ? *)\"",
    "[schedule]\nexpression = \"cron(0 3 * * *)\"",
    "[schedule]\nexpression = \"cron(0 3 * * * *)\"",
    "[schedule]\nenabled = \"yes\"",
    "[schedule]\ntimezone = \"Europe/Berlin\"",
    "[schedule]\nfresh_within_hours = -1",
    "[schedule]\nfresh_within_hours = 169",
    "[schedule]\nexpression = \"rate(1 day)\"\nfresh_within_hours = 24",
    "[schedule]\nwhen_busy = \"wait\"",
    "[schedule]\nfull_verification = \"weekly\"",
    "[schedule]\nfull_verification = \"\"",
    "[schedule]\nfull_verification = false",
    "[schedule]\nfull_verification = \"rate(7 day)\"",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n[task]\nverify_mode = \
        \"POINT_IN_TIME_CONSISTENT\"",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n[task]\nmode = \"ENHANCED\"",
    "[schedule]\nfull_verification = \"rate(7 days)\"\n[destination]\nstorage_class = \
        \"GLACIER\"\ntransition_days = 90\ntransition_storage_class = \"DEEP_ARCHIVE\"",
    "[limits]\nmax_shrink_percent = 101",
    "[limits]\nmax_deleted_percent = -1",
    "[limits]\nmax_deleted_files = -1",
    "[limits]\nmax_more_skipped_files = 1.5",
    "[limits]\nreport_within_minutes = 0",
    "[limits]\nproof_within_minutes = 0",
    "[limits]\nmax_runtime_minutes = 0",
    "[limits]\nmax_launching_minutes = 43201",
    "[limits]\nmax_queued = 1",
    "[alerts]\nkms_key_arn = \"alias/alerts\"",
    "[proof]\ndepth = \"deep\"",
    "[proof]\naudit = \"weekly\"",
    "[proof]\naudit = \"rate(30 minutes)\"",
    "[proof]\naudit = false",
    "[proof]\nobject_lock_days = 0",
    "[proof]\nobject_lock_mode = \"STRICT\"",
    "[proof]\nat = \"rate(1 day)\"",
    "[alerts]\nemail = [\"oncall\"]",
    "[alerts]\nemail = [\"a b@example.com\"]",
    "[alerts]\nemail = [\"a@example.com\", \"a@example.com\"]",
    "[alerts]\nemail = \"a@example.com\"",
    "[alerts]\nhttps = [\"http://example.com/\"]",
    "[alerts]\nhttps = [\"https:///alerts\"]",
    "[alerts]\nsqs = [\"alerts\"]",
    "[alerts]\nsqs = [\"arn:aws:sns:eu-central-1:111122223333:alerts\"]",
    "[alerts]\nkms = \"x\"",
    "[functions]\narchitecture = \"aarch64\"",
    "[functions]\narchitecture = 64",
    "[functions]\nmemory_mb = 64",
    "[functions]\nmemory_mb = 99999999999",
    "[functions]\ntimeout_seconds = 60",
    "[functions]\ntimeout_seconds = 901",
    "[functions]\nlog_retention_days = -1",
    "[functions]\nmemroy_mb = 256",
];

#[test]
fn schedules_and_functions() {
    insta::assert_snapshot!(said(REFUSED), @r#"
    [schedule] expression = "hourly"
        schedule.expression = "hourly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [schedule] expression = "rate(1 minutes)"
        schedule.expression = "rate(1 minutes)": must be rate(1 minute): EventBridge refuses a plural with 1
    [schedule] expression = "rate(5 minute)"
        schedule.expression = "rate(5 minute)": must be rate(5 minutes): EventBridge refuses a singular with more than 1
    [schedule] expression = "rate(0 hours)"
        schedule.expression = "rate(0 hours)": must have a value of at least 1: EventBridge refuses 0
    [schedule] expression = "at(2026-12-24T18:00:00)"
        schedule.expression = "at(2026-12-24T18:00:00)": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [schedule] expression = "cron(0 25 * * ? *)"
        schedule.expression = "cron(0 25 * * ? *)": has `25` as its hours, where EventBridge takes 0 to 23
    [schedule] expression = "cron(0 3 * * *)"
        schedule.expression = "cron(0 3 * * *)": must have six fields (minutes hours day-of-month month day-of-week year), not 5
    [schedule] expression = "cron(0 3 * * * *)"
        schedule.expression = "cron(0 3 * * * *)": must have ? as exactly one of day-of-month and day-of-week
    [schedule] enabled = "yes"
        schedule.enabled = "yes": must be true or false, without quotes
    [schedule] timezone = "Europe/Berlin"
        schedule.timezone = "Europe/Berlin": is no known key; known are expression, enabled, when_busy, fresh_within_hours, full_verification
    [schedule] fresh_within_hours = -1
        schedule.fresh_within_hours = -1: must be 1 to 168, in hours: an alarm looks back 7 days at most (CloudWatch User Guide); or 0: no alarm
    [schedule] fresh_within_hours = 169
        schedule.fresh_within_hours = 169: must be 1 to 168, in hours: an alarm looks back 7 days at most (CloudWatch User Guide); or 0: no alarm
    [schedule] expression = "rate(1 day)" fresh_within_hours = 24
        schedule.fresh_within_hours = 24: must be more than the time between two executions, else the alarm goes off while all is well; or 0: no alarm
    [schedule] when_busy = "wait"
        schedule.when_busy = "wait": must be one of skip, queue, adopt
    [schedule] full_verification = "weekly"
        schedule.full_verification = "weekly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *); or "never"
    [schedule] full_verification = ""
        schedule.full_verification = "": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *); or "never"
    [schedule] full_verification = false
        schedule.full_verification = false: must be a text in quotes
    [schedule] full_verification = "rate(7 day)"
        schedule.full_verification = "rate(7 day)": must be rate(7 days): EventBridge refuses a singular with more than 1; or "never"
    [schedule] full_verification = "rate(7 days)" [task] verify_mode = "POINT_IN_TIME_CONSISTENT"
        schedule.full_verification = "rate(7 days)": does not go with task.verify_mode = "POINT_IN_TIME_CONSISTENT": each execution compares everything already; remove the one or the other
    [schedule] full_verification = "rate(7 days)" [task] mode = "ENHANCED"
        schedule.full_verification = "rate(7 days)": does not go with task.mode = "ENHANCED": DataSync can't compare everything at the end in this mode; remove it
    [schedule] full_verification = "rate(7 days)" [destination] storage_class = "GLACIER" transition_days = 90 transition_storage_class = "DEEP_ARCHIVE"
        schedule.full_verification = "rate(7 days)": does not go with destination.storage_class = "GLACIER": objects there can't be read back; remove it
        schedule.full_verification = "rate(7 days)": does not go with destination.transition_storage_class = "DEEP_ARCHIVE": objects that have been moved there can't be read back; remove it
    [limits] max_shrink_percent = 101
        limits.max_shrink_percent = 101: must be 0 to 100, in per cent of the files of the last good run; 100: never told
    [limits] max_deleted_percent = -1
        limits.max_deleted_percent = -1: must be 0 to 100, in per cent of the files of the last good run; 100: never told
    [limits] max_deleted_files = -1
        limits.max_deleted_files = -1: must be 0 or more: how many a run may have before somebody is told
    [limits] max_more_skipped_files = 1.5
        limits.max_more_skipped_files = 1.5: must be a whole number without quotes
    [limits] report_within_minutes = 0
        limits.report_within_minutes = 0: must be 1 to 60, in minutes: an event waits no longer than an hour for a report
    [limits] proof_within_minutes = 0
        limits.proof_within_minutes = 0: must be 1 to 1440, in minutes: so long a check may take before it is begun again
    [limits] max_runtime_minutes = 0
        limits.max_runtime_minutes = 0: must be 1 to 43200, in minutes: DataSync forgets an execution after 30 days
    [limits] max_launching_minutes = 43201
        limits.max_launching_minutes = 43201: must be 1 to 43200, in minutes: DataSync forgets an execution after 30 days
    [limits] max_queued = 1
        limits.max_queued = 1: is no known key; did you mean `max_queued_minutes`?
    [alerts] kms_key_arn = "alias/alerts"
        alerts.kms_key_arn = "alias/alerts": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: services report no other name of it
    [proof] depth = "deep"
        proof.depth = "deep": must be one of versions, metadata
    [proof] audit = "weekly"
        proof.audit = "weekly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [proof] audit = "rate(30 minutes)"
        proof.audit = "rate(30 minutes)": must be rate(1 hour) or rarer: an audit lists everything that was ever proven, and costs by its size
    [proof] audit = false
        proof.audit = false: must be a text in quotes
    [proof] object_lock_days = 0
        proof.object_lock_days = 0: must be 1 to 36500, in days; without the key proofs are not locked
    [proof] object_lock_mode = "STRICT"
        proof.object_lock_mode = "STRICT": must be one of GOVERNANCE, COMPLIANCE
    [proof] at = "rate(1 day)"
        proof.at = "rate(1 day)": is no known key; known are depth, audit, object_lock_days, object_lock_mode
    [alerts] email = ["oncall"]
        alerts.email = "oncall": must be an address such as oncall@example.com
    [alerts] email = ["a b@example.com"]
        alerts.email = "a b@example.com": must be an address such as oncall@example.com
    [alerts] email = ["a@example.com", "a@example.com"]
        alerts.email = "a@example.com": stands there twice; remove one of them
    [alerts] email = "a@example.com"
        alerts.email = "a@example.com": must be a list of texts, ["…", "…"]
    [alerts] https = ["http://example.com/"]
        alerts.https = "http://example.com/": must begin with https:// and a host: what is told is not for everybody on the way
    [alerts] https = ["https:///alerts"]
        alerts.https = "https:///alerts": must begin with https:// and a host: what is told is not for everybody on the way
    [alerts] sqs = ["alerts"]
        alerts.sqs = "alerts": must be a queue's ARN: arn:aws:sqs:<region>:<account>:<name>
    [alerts] sqs = ["arn:aws:sns:eu-central-1:111122223333:alerts"]
        alerts.sqs = "arn:aws:sns:eu-central-1:111122223333:alerts": must be a queue's ARN: arn:aws:sqs:<region>:<account>:<name>
    [alerts] kms = "x"
        alerts.kms = "x": is no known key; known are email, https, sqs, kms_key_arn
    [functions] architecture = "aarch64"
        functions.architecture = "aarch64": must be one of arm64, x86_64
    [functions] architecture = 64
        functions.architecture = 64: must be one of arm64, x86_64, in quotes
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
    "#);
}
