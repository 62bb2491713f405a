//! The actions of `bootstrap-stack`, as each resource kind declares them beside its calls.
//!
//! The policy must fit into 10,240 characters. Reads are therefore allowed by wildcards, changes
//! never.

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

/// The wildcards for reads of one bucket: the bucket itself, its versions, its unfinished uploads,
/// its settings.
const LOOK_AT_BUCKET: &[&str] = &["s3:GetBucket*", "s3:ListBucket*"];

/// The wildcards for reads of one role or one instance profile.
const LOOK_AT_ROLE: &[&str] = &["iam:Get*", "iam:List*"];

/// Actions on the objects of a bucket. Objects are deleted by version.
pub(super) const OBJECTS: &[&str] = &["s3:AbortMultipartUpload", "s3:DeleteObjectVersion"];

/// Actions on the log resource policies of the account, which have no ARN.
pub(super) const LOG_RESOURCE_POLICIES: &[&str] =
    &["logs:DeleteResourcePolicy", "logs:PutResourcePolicy"];

/// Actions on roles and their policies. With a permissions boundary in the configuration they are
/// allowed only on roles with that boundary.
pub(super) const BOUNDED: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
];

/// Actions with separate statements, because each is limited by something else than a name.
const IAM_APART: &[&str] = &["iam:AttachRolePolicy", "iam:CreateServiceLinkedRole", "iam:PassRole"];

/// Returns the actions on roles and the instance profile with fixed names.
pub(super) fn iam_actions() -> Vec<&'static str> {
    let mut actions: Vec<_> =
        all_of("iam").into_iter().map(|action| shorten_action(action, LOOK_AT_ROLE)).collect();
    actions.retain(|action| !IAM_APART.contains(action));
    actions.dedup();
    actions
}

/// Returns the actions on log groups with fixed names.
pub(super) fn log_group_actions() -> Vec<&'static str> {
    let mut actions = all_of("logs");
    actions
        .retain(|action| !action.contains(":Describe") && !LOG_RESOURCE_POLICIES.contains(action));
    actions
}

/// Returns the actions on the destination bucket. `until_it_is_gone` limits them to reads and
/// deletions. The bucket is created without Object Lock.
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

/// Returns the actions of a service that [`LOOK`] does not allow, sorted.
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

/// Returns the wildcard that covers an action, or the action.
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
