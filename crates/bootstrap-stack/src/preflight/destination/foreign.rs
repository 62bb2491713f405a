//! A bucket of another account: it is never created or changed, so its owner must have made every
//! setting, and must allow each of our roles what it does.
//!
//! Sources: DataSync User Guide, "Tutorial: Transferring data between Amazon S3 buckets across AWS
//! accounts", step 2 (the bucket's policy) and step 3 (access control lists disabled); S3 User
//! Guide, "Using server-side encryption with AWS KMS keys" (a key of the bucket's account).

use domain::config::ResolvedSync;
use domain::names::Names;
use reconciler::data_sources::{ExistingBucket, ForeignBucket};

use super::{check_region, config_key};
use crate::preflight::PreflightFindings;

/// The statement that allows the reads of this check.
const STATEMENT: &str = "ReadSettings";
const OWNER_ENFORCED: &str = "BucketOwnerEnforced";

pub(super) fn check_foreign(
    sync: &ResolvedSync,
    account: &str,
    names: &Names,
    found: Option<&ExistingBucket>,
    findings: &mut PreflightFindings,
) {
    let destination = &sync.config.destination;
    if *account == names.account {
        let why = "it is the stack's own account";
        let next = "remove destination.account: it is for a bucket of another account";
        return findings.add_problem(format!("destination.account = {account}"), why, next);
    }
    // A configuration with an account and without a bucket is refused before.
    let Some(name) = &destination.bucket else { return };
    let Some(bucket) = found else {
        let next = "correct it, or let its owner create it";
        return findings.add_problem(config_key(name), "there is no such bucket", next);
    };
    let mut judged = ForeignFindings { name, sync, findings };
    match &bucket.foreign {
        Some(settings) if bucket.reachable => {
            check_region(name, bucket, destination.bucket_region(&names.region), judged.findings);
            judged.check_settings(settings);
        }
        _ => judged.add_unreachable(account),
    }
}

/// The findings about one bucket.
struct ForeignFindings<'a> {
    name: &'a str,
    sync: &'a ResolvedSync,
    findings: &'a mut PreflightFindings,
}

impl ForeignFindings<'_> {
    /// S3 answers 403 for another owner, too: the request names the owner.
    fn add_unreachable(&mut self, account: &str) {
        let why = format!(
            "the account {account} does not own it, or its policy lacks the statement {STATEMENT}"
        );
        let next = format!(
            "let its owner add what `{}` prints, or correct destination.account",
            self.policy_command()
        );
        self.findings.add_problem(config_key(self.name), why, next);
    }

    fn check_settings(&mut self, settings: &ForeignBucket) {
        if !settings.denied.is_empty() {
            let denied = settings.denied.join(", ");
            let why = format!("its policy allows no {denied}: the statement {STATEMENT} lacks it");
            let next = format!("let its owner add what `{}` prints", self.policy_command());
            self.findings.add_problem(config_key(self.name), why, next);
        }
        if settings.versioning == Some(false) {
            let why = "its versioning is not enabled, and each written version must be proven";
            let next = format!(
                "let its owner run `aws s3api put-bucket-versioning --bucket {} \
                    --versioning-configuration Status=Enabled`",
                self.name
            );
            self.findings.add_problem(config_key(self.name), why, next);
        }
        self.check_ownership(settings);
        self.check_key(settings);
    }

    /// With access control lists its owner could not read what DataSync writes.
    fn check_ownership(&mut self, settings: &ForeignBucket) {
        let Some(ownership) = &settings.ownership else { return };
        if ownership == OWNER_ENFORCED {
            return;
        }
        let shown = if ownership.is_empty() { "not set" } else { ownership };
        let why = format!("its object ownership is {shown}, not {OWNER_ENFORCED}");
        let next = format!(
            "let its owner run `aws s3api put-bucket-ownership-controls --bucket {} \
                --ownership-controls 'Rules=[{{ObjectOwnership={OWNER_ENFORCED}}}]'`",
            self.name
        );
        self.findings.add_problem(config_key(self.name), why, next);
    }

    /// DataSync must be allowed to use the key that encrypts new objects.
    fn check_key(&mut self, settings: &ForeignBucket) {
        let Some(key) = &settings.kms_key else { return };
        let configured = self.sync.config.destination.kms_key_arn.as_deref().unwrap_or_default();
        if key == configured {
            return;
        }
        let (why, next) = match (key.as_str(), configured) {
            ("", _) => (
                "the bucket does not encrypt with this key, but with S3's own".to_owned(),
                "remove it, or let the bucket's owner set it as default encryption".to_owned(),
            ),
            (key, _) if !key.starts_with("arn:") => (
                format!("the bucket encrypts with `{key}`, which only its own account can use"),
                "let its owner set the ARN of a customer managed key as default encryption"
                    .to_owned(),
            ),
            (key, _) => (
                format!("the bucket encrypts with {key}"),
                format!("write destination.kms_key_arn = \"{key}\""),
            ),
        };
        let shown = if configured.is_empty() { "none" } else { configured };
        self.findings.add_problem(format!("destination.kms_key_arn = {shown}"), why, next);
    }

    fn policy_command(&self) -> String {
        if self.sync.name.is_default() {
            "efs-s3 bucket-policy".to_owned()
        } else {
            format!("efs-s3 bucket-policy --sync {}", self.sync.name)
        }
    }
}
