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

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::delete_role::DeleteRoleOutput;
    use aws_sdk_iam::operation::delete_role_policy::DeleteRolePolicyOutput;
    use aws_sdk_iam::operation::detach_role_policy::DetachRolePolicyOutput;
    use aws_sdk_iam::operation::get_role::GetRoleOutput;
    use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput;
    use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
    use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
    use aws_sdk_iam::operation::put_role_policy::PutRolePolicyOutput;
    use aws_sdk_iam::types::{AttachedPolicy, Role as Described};
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::mocked::{self, client, xml_refusal};

    fn desired() -> Role {
        Role {
            name: "backup-start".into(),
            trust: json!({"Statement": [{"Principal": {"Service": "lambda.amazonaws.com"}}]}),
            policy: json!({"Statement": [{"Resource": "arn:aws:s3:::a b/*"}]}),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("start-role")
    }

    fn encoded(document: &Value) -> String {
        percent_encoding::utf8_percent_encode(&document.to_string(), percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    fn role(stack: &'static str) -> Rule {
        mock!(Client::get_role).then_output(move || {
            let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
            let role = Described::builder().path("/").role_name("backup-start").role_id("AROA").arn("arn:role");
            let role = role.create_date(aws_smithy_types::DateTime::from_secs(0));
            let role = role.tags(tag("efs-s3:stack", stack)).tags(tag("efs-s3:resource", "start-role"));
            let role = role.assume_role_policy_document(encoded(&desired().trust)).build().unwrap();
            GetRoleOutput::builder().role(role).build()
        })
    }

    fn policy() -> Rule {
        mock!(Client::get_role_policy).then_output(|| {
            let policy = GetRolePolicyOutput::builder().role_name("backup-start").policy_name(POLICY_NAME);
            policy.policy_document(encoded(&desired().policy)).build().unwrap()
        })
    }

    fn refused(status: u16, code: &'static str) -> Rule {
        mock!(Client::create_role).then_http_response(move || xml_refusal(status, code))
    }

    #[tokio::test]
    async fn encoded_documents_are_read_as_they_are_desired() {
        let aws = Aws { iam: client!(aws_sdk_iam, &role("backup"), &policy()), ..mocked::aws() };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.ours), (json!(desired()), true));
        assert_eq!(found.attribute("arn"), "arn:role");
    }

    #[tokio::test]
    async fn absent_is_an_answer_and_a_lost_policy_shows() {
        let gone = mock!(Client::get_role).then_http_response(|| xml_refusal(404, "NoSuchEntity"));
        let aws = Aws { iam: client!(aws_sdk_iam, &gone), ..mocked::aws() };
        assert_eq!(desired().read(&aws, &id()).await.unwrap(), None);

        let no_policy = mock!(Client::get_role_policy).then_http_response(|| xml_refusal(404, "NoSuchEntity"));
        let aws = Aws { iam: client!(aws_sdk_iam, &role("backup"), &no_policy), ..mocked::aws() };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!(found.state["policy"], Value::Null);
    }

    #[tokio::test]
    async fn a_role_that_exists_is_taken_only_when_it_is_ours() {
        let put = mock!(Client::put_role_policy).then_output(|| PutRolePolicyOutput::builder().build());
        let exists = refused(409, "EntityAlreadyExists");
        let ours = client!(aws_sdk_iam, &exists, &role("backup"), &policy(), &put);
        desired().create(&Aws { iam: ours, ..mocked::aws() }, &id()).await.unwrap();
        assert_eq!(put.num_calls(), 1);

        let foreign = client!(aws_sdk_iam, &exists, &role("another"), &policy(), &put);
        let error = desired().create(&Aws { iam: foreign, ..mocked::aws() }, &id()).await.unwrap_err();
        assert_eq!(error.to_string(), "creating IAM role `backup-start`");
        assert_eq!(put.num_calls(), 1);
    }

    #[tokio::test]
    async fn delete_takes_every_policy_off_first() {
        let attached = mock!(Client::list_attached_role_policies).then_output(|| {
            let policy = AttachedPolicy::builder().policy_arn("arn:managed").build();
            ListAttachedRolePoliciesOutput::builder().attached_policies(policy).build()
        });
        let detach = mock!(Client::detach_role_policy)
            .match_requests(|request| request.policy_arn() == Some("arn:managed"))
            .then_output(|| DetachRolePolicyOutput::builder().build());
        let inline = mock!(Client::list_role_policies).then_output(|| {
            ListRolePoliciesOutput::builder().policy_names(POLICY_NAME).policy_names("other").build().unwrap()
        });
        let take = mock!(Client::delete_role_policy).then_output(|| DeleteRolePolicyOutput::builder().build());
        let delete = mock!(Client::delete_role).then_output(|| DeleteRoleOutput::builder().build());
        let aws = Aws {
            iam: client!(aws_sdk_iam, &role("backup"), &policy(), &attached, &detach, &inline, &take, &delete),
            ..mocked::aws()
        };
        let found = desired().read(&aws, &id()).await.unwrap().unwrap();
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((detach.num_calls(), take.num_calls(), delete.num_calls()), (1, 2, 1));
    }
}
