//! Lambda function: its code deployed by `cargo lambda deploy`, its configuration by Lambda's API.
//!
//! `cargo lambda deploy` uploads whatever it is given, so it runs only when the digest of the
//! binary differs from the one in the function's tag; that tag is written after the code has
//! arrived, never before.

mod deploy;
mod update;
mod versions;

use std::collections::{BTreeMap, HashMap};

use aws::SdkFailure;
use aws_sdk_lambda::types::{Architecture, FunctionConfiguration};
use domain::names::CODE_TAG;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError, none_if_refused};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::map_has_resource_tags;
use crate::wait::{self, IAM_PROPAGATION};

/// Lambda's message for a role that it can't assume yet: "The role defined for the function cannot
/// be assumed by Lambda."
const ROLE_IS_NOT_KNOWN_YET: &str = "cannot be assumed by Lambda";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    pub name: String,
    /// The package and binary: `start-execution`.
    pub binary: String,
    /// `arm64` or `x86_64`: the architecture of the code and of the machine that runs it.
    pub architecture: String,
    pub role_arn: String,
    pub memory_mb: i32,
    pub timeout_seconds: i32,
    pub environment: BTreeMap<String, String>,
    /// SHA-256 of the ELF, lower-case hexadecimal.
    pub code_sha256: String,
}

impl ResourceKind for Function {
    const NAME: &'static str = "Lambda function";
    const ACTIONS: Actions = Actions {
        look: &[
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:ListAliases",
            "lambda:ListVersionsByFunction",
        ],
        make: &[],
        change: &[
            "lambda:DeleteFunction",
            "lambda:TagResource",
            "lambda:UntagResource",
            "lambda:UpdateFunctionConfiguration",
        ],
        implied: &["lambda:CreateFunction", "lambda:UpdateFunctionCode", "iam:PassRole"],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let answer = aws.lambda.get_function().function_name(&self.name).send().await;
        let (absent, doing) = (["ResourceNotFoundException"], "reading Lambda function");
        let Some(answer) = none_if_refused(answer, &absent, doing, &self.name)? else {
            return Ok(None);
        };
        let tagged = answer.tags.unwrap_or_default();
        let managed = map_has_resource_tags(aws, id, &tagged);
        let Some(configuration) = answer.configuration else { return Ok(None) };
        let arn = configuration.function_arn.clone().unwrap_or_default();
        let state = json!(self.live_state(configuration, &tagged));
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        wait::retry(IAM_PROPAGATION, role_is_not_known_yet, async || {
            self.deploy_code(aws, id).await
        })
        .await?;
        self.finish_update(aws).await
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        _found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let changes = |field: &str| changed.iter().any(|changed| changed == field);
        self.wait_until_ready(aws).await?;
        if !changes("code_sha256") && !changes("architecture") {
            return self.update_configuration(aws).await;
        }
        // Without the tag the code counts as unknown until the new code has arrived.
        self.untag_code(aws).await?;
        if !changes("architecture") {
            return self.create(aws, id).await;
        }
        self.replace_code_and_architecture(aws, id).await?;
        self.finish_update(aws).await
    }

    async fn delete(&self, aws: &Aws, _found: &LiveResource) -> Result<(), KindError> {
        if let Err(error) = aws.lambda.delete_function().function_name(&self.name).send().await {
            let failure = SdkFailure::from(error);
            if !failure.is(&["ResourceNotFoundException"]) {
                return Err(KindError::doing("deleting Lambda function", &self.name)(failure));
            }
        }
        Ok(())
    }
}

impl Function {
    fn live_state(
        &self,
        configuration: FunctionConfiguration,
        tags: &HashMap<String, String>,
    ) -> Self {
        let environment = configuration.environment.and_then(|environment| environment.variables);
        Self {
            name: self.name.clone(),
            // The digest of the binary, which Lambda itself does not return.
            binary: self.binary.clone(),
            architecture: architecture_of(
                configuration.architectures.as_deref().unwrap_or_default(),
            ),
            role_arn: configuration.role.unwrap_or_default(),
            memory_mb: configuration.memory_size.unwrap_or_default(),
            timeout_seconds: configuration.timeout.unwrap_or_default(),
            environment: environment.unwrap_or_default().into_iter().collect(),
            code_sha256: tags.get(CODE_TAG).cloned().unwrap_or_default(),
        }
    }

    /// `cargo lambda` calls a function whose creation it could not see succeed a failure, and finds
    /// it the next time.
    async fn deploy_code(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let existed = self.read(aws, id).await?.is_some();
        match deploy::deploy_function(aws, self, id).await {
            Err(_) if !existed && self.read(aws, id).await?.is_some() => {
                deploy::deploy_function(aws, self, id).await
            }
            outcome => outcome,
        }
    }

    fn function_arn(&self, aws: &Aws) -> String {
        aws.names.regional_arn("lambda", &format!("function:{}", self.name))
    }
}

/// Lambda's default is `x86_64` (Lambda API reference, `CreateFunction`).
fn architecture_of(architectures: &[Architecture]) -> String {
    architectures.first().unwrap_or(&Architecture::X8664).as_str().to_owned()
}

/// Whether the message of Lambda, as `cargo lambda` prints it, names a role that is too new.
fn role_is_not_known_yet(error: &KindError) -> bool {
    matches!(&error.source, Cause::Other(said) if said.contains(ROLE_IS_NOT_KNOWN_YET))
}

#[cfg(test)]
mod tests;
