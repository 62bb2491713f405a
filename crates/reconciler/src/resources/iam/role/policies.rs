//! The policies on a role, managed and inline: listing them all, putting them on, taking them off.
//! A role or a policy that is gone has none, and is off already.

use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;

use super::none_if_absent;
use crate::Aws;
use crate::kind_error::KindError;

fn policy_arns(page: ListAttachedRolePoliciesOutput) -> impl Iterator<Item = String> {
    page.attached_policies.into_iter().flatten().filter_map(|policy| policy.policy_arn)
}

/// ARNs of the managed policies, sorted.
pub(super) async fn list_attached(aws: &Aws, role: &str) -> Result<Vec<String>, KindError> {
    let mut pages = aws.iam.list_attached_role_policies().role_name(role).into_paginator().send();
    let mut arns = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => arns.extend(policy_arns(page)),
            Err(error) => {
                none_if_absent(error.into())
                    .map_err(KindError::doing("listing managed policies of IAM role", role))?;
                return Ok(Vec::new());
            }
        }
    }
    arns.sort();
    Ok(arns)
}

/// Names of the inline policies, sorted.
pub(super) async fn list_inline(aws: &Aws, role: &str) -> Result<Vec<String>, KindError> {
    let mut pages = aws.iam.list_role_policies().role_name(role).into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => names.extend(page.policy_names),
            Err(error) => {
                none_if_absent(error.into())
                    .map_err(KindError::doing("listing policies of IAM role", role))?;
                return Ok(Vec::new());
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Attaches the policies. An attached one is not changed.
pub(super) async fn attach_policies(
    aws: &Aws,
    role: &str,
    arns: &[String],
) -> Result<(), KindError> {
    for arn in arns {
        let sent = aws.iam.attach_role_policy().role_name(role).policy_arn(arn).send().await;
        sent.map_err(KindError::doing("attaching managed policies to IAM role", role))?;
    }
    Ok(())
}

pub(super) async fn detach_policies(
    aws: &Aws,
    role: &str,
    arns: &[String],
) -> Result<(), KindError> {
    for arn in arns {
        if let Err(error) =
            aws.iam.detach_role_policy().role_name(role).policy_arn(arn).send().await
        {
            none_if_absent(error.into())
                .map_err(KindError::doing("detaching managed policies from IAM role", role))?;
        }
    }
    Ok(())
}

pub(super) async fn delete_inline(
    aws: &Aws,
    role: &str,
    names: &[String],
) -> Result<(), KindError> {
    for name in names {
        if let Err(error) =
            aws.iam.delete_role_policy().role_name(role).policy_name(name).send().await
        {
            none_if_absent(error.into())
                .map_err(KindError::doing("deleting policies of IAM role", role))?;
        }
    }
    Ok(())
}
