//! The calls that add and revoke rules.

use aws::SdkFailure;
use aws_sdk_ec2::types::IpPermission;

use super::RuleChanges;
use super::permission::to_permission;
use crate::Aws;
use crate::resources::ec2::retry::retry_until_settled;

impl RuleChanges {
    pub(super) async fn authorise_ingress(
        &self,
        aws: &Aws,
        group_id: &str,
    ) -> Result<(), SdkFailure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let permissions: Vec<IpPermission> = self.missing.iter().map(to_permission).collect();
        // A group named as peer was just created.
        let sent = retry_until_settled(async || {
            let authorise = aws.ec2.authorize_security_group_ingress().group_id(group_id);
            authorise
                .set_ip_permissions(Some(permissions.clone()))
                .send()
                .await
                .map_err(SdkFailure::from)
        });
        sent.await.map(drop)
    }

    pub(super) async fn authorise_egress(
        &self,
        aws: &Aws,
        group_id: &str,
    ) -> Result<(), SdkFailure> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let permissions: Vec<IpPermission> = self.missing.iter().map(to_permission).collect();
        let sent = retry_until_settled(async || {
            let authorise = aws.ec2.authorize_security_group_egress().group_id(group_id);
            authorise
                .set_ip_permissions(Some(permissions.clone()))
                .send()
                .await
                .map_err(SdkFailure::from)
        });
        sent.await.map(drop)
    }

    pub(super) async fn revoke_ingress(&self, aws: &Aws, group_id: &str) -> Result<(), SdkFailure> {
        if !self.surplus.is_empty() {
            let revoke = aws.ec2.revoke_security_group_ingress().group_id(group_id);
            revoke.set_security_group_rule_ids(Some(self.surplus.clone())).send().await?;
        }
        Ok(())
    }

    pub(super) async fn revoke_egress(&self, aws: &Aws, group_id: &str) -> Result<(), SdkFailure> {
        if !self.surplus.is_empty() {
            let revoke = aws.ec2.revoke_security_group_egress().group_id(group_id);
            revoke.set_security_group_rule_ids(Some(self.surplus.clone())).send().await?;
        }
        Ok(())
    }
}
