//! The commented `stack.toml` that `efs-s3 init` writes.

/// What only the user can know.
#[derive(Clone, Debug)]
pub struct TemplateValues<'a> {
    pub stack_name: &'a str,
    pub region: &'a str,
    pub subnet_id: &'a str,
    pub security_group_id: &'a str,
}

/// Every key, with its default and what is allowed.
#[must_use]
pub fn template(values: &TemplateValues<'_>) -> String {
    let TemplateValues { stack_name, region, subnet_id, security_group_id } = values;
    format!(
        r#"# The configuration of one stack: Amazon EFS to Amazon S3. `efs-s3 plan` shows what it means, `efs-s3 deploy` makes it so.

[stack]
# 1 to 20 of a-z, 0-9 and -; part of every name, so changing it makes another stack.
name = "{stack_name}"
# The region of the file system, the bucket and everything else: eu-central-1, us-east-1, …
region = "{region}"

[source]
# The folder of the file system that is copied; begins and ends in /.
subdirectory = "/"
# Where the mount target and DataSync's network interfaces are placed. At least two free addresses.
subnet_id = "{subnet_id}"
# 1 to 5 groups, which must let TCP 2049 (NFS) pass among themselves.
security_group_ids = ["{security_group_id}"]

[destination]
# Prefix of every key: empty, or ends in / and does not begin with it.
prefix = ""
# STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
storage_class = "STANDARD"
# Days after which a version that is no longer current expires. Left out: every version is kept.
# noncurrent_version_expiration_days = 365

[task]
# What DataSync compares at the end: POINT_IN_TIME_CONSISTENT (everything), ONLY_FILES_TRANSFERRED, NONE
verify_mode = "POINT_IN_TIME_CONSISTENT"
# ALWAYS, or NEVER: changed files then go stale in S3.
overwrite_mode = "ALWAYS"
# PRESERVE keeps objects whose file was deleted; REMOVE puts a delete marker on them.
preserve_deleted_files = "PRESERVE"
# CHANGED, or ALL: every file again, a new version of each.
transfer_mode = "CHANGED"
# OFF, BASIC (errors), TRANSFER (every file)
log_level = "TRANSFER"
# Days that DataSync's log is kept, one of those that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180,
# 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
log_retention_days = 7
# Bytes per second, at most. Left out: no limit.
# bytes_per_second = 104857600
# Patterns from the top of the source; * only as the last character. Empty: everything.
# "/documents*", "/code"
includes = []
# Patterns from the top of the source, or beginning with *: "/tmp", "*.swp"
excludes = []

[schedule]
# rate(value unit) or cron(minutes hours day-of-month month day-of-week year), UTC.
expression = "rate(1 hour)"
# false: executions are started by `efs-s3 sync` alone.
enabled = true

[functions]
# MB, 128 to 10240.
memory_mb = 256
# Seconds, 120 to 900.
timeout_seconds = 300
# Days that the functions' logs are kept, one of the same.
log_retention_days = 30
"#
    )
}
