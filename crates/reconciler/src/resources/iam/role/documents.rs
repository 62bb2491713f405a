//! Reads and writes of a role's documents, one call each.

use aws::SdkFailure;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::policies;
use super::{POLICY_NAME, Role, none_if_absent};
use crate::Aws;
use crate::kind_error::KindError;
use crate::policy_document;

/// The texts of a list that `read` wrote.
pub(super) fn string_list(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Decodes a document: IAM returns them URL-encoded, RFC 3986 (IAM API reference, `GetRole`).
pub(super) fn decode_document(desired: &Value, encoded: &str) -> Value {
    policy_document::parse(desired, &percent_decode_str(encoded).decode_utf8_lossy())
}

impl Role {
    pub(super) async fn read_policy(&self, aws: &Aws) -> Result<Value, KindError> {
        let get = aws.iam.get_role_policy().role_name(&self.name).policy_name(POLICY_NAME);
        match get.send().await {
            Ok(answer) => Ok(decode_document(&self.policy, answer.policy_document())),
            Err(error) => {
                none_if_absent(error.into())
                    .map_err(KindError::doing("reading policy of IAM role", &self.name))?;
                Ok(Value::Null)
            }
        }
    }

    pub(super) async fn put_policy(&self, aws: &Aws) -> Result<(), KindError> {
        let put = aws.iam.put_role_policy().role_name(&self.name).policy_name(POLICY_NAME);
        let sent = put.policy_document(self.policy.to_string()).send().await;
        sent.map_err(KindError::doing("writing policy of IAM role", &self.name))?;
        Ok(())
    }

    pub(super) async fn put_permissions_boundary(&self, aws: &Aws) -> Result<(), KindError> {
        let doing = KindError::doing("changing permissions boundary of IAM role", &self.name);
        let Some(arn) = &self.permissions_boundary_arn else {
            let sent =
                aws.iam.delete_role_permissions_boundary().role_name(&self.name).send().await;
            return match sent {
                Ok(_) => Ok(()),
                Err(error) => none_if_absent(error.into()).map(|_| ()).map_err(doing),
            };
        };
        let put =
            aws.iam.put_role_permissions_boundary().role_name(&self.name).permissions_boundary(arn);
        put.send().await.map_err(SdkFailure::from).map_err(doing)?;
        Ok(())
    }

    pub(super) async fn put_trust(&self, aws: &Aws) -> Result<(), KindError> {
        let update = aws.iam.update_assume_role_policy().role_name(&self.name);
        let sent = update.policy_document(self.trust.to_string()).send().await;
        sent.map_err(KindError::doing("changing trust of IAM role", &self.name))?;
        Ok(())
    }

    pub(super) async fn put_managed_policies(
        &self,
        aws: &Aws,
        attached: &[String],
    ) -> Result<(), KindError> {
        let missing = |arn: &&String| !attached.contains(arn);
        let missing: Vec<String> =
            self.managed_policy_arns.iter().filter(missing).cloned().collect();
        policies::attach_policies(aws, &self.name, &missing).await?;
        let surplus = |arn: &&String| !self.managed_policy_arns.contains(arn);
        let surplus: Vec<String> = attached.iter().filter(surplus).cloned().collect();
        policies::detach_policies(aws, &self.name, &surplus).await
    }
}
