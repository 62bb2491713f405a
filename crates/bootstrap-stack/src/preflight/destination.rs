//! The destination bucket of a sync. Bucket names are global, so the name may belong to another
//! account.

mod foreign;

use domain::config::ResolvedSync;
use domain::names::Names;
use reconciler::data_sources::ExistingBucket;

use super::PreflightFindings;
use crate::data_sources::DataSources;

pub(super) fn check_destination(
    sync: &ResolvedSync,
    names: &Names,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let destination = &sync.config.destination;
    let found = data_sources.buckets.get(&sync.config.destination_bucket(names));
    if let Some(account) = &destination.account {
        return foreign::check_foreign(sync, account, names, found, findings);
    }
    let region = destination.bucket_region(&names.region);
    match (&destination.bucket, found) {
        (None, Some(bucket)) if !bucket.reachable => add_taken_name(findings),
        (None, _) => {}
        (Some(name), None) => {
            findings.add_problem(
                config_key(name),
                "there is no such bucket",
                "correct it, or remove it to let the stack create a bucket",
            );
        }
        (Some(name), Some(bucket)) => check_existing(name, bucket, region, findings),
    }
}

fn add_taken_name(findings: &mut PreflightFindings) {
    findings.add_problem(
        "the destination bucket's name",
        "another account uses it: bucket names are global",
        "choose another stack.name, or name a bucket of yours in destination.bucket",
    );
}

fn check_existing(
    name: &str,
    bucket: &ExistingBucket,
    region: &str,
    findings: &mut PreflightFindings,
) {
    if !bucket.reachable {
        let why = "it belongs to another account, or this principal may not read it";
        let next = "name a bucket of this account and allow this principal to list it, or write \
            the owner's account in destination.account";
        findings.add_problem(config_key(name), why, next);
        return;
    }
    check_region(name, bucket, region, findings);
    if !bucket.versioning {
        add_missing_versioning(name, findings);
    }
}

fn check_region(
    name: &str,
    bucket: &ExistingBucket,
    region: &str,
    findings: &mut PreflightFindings,
) {
    if bucket.region != region {
        let actual = &bucket.region;
        let why = format!("it is in {actual}, and the configuration says {region}");
        let next = format!("write destination.region = \"{actual}\", or name another bucket");
        findings.add_problem(config_key(name), why, next);
    }
}

fn add_missing_versioning(name: &str, findings: &mut PreflightFindings) {
    findings.add_problem(
        config_key(name),
        "its versioning is not enabled, and each written version must be proven",
        format!(
            "run `aws s3api put-bucket-versioning --bucket {name} \
            --versioning-configuration Status=Enabled`"
        ),
    );
}

fn config_key(name: &str) -> String {
    format!("destination.bucket = {name}")
}

#[cfg(test)]
mod tests;
