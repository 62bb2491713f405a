//! Lambda function: its code deployed by `cargo lambda deploy`, its configuration by Lambda's API.
//!
//! `cargo lambda deploy` uploads whatever it is given, so it runs only when the digest of the
//! binary differs from the one in the function's tag; that tag is written after the code has
//! arrived, never before.

mod deploy;
mod versions;

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Environment, LastUpdateStatus, State};
use domain::names::CODE_TAG;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::tagging::has_resource_tags;
use crate::wait::{self, FUNCTION_UPDATE, IAM_PROPAGATION};

/// Lambda's words for a role that it can't assume yet: "The role defined for the function cannot be
/// assumed by Lambda."
const ROLE_IS_NOT_KNOWN_YET: &str = "cannot be assumed by Lambda";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    pub name: String,
    /// The package and binary: `start-execution`.
    pub binary: String,
    /// `arm64` or `x86_64`: what the code is built for, and what it runs on.
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
        let answer = match aws.lambda.get_function().function_name(&self.name).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let failure = SdkFailure::from(error);
                let absent = failure.is(&["ResourceNotFoundException"]);
                let doing = KindError::doing("reading Lambda function", &self.name);
                return if absent { Ok(None) } else { Err(doing(failure)) };
            }
        };
        let tagged = answer.tags.unwrap_or_default();
        let managed = has_resource_tags(
            aws,
            id,
            tagged.iter().map(|(key, value)| (key.as_str(), value.as_str())),
        );
        let Some(configuration) = answer.configuration else { return Ok(None) };
        let environment = configuration.environment.and_then(|environment| environment.variables);
        let state = json!(Self {
            name: self.name.clone(),
            // Lambda doesn't know which binary it runs; the digest says whether it is the right
            // one.
            binary: self.binary.clone(),
            architecture: architecture_of(
                configuration.architectures.as_deref().unwrap_or_default()
            ),
            role_arn: configuration.role.unwrap_or_default(),
            memory_mb: configuration.memory_size.unwrap_or_default(),
            timeout_seconds: configuration.timeout.unwrap_or_default(),
            environment: environment.unwrap_or_default().into_iter().collect(),
            code_sha256: tagged.get(CODE_TAG).cloned().unwrap_or_default(),
        });
        let attributes = BTreeMap::from([
            ("arn".to_owned(), configuration.function_arn.unwrap_or_default()),
            ("name".to_owned(), self.name.clone()),
        ]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        wait::retry(IAM_PROPAGATION, role_is_not_known_yet, async || self.deploy(aws, id).await)
            .await?;
        self.finish(aws).await
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        _found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let changes = |field: &str| changed.iter().any(|changed| changed == field);
        self.ready(aws).await?;
        if !changes("code_sha256") && !changes("architecture") {
            return self.configure(aws).await;
        }
        // Without its tag the code is nobody's until the new one has arrived.
        self.untag_code(aws).await?;
        if !changes("architecture") {
            return self.create(aws, id).await;
        }
        self.replace_code_and_architecture(aws, id).await?;
        self.finish(aws).await
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
    /// `cargo lambda` calls a function whose creation it could not see succeed a failure, and finds
    /// it the next time.
    async fn deploy(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        let existed = self.read(aws, id).await?.is_some();
        match deploy::run(aws, self, id).await {
            Err(_) if !existed && self.read(aws, id).await?.is_some() => {
                deploy::run(aws, self, id).await
            }
            outcome => outcome,
        }
    }

    /// What follows an upload. The tag comes last: an upload that was cut off before it is
    /// repeated.
    async fn finish(&self, aws: &Aws) -> Result<(), KindError> {
        self.ready(aws).await?;
        // The environment goes through the API: `--env-var` splits values at commas.
        self.configure(aws).await?;
        versions::delete_unused(aws, &self.name).await?;
        self.tag_code(aws).await
    }

    /// Uploads the code with its architecture, in one call: `cargo lambda deploy` sends the
    /// architecture of a new function only, and code beside another architecture does not start.
    /// `UpdateFunctionConfiguration` takes no architecture.
    async fn replace_code_and_architecture(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<(), KindError> {
        let packed = deploy::pack(aws, self, id).await?;
        let update =
            aws.lambda.update_function_code().function_name(&self.name).zip_file(Blob::new(packed));
        let update = update.architectures(Architecture::from(self.architecture.as_str()));
        update
            .send()
            .await
            .map_err(KindError::doing("replacing the code of Lambda function", &self.name))?;
        Ok(())
    }

    async fn configure(&self, aws: &Aws) -> Result<(), KindError> {
        let configured = wait::retry(
            IAM_PROPAGATION,
            |failure: &SdkFailure| failure.says(ROLE_IS_NOT_KNOWN_YET),
            async || {
                let variables = self.environment.clone().into_iter().collect();
                let environment = Environment::builder().set_variables(Some(variables)).build();
                let update = aws
                    .lambda
                    .update_function_configuration()
                    .function_name(&self.name)
                    .environment(environment);
                let update = update
                    .role(&self.role_arn)
                    .memory_size(self.memory_mb)
                    .timeout(self.timeout_seconds);
                update.send().await.map(drop).map_err(SdkFailure::from)
            },
        );
        configured.await.map_err(KindError::doing("configuring Lambda function", &self.name))?;
        self.ready(aws).await
    }

    async fn tag_code(&self, aws: &Aws) -> Result<(), KindError> {
        let tag =
            aws.lambda.tag_resource().resource(self.arn(aws)).tags(CODE_TAG, &self.code_sha256);
        tag.send().await.map_err(KindError::doing("tagging Lambda function", &self.name))?;
        Ok(())
    }

    async fn untag_code(&self, aws: &Aws) -> Result<(), KindError> {
        let sent =
            aws.lambda.untag_resource().resource(self.arn(aws)).tag_keys(CODE_TAG).send().await;
        sent.map_err(KindError::doing("untagging Lambda function", &self.name))?;
        Ok(())
    }

    fn arn(&self, aws: &Aws) -> String {
        aws.names.regional_arn("lambda", &format!("function:{}", self.name))
    }

    /// Waits until the last change has taken effect.
    async fn ready(&self, aws: &Aws) -> Result<(), KindError> {
        let failed = |what: String| KindError {
            doing: format!("waiting for Lambda function `{}`", self.name),
            source: Cause::Other(what),
        };
        let ready = wait::until(FUNCTION_UPDATE, async || {
            let get = aws.lambda.get_function_configuration().function_name(&self.name);
            let now = get
                .send()
                .await
                .map_err(KindError::doing("reading Lambda function", &self.name))?;
            match (now.state, now.last_update_status) {
                (Some(State::Failed), _) => Err(failed(now.state_reason.unwrap_or_default())),
                (_, Some(LastUpdateStatus::Failed)) => {
                    Err(failed(now.last_update_status_reason.unwrap_or_default()))
                }
                (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => Ok(None),
                _ => Ok(Some(())),
            }
        });
        ready.await?.ok_or_else(|| failed("it did not become ready in time".to_owned()))
    }
}

/// Lambda's default is `x86_64` (Lambda API reference, `CreateFunction`).
fn architecture_of(architectures: &[Architecture]) -> String {
    architectures.first().unwrap_or(&Architecture::X8664).as_str().to_owned()
}

/// What `cargo lambda` passes on of Lambda's words.
fn role_is_not_known_yet(error: &KindError) -> bool {
    matches!(&error.source, Cause::Other(said) if said.contains(ROLE_IS_NOT_KNOWN_YET))
}

#[cfg(test)]
mod tests;
