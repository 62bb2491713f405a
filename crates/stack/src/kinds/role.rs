//! IAM role with one inline policy. Roles are global to the account and found by name.

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Cause, Found, Kind, KindError, bears_our_tags, tags};
use crate::Aws;
use crate::graph::ResourceId;

/// The one inline policy that a role of ours has.
const POLICY_NAME: &str = "permissions";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    /// Who may assume it.
    pub trust: Value,
    /// What it may do.
    pub policy: Value,
}

impl Kind for Role {
    const NAME: &'static str = "IAM role";
    const REPLACE_ON: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        let role = match aws.iam.get_role().role_name(&self.name).send().await {
            Ok(answer) => answer.role,
            Err(error) => return absent(error.into()).map_err(KindError::doing("reading IAM role", &self.name)),
        };
        let Some(role) = role else { return Ok(None) };
        let ours = bears_our_tags(aws, id, role.tags().iter().map(|tag| (tag.key(), tag.value())));
        let trust = role.assume_role_policy_document().map_or(Value::Null, document);
        let state = json!(Self { name: self.name.clone(), trust, policy: self.read_policy(aws).await? });
        let attributes =
            BTreeMap::from([("arn".to_owned(), role.arn().to_owned()), ("name".to_owned(), self.name.clone())]);
        Ok(Some(Found { state, attributes, ours }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let mut create =
            aws.iam.create_role().role_name(&self.name).assume_role_policy_document(self.trust.to_string());
        for (key, value) in tags(aws, id) {
            let tag = Tag::builder().key(key).value(value).build();
            create = create.tags(tag.map_err(|error| KindError {
                doing: format!("creating IAM role `{}`", self.name),
                source: Cause::Other(error.to_string()),
            })?);
        }
        if let Err(error) = create.send().await {
            let failure = SdkFailure::from(error);
            // An earlier call of ours whose reply was lost; a role of somebody else is not touched.
            let exists = failure.is(&["EntityAlreadyExists", "EntityAlreadyExistsException"]);
            if !exists || !self.read(aws, id).await?.is_some_and(|found| found.ours) {
                return Err(KindError::doing("creating IAM role", &self.name)(failure));
            }
        }
        self.put_policy(aws).await
    }

    async fn update(&self, aws: &Aws, _id: &ResourceId, _found: &Found, changed: &[String]) -> Result<(), KindError> {
        if changed.iter().any(|field| field == "trust") {
            let update = aws.iam.update_assume_role_policy().role_name(&self.name);
            let sent = update.policy_document(self.trust.to_string()).send().await;
            sent.map_err(KindError::doing("changing trust of IAM role", &self.name))?;
        }
        if changed.iter().any(|field| field == "policy") {
            self.put_policy(aws).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, _found: &Found) -> Result<(), KindError> {
        // A role that has policies can't be deleted, and somebody may have added some.
        self.detach_policies(aws).await?;
        self.delete_policies(aws).await?;
        if let Err(error) = aws.iam.delete_role().role_name(&self.name).send().await {
            absent(error.into()).map_err(KindError::doing("deleting IAM role", &self.name))?;
        }
        Ok(())
    }
}

impl Role {
    async fn read_policy(&self, aws: &Aws) -> Result<Value, KindError> {
        let get = aws.iam.get_role_policy().role_name(&self.name).policy_name(POLICY_NAME);
        match get.send().await {
            Ok(answer) => Ok(document(answer.policy_document())),
            Err(error) => {
                absent(error.into()).map_err(KindError::doing("reading policy of IAM role", &self.name))?;
                Ok(Value::Null)
            }
        }
    }

    async fn put_policy(&self, aws: &Aws) -> Result<(), KindError> {
        let put = aws.iam.put_role_policy().role_name(&self.name).policy_name(POLICY_NAME);
        let sent = put.policy_document(self.policy.to_string()).send().await;
        sent.map_err(KindError::doing("writing policy of IAM role", &self.name))?;
        Ok(())
    }

    async fn detach_policies(&self, aws: &Aws) -> Result<(), KindError> {
        let doing = "detaching policies from IAM role";
        let attached = match aws.iam.list_attached_role_policies().role_name(&self.name).send().await {
            Ok(answer) => answer.attached_policies.unwrap_or_default(),
            Err(error) => return absent(error.into()).map(drop).map_err(KindError::doing(doing, &self.name)),
        };
        for policy in attached {
            let detach = aws.iam.detach_role_policy().role_name(&self.name).set_policy_arn(policy.policy_arn);
            if let Err(error) = detach.send().await {
                absent(error.into()).map_err(KindError::doing(doing, &self.name))?;
            }
        }
        Ok(())
    }

    async fn delete_policies(&self, aws: &Aws) -> Result<(), KindError> {
        let doing = "deleting policies of IAM role";
        let names = match aws.iam.list_role_policies().role_name(&self.name).send().await {
            Ok(answer) => answer.policy_names,
            Err(error) => return absent(error.into()).map(drop).map_err(KindError::doing(doing, &self.name)),
        };
        for name in names {
            if let Err(error) = aws.iam.delete_role_policy().role_name(&self.name).policy_name(name).send().await {
                absent(error.into()).map_err(KindError::doing(doing, &self.name))?;
            }
        }
        Ok(())
    }
}

/// IAM answers documents URL-encoded, RFC 3986 (IAM API reference, `GetRole`).
fn document(encoded: &str) -> Value {
    let decoded = percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&decoded).unwrap_or(Value::Null)
}

/// "No such entity" is an answer; anything else is a failure.
fn absent(failure: SdkFailure) -> Result<Option<Found>, SdkFailure> {
    if failure.is(&["NoSuchEntity", "NoSuchEntityException"]) { Ok(None) } else { Err(failure) }
}
