//! The duties of a bucket's owner as data. Pure.

use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;
use domain::sync_name::SyncName;
use domain::sync_role::BucketRoles;
use serde::Serialize;
use serde_json::{Value, json};

/// The settings and policies that a bucket needs from its owner.
#[derive(Debug, Serialize)]
pub(super) struct OwnerDuties {
    pub bucket: String,
    pub region: String,
    /// The account that owns the bucket.
    pub account: String,
    /// Whether that is another account than the stack's. Otherwise everything else is empty: the
    /// roles' own policies are enough.
    pub is_foreign: bool,
    /// All syncs that write to the bucket: one policy must allow them together.
    pub syncs: Vec<SyncName>,
    pub policy: Option<Value>,
    pub key_arn: Option<String>,
    pub key_policy: Option<Value>,
}

impl OwnerDuties {
    /// `people` are the ARNs of those who run the command line.
    pub(super) fn of_sync(
        config: &StackConfig,
        sync: &ResolvedSync,
        names: &Names,
        people: &[String],
    ) -> Self {
        let destination = &sync.config.destination;
        let account = destination.account.clone().unwrap_or_else(|| names.account.clone());
        let duties = Self {
            bucket: sync.config.destination_bucket(names),
            region: destination.bucket_region(&names.region).to_owned(),
            is_foreign: account != names.account,
            account,
            syncs: vec![sync.name.clone()],
            policy: None,
            key_arn: None,
            key_policy: None,
        };
        if !duties.is_foreign {
            return duties;
        }
        let all = config.resolve_syncs().into_iter();
        let sharing = |other: &ResolvedSync| other.config.destination.bucket == destination.bucket;
        duties.with_policies(config, &all.filter(sharing).collect::<Vec<_>>(), names, people)
    }

    /// Adds the policies for all syncs that share the bucket.
    fn with_policies(
        mut self,
        config: &StackConfig,
        sharing: &[ResolvedSync],
        names: &Names,
        people: &[String],
    ) -> Self {
        self.syncs = sharing.iter().map(|sync| sync.name.clone()).collect();
        let roles_of = |sync: &ResolvedSync| BucketRoles::of_sync(config, &sync.config, names);
        let of_bucket =
            sharing.iter().map(|sync| bootstrap_stack::bucket_policy(sync, &roles_of(sync), names));
        let prefixes = sharing.iter().map(|sync| sync.config.destination.prefix.as_str());
        let bucket = names.bucket_arn(&self.bucket);
        let of_people = people_policy(&bucket, prefixes.collect(), names, people);
        self.policy = merge_policies(of_bucket.chain(of_people).collect());
        let of_key = sharing
            .iter()
            .filter_map(|sync| bootstrap_stack::key_policy(sync, &roles_of(sync), names));
        self.key_policy = merge_policies(of_key.collect());
        self.key_arn = sharing.iter().find_map(|sync| sync.config.destination.kms_key_arn.clone());
        self
    }
}

/// The reads of the command line beside those that the policy allows everybody of the stack's
/// account: of `versions`, `get` and `restore`.
const VERSIONS: [&str; 2] = ["s3:ListBucket", "s3:ListBucketVersions"];
const OBJECTS: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];

/// Returns the statements for people; `None` where nobody is named.
///
/// The principal is the account, and the condition the ARN of the caller, which for an assumed role
/// is that of the role (IAM User Guide, "AWS global condition context keys", `aws:PrincipalArn`).
fn people_policy(
    bucket: &str,
    prefixes: Vec<&str>,
    names: &Names,
    people: &[String],
) -> Option<Value> {
    let account = format!("arn:{}:iam::{}:root", names.partition(), names.account);
    let allow = |sid: &str, actions: &[&str], resource: Value| {
        json!({
            "Sid": sid, "Effect": "Allow", "Principal": { "AWS": account }, "Action": actions,
            "Resource": resource,
            "Condition": { "ArnLike": { "aws:PrincipalArn": people } },
        })
    };
    let objects = prefixes.iter().map(|prefix| format!("{bucket}/{prefix}*"));
    let statements = [
        allow("PeopleListVersions", &VERSIONS, json!(bucket)),
        allow("PeopleReadObjects", &OBJECTS, objects.collect()),
    ];
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    (!people.is_empty()).then_some(policy)
}

/// Returns one policy with the statements of all; `None` without any.
fn merge_policies(policies: Vec<Value>) -> Option<Value> {
    let mut merged = policies.first()?.clone();
    let statements = policies.iter().filter_map(|policy| policy["Statement"].as_array()).flatten();
    merged["Statement"] = json!(statements.collect::<Vec<_>>());
    Some(merged)
}
