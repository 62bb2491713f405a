//! Sizes that Lambda refuses.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const REFUSED: &[&str] = &[
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
fn refused_function_sizes() {
    insta::assert_snapshot!(describe_refusals(REFUSED), @r#"
    [functions] architecture = "aarch64"
        functions.architecture = "aarch64": must be one of arm64, x86_64
    [functions] architecture = 64
        functions.architecture = 64: must be one of arm64, x86_64, in quotes
    [functions] memory_mb = 64
        functions.memory_mb = 64: must be 128 to 10240, in MB: a limit of Lambda
    [functions] memory_mb = 99999999999
        functions.memory_mb = 99999999999: is out of range: a number here has at most nine digits
    [functions] timeout_seconds = 60
        functions.timeout_seconds = 60: must be 120 to 900, in seconds: waiting for a report takes up to 60 seconds, and Lambda stops a function after 900
    [functions] timeout_seconds = 901
        functions.timeout_seconds = 901: must be 120 to 900, in seconds: waiting for a report takes up to 60 seconds, and Lambda stops a function after 900
    [functions] log_retention_days = -1
        functions.log_retention_days = -1: must be one of the days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    [functions] memroy_mb = 256
        functions.memroy_mb = 256: is not a known key; did you mean `memory_mb`?
    "#);
}
