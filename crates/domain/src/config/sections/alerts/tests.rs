//! Endpoints that SNS refuses.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const ADDRESSES: &[&str] = &[
    "[alerts]\nkms_key_arn = \"alias/alerts\"",
    "[alerts]\nemail = [\"oncall\"]",
    "[alerts]\nemail = [\"a b@example.com\"]",
    "[alerts]\nemail = [\"a@example.com\", \"a@example.com\"]",
    "[alerts]\nemail = \"a@example.com\"",
];

pub(in crate::config) const ENDPOINTS: &[&str] = &[
    "[alerts]\nhttps = [\"http://example.com/\"]",
    "[alerts]\nhttps = [\"https:///alerts\"]",
    "[alerts]\nsqs = [\"alerts\"]",
    "[alerts]\nsqs = [\"arn:aws:sns:eu-central-1:111122223333:alerts\"]",
    "[alerts]\nkms = \"x\"",
];

#[test]
fn refused_addresses() {
    insta::assert_snapshot!(describe_refusals(ADDRESSES), @r#"
    [alerts] kms_key_arn = "alias/alerts"
        alerts.kms_key_arn = "alias/alerts": must be the ARN of a KMS key, arn:aws:kms:eu-central-1:ACCOUNT:key/ID: AWS reports a key only by its ARN
    [alerts] email = ["oncall"]
        alerts.email = "oncall": must be an address such as oncall@example.com
    [alerts] email = ["a b@example.com"]
        alerts.email = "a b@example.com": must be an address such as oncall@example.com
    [alerts] email = ["a@example.com", "a@example.com"]
        alerts.email = "a@example.com": is listed twice; remove one of them
    [alerts] email = "a@example.com"
        alerts.email = "a@example.com": must be a list of texts, ["…", "…"]
    "#);
}

#[test]
fn refused_endpoints() {
    insta::assert_snapshot!(describe_refusals(ENDPOINTS), @r#"
    [alerts] https = ["http://example.com/"]
        alerts.https = "http://example.com/": must begin with https:// and a host: alerts are confidential
    [alerts] https = ["https:///alerts"]
        alerts.https = "https:///alerts": must begin with https:// and a host: alerts are confidential
    [alerts] sqs = ["alerts"]
        alerts.sqs = "alerts": must be the ARN of a queue: arn:aws:sqs:<region>:<account>:<name>
    [alerts] sqs = ["arn:aws:sns:eu-central-1:111122223333:alerts"]
        alerts.sqs = "arn:aws:sns:eu-central-1:111122223333:alerts": must be the ARN of a queue: arn:aws:sqs:<region>:<account>:<name>
    [alerts] kms = "x"
        alerts.kms = "x": is not a known key; known keys: email, https, sqs, kms_key_arn
    "#);
}
