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
    "[proof]\ndepth = \"deep\"",
    "[proof]\naudit = \"weekly\"",
    "[proof]\naudit = \"rate(30 minutes)\"",
    "[proof]\naudit = false",
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
        schedule.timezone = "Europe/Berlin": is no known key; known are expression, enabled, fresh_within_hours
    [schedule] fresh_within_hours = -1
        schedule.fresh_within_hours = -1: must be 1 to 168, in hours: an alarm looks back 7 days at most (CloudWatch User Guide); or 0: no alarm
    [schedule] fresh_within_hours = 169
        schedule.fresh_within_hours = 169: must be 1 to 168, in hours: an alarm looks back 7 days at most (CloudWatch User Guide); or 0: no alarm
    [schedule] expression = "rate(1 day)" fresh_within_hours = 24
        schedule.fresh_within_hours = 24: must be more than the time between two executions, else the alarm goes off while all is well; or 0: no alarm
    [proof] depth = "deep"
        proof.depth = "deep": must be one of versions, metadata
    [proof] audit = "weekly"
        proof.audit = "weekly": must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)
    [proof] audit = "rate(30 minutes)"
        proof.audit = "rate(30 minutes)": must be rate(1 hour) or rarer: an audit lists everything that was ever proven, and costs by its size
    [proof] audit = false
        proof.audit = false: must be a text in quotes
    [proof] at = "rate(1 day)"
        proof.at = "rate(1 day)": is no known key; known are depth, audit
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
        alerts.kms = "x": is no known key; known are email, https, sqs
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
