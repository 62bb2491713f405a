//! The bucket: S3's names are global, so the one we want may be somebody else's.

use domain::config::StackConfig;
use reconciler::data_sources::ExistingBucket;

use super::Findings;
use crate::surroundings::Surroundings;

pub(super) fn check(
    config: &StackConfig,
    region: &str,
    surroundings: &Surroundings,
    findings: &mut Findings,
) {
    match (&config.destination.bucket, &surroundings.bucket) {
        (None, Some(bucket)) if !bucket.reachable => findings.problem(
            "the destination bucket's name",
            "it is taken by another account: S3's names are global",
            "choose another stack.name, or name a bucket of yours in destination.bucket",
        ),
        (None, _) => {}
        (Some(name), None) => {
            findings.problem(
                key(name),
                "there is no such bucket",
                "correct it, or leave it out for a bucket of the stack's own",
            );
        }
        (Some(name), Some(bucket)) => existing(name, bucket, region, findings),
    }
}

fn existing(name: &str, bucket: &ExistingBucket, region: &str, findings: &mut Findings) {
    if !bucket.reachable {
        let why = "it belongs to another account, or this one may not look at it";
        findings.problem(
            key(name),
            why,
            "name a bucket of this account, and let this principal list it",
        );
        return;
    }
    if bucket.region != region {
        let why = format!("it lies in {}, and the stack in {region}", bucket.region);
        findings.problem(key(name), why, "name a bucket of the stack's region");
    }
    if !bucket.versioning {
        let why = "it keeps no versions, and each version that is written has to be proven";
        findings.problem(
            key(name),
            why,
            format!(
                "run `aws s3api put-bucket-versioning --bucket {name} \
                --versioning-configuration Status=Enabled`"
            ),
        );
    }
}

fn key(name: &str) -> String {
    format!("destination.bucket = {name}")
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;
    use crate::fixtures::{config, surroundings};

    fn found(named: Option<&str>, bucket: Option<ExistingBucket>) -> String {
        let mut config = config();
        config.destination.bucket = named.map(str::to_owned);
        lines(|findings| {
            check(&config, "eu-central-1", &Surroundings { bucket, ..surroundings() }, findings)
        })
    }

    fn bucket(region: &str, versioning: bool, reachable: bool) -> Option<ExistingBucket> {
        Some(ExistingBucket { region: region.into(), versioning, reachable })
    }

    #[test]
    fn a_bucket_to_be_made_must_be_free_or_ours() {
        assert_eq!(found(None, None), "");
        assert_eq!(found(None, bucket("eu-central-1", true, true)), "");
        insta::assert_snapshot!(found(None, bucket("", false, false)), @"! the destination bucket's name: it is taken by another account: S3's names are global; choose another stack.name, or name a bucket of yours in destination.bucket");
    }

    #[test]
    fn an_existing_bucket_must_be_near_and_keep_versions() {
        assert_eq!(found(Some("archive"), bucket("eu-central-1", true, true)), "");
        insta::assert_snapshot!(found(Some("archive"), None), @"! destination.bucket = archive: there is no such bucket; correct it, or leave it out for a bucket of the stack's own");
        insta::assert_snapshot!(found(Some("archive"), bucket("us-east-1", false, true)), @"
        ! destination.bucket = archive: it lies in us-east-1, and the stack in eu-central-1; name a bucket of the stack's region
        ! destination.bucket = archive: it keeps no versions, and each version that is written has to be proven; run `aws s3api put-bucket-versioning --bucket archive --versioning-configuration Status=Enabled`
        ");
        insta::assert_snapshot!(found(Some("archive"), bucket("", true, false)), @"! destination.bucket = archive: it belongs to another account, or this one may not look at it; name a bucket of this account, and let this principal list it");
    }
}
