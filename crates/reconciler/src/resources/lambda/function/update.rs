//! Changes to an existing function, one call each.

use aws::SdkFailure;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Environment, LastUpdateStatus, State};
use domain::names::CODE_TAG;

use super::{Function, ROLE_IS_NOT_KNOWN_YET};
use super::{deploy, versions};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::wait::{self, FUNCTION_UPDATE, IAM_PROPAGATION};

impl Function {
    /// Completes an upload. The tag comes last, so that an upload interrupted before it is
    /// repeated.
    pub(super) async fn finish_update(&self, aws: &Aws) -> Result<(), KindError> {
        self.wait_until_ready(aws).await?;
        // The environment goes through the API: `--env-var` splits values at commas.
        self.update_configuration(aws).await?;
        versions::delete_unused(aws, &self.name).await?;
        self.tag_code(aws).await
    }

    /// Uploads the code with its architecture, in one call: `cargo lambda deploy` sends the
    /// architecture of a new function only, and code beside another architecture does not start.
    /// `UpdateFunctionConfiguration` takes no architecture.
    pub(super) async fn replace_code_and_architecture(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<(), KindError> {
        let packed = deploy::pack_function(aws, self, id).await?;
        let update =
            aws.lambda.update_function_code().function_name(&self.name).zip_file(Blob::new(packed));
        let update = update.architectures(Architecture::from(self.architecture.as_str()));
        update
            .send()
            .await
            .map_err(KindError::doing("replacing the code of Lambda function", &self.name))?;
        Ok(())
    }

    pub(super) async fn update_configuration(&self, aws: &Aws) -> Result<(), KindError> {
        let configured = wait::retry(
            IAM_PROPAGATION,
            |failure: &SdkFailure| failure.says(ROLE_IS_NOT_KNOWN_YET),
            async || {
                let update = self.configuration_request(aws);
                update.send().await.map(drop).map_err(SdkFailure::from)
            },
        );
        configured.await.map_err(KindError::doing("configuring Lambda function", &self.name))?;
        self.wait_until_ready(aws).await
    }

    fn configuration_request(&self, aws: &Aws) -> UpdateFunctionConfigurationFluentBuilder {
        let variables = self.environment.clone().into_iter().collect();
        let environment = Environment::builder().set_variables(Some(variables)).build();
        let update = aws
            .lambda
            .update_function_configuration()
            .function_name(&self.name)
            .environment(environment);
        update.role(&self.role_arn).memory_size(self.memory_mb).timeout(self.timeout_seconds)
    }

    pub(super) async fn tag_code(&self, aws: &Aws) -> Result<(), KindError> {
        let tag = aws
            .lambda
            .tag_resource()
            .resource(self.function_arn(aws))
            .tags(CODE_TAG, &self.code_sha256);
        tag.send().await.map_err(KindError::doing("tagging Lambda function", &self.name))?;
        Ok(())
    }

    pub(super) async fn untag_code(&self, aws: &Aws) -> Result<(), KindError> {
        let sent = aws
            .lambda
            .untag_resource()
            .resource(self.function_arn(aws))
            .tag_keys(CODE_TAG)
            .send()
            .await;
        sent.map_err(KindError::doing("untagging Lambda function", &self.name))?;
        Ok(())
    }

    /// Waits until the last change has taken effect.
    pub(super) async fn wait_until_ready(&self, aws: &Aws) -> Result<(), KindError> {
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
            check_readiness(now).map_err(failed)
        });
        ready.await?.ok_or_else(|| failed("it did not become ready in time".to_owned()))
    }
}

/// Returns `None` while a change is under way; the error is the reason of a failed one.
fn check_readiness(now: GetFunctionConfigurationOutput) -> Result<Option<()>, String> {
    match (now.state, now.last_update_status) {
        (Some(State::Failed), _) => Err(now.state_reason.unwrap_or_default()),
        (_, Some(LastUpdateStatus::Failed)) => {
            Err(now.last_update_status_reason.unwrap_or_default())
        }
        (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => Ok(None),
        _ => Ok(Some(())),
    }
}
