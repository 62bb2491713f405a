//! In IAM.

use anyhow::Context;

use super::{Alteration, read_attribute};

/// A policy that nobody should have.
pub(crate) const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
/// Trusts a whole account.
const ANOTHER_ACCOUNT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"sts:AssumeRole"}]}"#;
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const SESSION_MANAGER: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

pub(super) const ALTERATIONS: &[Alteration] = &[
    ("a role trusts another account", |aws, made| {
        Box::pin(async move {
            let role = read_attribute(made, "destination-role", "name")?;
            aws.iam
                .update_assume_role_policy()
                .role_name(role)
                .policy_document(ANOTHER_ACCOUNT)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("a role gets one more inline policy", |aws, made| {
        Box::pin(async move {
            let role = read_attribute(made, "source-role", "name")?;
            let put = aws.iam.put_role_policy().role_name(role).policy_name("by-hand");
            put.policy_document(EVERYTHING).send().await?;
            Ok(())
        })
    }),
    ("a role's policy is another", |aws, made| {
        Box::pin(async move {
            let role = read_attribute(made, "report-role", "name")?;
            let names = aws.iam.list_role_policies().role_name(role).send().await?;
            let name = names.policy_names().first().context("the role has no policy")?;
            aws.iam
                .put_role_policy()
                .role_name(role)
                .policy_name(name)
                .policy_document(EVERYTHING)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("a role has no policy", |aws, made| {
        Box::pin(async move {
            let role = read_attribute(made, "flow-log-role", "name")?;
            let names = aws.iam.list_role_policies().role_name(role).send().await?;
            for name in names.policy_names() {
                aws.iam.delete_role_policy().role_name(role).policy_name(name).send().await?;
            }
            Ok(())
        })
    }),
    ("the instance becomes an administrator", |aws, made| {
        Box::pin(async move {
            let role = read_attribute(made, "instance-role", "name")?;
            aws.iam.attach_role_policy().role_name(role).policy_arn(ADMINISTRATOR).send().await?;
            Ok(())
        })
    }),
    ("the instance is out of Session Manager's reach", |aws, made| {
        Box::pin(async move {
            let role = read_attribute(made, "instance-role", "name")?;
            aws.iam.detach_role_policy().role_name(role).policy_arn(SESSION_MANAGER).send().await?;
            Ok(())
        })
    }),
    ("the instance profile has no role", |aws, made| {
        Box::pin(async move {
            let profile = read_attribute(made, "instance-profile", "name")?;
            let role = read_attribute(made, "instance-role", "name")?;
            let remove = aws.iam.remove_role_from_instance_profile().instance_profile_name(profile);
            remove.role_name(role).send().await?;
            Ok(())
        })
    }),
];
