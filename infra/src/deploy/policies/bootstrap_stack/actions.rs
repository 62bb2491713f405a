//! The actions of `bootstrap-stack`, as each kind of resource declares them beside its calls.
//!
//! All of it must fit into 10,240 characters. So what only reads is allowed by wildcards, and what
//! changes never.

use reconciler::actions::of_service;

/// Reads of any resource.
pub(super) const LOOK: &[&str] = &[
    "datasync:Describe*",
    "datasync:List*",
    "ec2:Describe*",
    "elasticfilesystem:Describe*",
    "logs:Describe*",
    // `CreateLocationS3` asks for the caller's right to list, not only the role's.
    "s3:ListAllMyBuckets",
];

/// What stands for reads of one bucket: the bucket itself, its versions, its unfinished uploads,
/// its settings.
const LOOK_AT_BUCKET: &[&str] = &["s3:GetBucket*", "s3:ListBucket*"];

/// What stands for reads of one role or one instance profile.
const LOOK_AT_ROLE: &[&str] = &["iam:Get*", "iam:List*"];

/// On the objects of a bucket, not on the bucket. Deletion is by version.
pub(super) const OBJECTS: &[&str] = &["s3:AbortMultipartUpload", "s3:DeleteObjectVersion"];

/// On the log resource policies of the account: they have no ARN.
pub(super) const LOG_RESOURCE_POLICIES: &[&str] =
    &["logs:DeleteResourcePolicy", "logs:PutResourcePolicy"];

/// On roles and their policies: with a permissions boundary in the configuration, only on roles
/// that bear it.
pub(super) const BOUNDED: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
];

/// Granted by statements of their own: each is limited by something else than a name.
const IAM_APART: &[&str] = &["iam:AttachRolePolicy", "iam:CreateServiceLinkedRole", "iam:PassRole"];

/// On roles and the instance profile of fixed names.
pub(super) fn iam_actions() -> Vec<&'static str> {
    let mut actions: Vec<_> =
        all_of("iam").into_iter().map(|action| shorten_action(action, LOOK_AT_ROLE)).collect();
    actions.retain(|action| !IAM_APART.contains(action));
    actions.dedup();
    actions
}

/// On log groups of fixed names.
pub(super) fn log_group_actions() -> Vec<&'static str> {
    let mut actions = all_of("logs");
    actions
        .retain(|action| !action.contains(":Describe") && !LOG_RESOURCE_POLICIES.contains(action));
    actions
}

/// On the destination bucket, while it is ours, or only until it is gone. It is made without Object
/// Lock.
pub(super) fn bucket_actions(until_it_is_gone: bool) -> Vec<&'static str> {
    let elsewhere = ["s3:PutBucketObjectLockConfiguration"];
    let mut actions: Vec<_> =
        all_of("s3").into_iter().map(|action| shorten_action(action, LOOK_AT_BUCKET)).collect();
    actions.retain(|action| {
        !LOOK.contains(action) && !OBJECTS.contains(action) && !elsewhere.contains(action)
    });
    if until_it_is_gone {
        actions.retain(|action| {
            ["s3:Get", "s3:List", "s3:Delete"].iter().any(|verb| action.starts_with(verb))
        });
    }
    actions.dedup();
    actions
}

/// Every action of a service but those that [`LOOK`] allows, sorted.
fn all_of(service: &str) -> Vec<&'static str> {
    let mut actions: Vec<_> = [
        of_service(service, |kind| kind.look),
        of_service(service, |kind| kind.make),
        of_service(service, |kind| kind.change),
        of_service(service, |kind| kind.implied),
    ]
    .concat();
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// The wildcard that stands for an action, or the action.
fn shorten_action(action: &'static str, wildcards: &[&'static str]) -> &'static str {
    wildcards
        .iter()
        .find(|wildcard| action.starts_with(wildcard.trim_end_matches('*')))
        .unwrap_or(&action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_reads_alone() {
        for action in LOOK
            .iter()
            .chain(LOOK_AT_BUCKET)
            .chain(LOOK_AT_ROLE)
            .filter(|action| action.ends_with('*'))
        {
            let looks = ["Describe", "Get", "List"].iter().any(|verb| action.contains(verb));
            assert!(looks, "{action}");
        }
    }
}
