//! The commented `stack.toml` that `efs-s3 init` writes.

/// What only the user can know.
#[derive(Clone, Debug)]
pub struct TemplateValues<'a> {
    pub stack_name: &'a str,
    pub region: &'a str,
}

/// Every key, with its default and what is allowed.
#[must_use]
pub fn render_template(values: &TemplateValues<'_>) -> String {
    let TemplateValues { stack_name, region } = values;
    format!(
        r#"# The configuration of one stack: Amazon EFS to Amazon S3. `efs-s3 plan` shows what it means, `efs-s3 deploy` makes it so.
# What is written here is the default; what stands behind a # has none, or stands in place of something else.

[stack]
# 1 to 20 of a-z, 0-9 and -; part of every name, so changing it makes another stack.
name = "{stack_name}"
# The region of the file system, the bucket and everything else: eu-central-1, us-east-1, …
region = "{region}"
# A managed policy beyond which no role of the stack reaches (IAM calls it a permissions boundary): every role bears it, and
# bootstrap-stack can make or change none that does not. Left out: none.
# permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"

# A VPC of its own, with a public and a private subnet in each zone …
[network]
# Private IPv4 addresses, /16 to /24, that overlap with no network it shall ever talk to.
cidr = "10.42.0.0/16"
# The first so many zones of the region, 1 to 6, or their names: ["{region}a", "{region}b"]
availability_zones = 2
# The instance's way to the internet and to Session Manager; costs by the hour. There only while an instance needs it.
nat_gateway = true
# Days that the VPC's flow log is kept, one of those that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150,
# 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
flow_log_retention_days = 30
# … or, in place of these four keys, one that exists, with 1 to 6 subnets, each in a zone of its own. It stays as it is.
# DataSync's network interfaces take two addresses of the first subnet.
# vpc_id = "vpc-0123456789abcdef0"
# subnet_ids = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]

# An EFS file system of its own, encrypted, with a mount target in each zone …
[file_system]
# The key that encrypts it. Left out: AWS's own for EFS. Changing it makes another file system.
# kms_key_arn = "arn:aws:kms:{region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# elastic (pays by use, never runs dry), or bursting (grows with what is stored)
throughput_mode = "elastic"
# Days without access after which a file moves to Infrequent Access: 1, 7, 14, 30, 60, 90, 180, 270, 365. Left out: never.
# transition_to_ia_days = 30
# AWS Backup's copy of it, daily.
backup = true
# … or, in place of these four keys, one that exists; it needs network.vpc_id. It stays as it is.
# id = "fs-0123456789abcdef0"
# 1 to 5 groups for DataSync's network interfaces. Those of the mount targets must let them in on TCP 2049 (NFS).
# security_group_ids = ["sg-0123456789abcdef0"]

[source]
# The folder of the file system that is copied; begins and ends in /.
subdirectory = "/"
# The access point that DataSync mounts the file system through. Left out: none.
# access_point_id = "fsap-0123456789abcdef0"

[destination]
# A bucket that exists, versioned and in the region; it stays as it is. Left out: one of its own.
# bucket = "my-bucket"
# Prefix of every key: empty, or ends in / and does not begin with it.
prefix = ""
# STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_INSTANT_RETRIEVAL, GLACIER, DEEP_ARCHIVE
storage_class = "STANDARD"
# The key that encrypts the bucket (of one that exists: the key that it is encrypted with). Left out: S3's own keys.
# kms_key_arn = "arn:aws:kms:{region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# The rest is for a bucket of its own.
# Days after which a version that is no longer current expires. Left out: every version is kept.
# noncurrent_version_expiration_days = 365
# Days after which an object moves to a colder class, and which. Left out: never.
# transition_days = 90
# transition_storage_class = "GLACIER_INSTANT_RETRIEVAL"
# Days after which what was uploaded of an unfinished object is deleted.
abort_multipart_days = 7

[task]
# BASIC, or ENHANCED: any number of files, verified as ONLY_FILES_TRANSFERRED or NONE. Changing it makes another task.
mode = "BASIC"
# What DataSync compares at the end: ONLY_FILES_TRANSFERRED (what it has transferred; schedule.full_verification compares the
# rest), POINT_IN_TIME_CONSISTENT (everything on both sides, each time, for which it reads every object), NONE
verify_mode = "ONLY_FILES_TRANSFERRED"
# ALWAYS, or NEVER: changed files then go stale in S3.
overwrite_mode = "ALWAYS"
# The times of the last access and the last change: BEST_EFFORT and PRESERVE, or NONE and NONE.
atime = "BEST_EFFORT"
mtime = "PRESERVE"
# The numbers of user and group: both INT_VALUE, or both NONE.
uid = "INT_VALUE"
gid = "INT_VALUE"
# The mode bits: PRESERVE, NONE
posix_permissions = "PRESERVE"
# PRESERVE keeps objects whose file was deleted; REMOVE puts a delete marker on them.
preserve_deleted_files = "PRESERVE"
# CHANGED, or ALL: every file again, a new version of each.
transfer_mode = "CHANGED"
# ENABLED, or DISABLED: an execution that can't begin at once fails.
task_queueing = "ENABLED"
# OFF, BASIC (errors), TRANSFER (every file)
log_level = "TRANSFER"
# Days that DataSync's log is kept, one of the same.
log_retention_days = 7
# Bytes per second, at most. Left out: no limit.
# bytes_per_second = 104857600
# Patterns from the top of the source; * only as the last character. Empty: everything.
# "/documents*", "/code"
includes = []
# Patterns from the top of the source, or beginning with *: "/tmp", "*.swp"
excludes = []

# An Ubuntu instance that mounts the file system at /mnt/efs.
[instance]
# false: none.
enabled = true
# A family and a size; those with Graviton processors, such as t4g.micro, get an image for them.
type = "t3.micro"
# ami-…, or an SSM parameter of Canonical's. Left out: the newest Ubuntu LTS for the type.
# image = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
# GB, 8 to 16384.
root_volume_gb = 16
# Who reaches its SSH port, such as "203.0.113.7/32"; it then has a public address. Empty: Session Manager alone.
ssh_cidrs = []
# 0.0.0.0/0 among them has to be meant: say so here.
ssh_from_anywhere = false
# A key pair of EC2. Left out: none.
# key_name = "my-key"

[schedule]
# rate(value unit) or cron(minutes hours day-of-month month day-of-week year), UTC.
expression = "rate(1 hour)"
# false: executions are started by `efs-s3 sync` alone.
enabled = true
# When a run is still under way: skip (the tick passes), queue (one waits for its end), adopt (that run counts as the tick's).
when_busy = "skip"
# Hours, 1 to 168, within which a run has to be proven, else an alarm goes off; 0: none. Left out: it follows from the
# expression, at least 26.
# fresh_within_hours = 26
# When an execution compares everything on both sides: rate(value unit) or cron(…), UTC; or "never". Left out: rate(7 days)
# with verify_mode = "ONLY_FILES_TRANSFERRED", and never where each execution does so already or DataSync can't (ENHANCED,
# GLACIER, DEEP_ARCHIVE). It waits for an execution under way, whatever when_busy says.
# full_verification = "rate(7 days)"

# When a run that DataSync calls a success is doubted, and when one that does not end is cancelled.
[limits]
# Per cent fewer files than in the last good run; 100: never doubted.
max_shrink_percent = 50
# Objects that a run deleted, and the same in per cent of the files of the last good run.
max_deleted_files = 1000
max_deleted_percent = 10
# More files skipped with an error than in the last good run; unchanged ones do not count.
max_more_skipped_files = 0
# Minutes, 1 to 60, from the end of a run to its report.
report_within_minutes = 10
# Minutes, 1 to 1440, from a run's record to its proof: then the check is asked for again, twice, and then you are told.
proof_within_minutes = 60
# Minutes, 1 to 43200, that a run may be at work, in LAUNCHING, in QUEUED.
max_runtime_minutes = 1440
max_launching_minutes = 30
max_queued_minutes = 1440

# How each transferred version is proven.
[proof]
# metadata: existence, size and POSIX metadata, by a request for each; versions: existence and size, from listings.
depth = "metadata"
# rate(value unit) or cron(…), UTC: when everything that was ever proven is looked for again. Left out: by `efs-s3 audit` alone.
# audit = "rate(7 days)"
# Days, 1 to 36500, for which S3 Object Lock keeps every proof from being deleted or written over. Left out: no lock. The
# bucket's lock, once on, stays on (S3), and so does what it keeps.
# object_lock_days = 365
# GOVERNANCE: who has s3:BypassGovernanceRetention may end it before its time; COMPLIANCE: nobody may.
object_lock_mode = "GOVERNANCE"

# Who hears of what went wrong. Addresses and URLs have to confirm once.
[alerts]
# "oncall@example.com"
email = []
# "https://example.com/alerts"
https = []
# Queues, whose policy has to let the topic in: "arn:aws:sqs:{region}:111122223333:alerts"
sqs = []
# The key that encrypts the topic; its policy has to let cloudwatch.amazonaws.com use it. Left out: none.
# kms_key_arn = "arn:aws:kms:{region}:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

[functions]
# arm64, or x86_64: what they are built for (`make functions`) and run on. Changing it replaces code and architecture together.
architecture = "arm64"
# MB, 128 to 10240.
memory_mb = 256
# Seconds, 120 to 900, for start-execution and on-execution-complete; the other two have 900.
timeout_seconds = 300
# Days that the functions' logs are kept, one of the same.
log_retention_days = 30
"#
    )
}
