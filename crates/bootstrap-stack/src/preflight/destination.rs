//! The destination bucket. Bucket names are global, so the name may belong to another account.

use domain::config::StackConfig;
use reconciler::data_sources::ExistingBucket;

use super::PreflightFindings;
use crate::data_sources::DataSources;

pub(super) fn check_destination(
    config: &StackConfig,
    region: &str,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    match (&config.destination.bucket, &data_sources.bucket) {
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
        let next = "name a bucket of this account, and allow this principal to list it";
        findings.add_problem(config_key(name), why, next);
        return;
    }
    if bucket.region != region {
        let why = format!("it is in {}, and the stack is in {region}", bucket.region);
        findings.add_problem(config_key(name), why, "name a bucket of the stack's region");
    }
    if !bucket.versioning {
        add_missing_versioning(name, findings);
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
mod tests {
    use super::super::finding_lines;
    use super::*;
    use crate::testing::{test_config, three_zones};

    fn lines_for(named: Option<&str>, bucket: Option<ExistingBucket>) -> String {
        let mut config = test_config();
        config.destination.bucket = named.map(str::to_owned);
        finding_lines(|findings| {
            check_destination(
                &config,
                "eu-central-1",
                &DataSources { bucket, ..three_zones() },
                findings,
            )
        })
    }

    fn bucket_in(region: &str, versioning: bool, reachable: bool) -> Option<ExistingBucket> {
        Some(ExistingBucket { region: region.into(), versioning, reachable })
    }

    #[test]
    fn the_name_of_a_new_bucket_must_be_free_or_ours() {
        assert_eq!(lines_for(None, None), "");
        assert_eq!(lines_for(None, bucket_in("eu-central-1", true, true)), "");
        assert_eq!(
            lines_for(None, bucket_in("", false, false)),
            "! the destination bucket's name: another account uses it: bucket names are \
             global; choose another stack.name, or name a bucket of yours in \
             destination.bucket"
        );
    }

    #[test]
    fn an_existing_bucket_must_be_in_the_region_and_versioned() {
        assert_eq!(lines_for(Some("archive"), bucket_in("eu-central-1", true, true)), "");
        assert_eq!(
            lines_for(Some("archive"), None),
            "! destination.bucket = archive: there is no such bucket; correct it, or remove \
             it to let the stack create a bucket"
        );
        insta::assert_snapshot!(lines_for(Some("archive"), bucket_in("us-east-1", false, true)), @"
        ! destination.bucket = archive: it is in us-east-1, and the stack is in eu-central-1; name a bucket of the stack's region
        ! destination.bucket = archive: its versioning is not enabled, and each written version must be proven; run `aws s3api put-bucket-versioning --bucket archive --versioning-configuration Status=Enabled`
        ");
        assert_eq!(
            lines_for(Some("archive"), bucket_in("", true, false)),
            "! destination.bucket = archive: it belongs to another account, or this \
             principal may not read it; name a bucket of this account, and allow this \
             principal to list it"
        );
    }
}
