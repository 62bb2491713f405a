//! Numbered versions of a function: `cargo lambda deploy` publishes one with each upload, and
//! Lambda keeps their code for ever, within a quota of 75 GB of a region ("Lambda quotas").

use std::collections::BTreeSet;

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};

/// The version of an unpublished function.
const LATEST: &str = "$LATEST";

/// Deletes each numbered version that no alias points to.
pub(super) async fn delete_unused(aws: &Aws, function: &str) -> Result<(), KindError> {
    let numbered = list_numbered(aws, function).await?;
    if numbered.is_empty() {
        return Ok(());
    }
    let used = used_by_aliases(aws, function).await?;
    for version in numbered.into_iter().filter(|version| !used.contains(version)) {
        let delete = aws.lambda.delete_function().function_name(function).qualifier(version);
        let doing = "deleting an old version of Lambda function";
        // Gone already, or an alias has begun to point to it.
        let fine = ["ResourceNotFoundException", "ResourceConflictException"];
        none_if_refused(delete.send().await, &fine, doing, function)?;
    }
    Ok(())
}

async fn list_numbered(aws: &Aws, function: &str) -> Result<Vec<String>, KindError> {
    let mut pages =
        aws.lambda.list_versions_by_function().function_name(function).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(KindError::doing("listing the versions of Lambda function", function))?;
        let versions =
            page.versions.unwrap_or_default().into_iter().filter_map(|version| version.version);
        found.extend(versions.filter(|version| version != LATEST));
    }
    Ok(found)
}

/// Also those that get a part of an alias's invocations.
async fn used_by_aliases(aws: &Aws, function: &str) -> Result<BTreeSet<String>, KindError> {
    let mut pages = aws.lambda.list_aliases().function_name(function).into_paginator().send();
    let mut used = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(KindError::doing("listing the aliases of Lambda function", function))?;
        for alias in page.aliases.unwrap_or_default() {
            used.extend(alias.function_version);
            let weights =
                alias.routing_config.and_then(|routing| routing.additional_version_weights);
            used.extend(weights.unwrap_or_default().into_keys());
        }
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_lambda::Client;
    use aws_sdk_lambda::operation::delete_function::DeleteFunctionOutput;
    use aws_sdk_lambda::operation::list_aliases::ListAliasesOutput;
    use aws_sdk_lambda::operation::list_versions_by_function::ListVersionsByFunctionOutput;
    use aws_sdk_lambda::types::{
        AliasConfiguration, AliasRoutingConfiguration, FunctionConfiguration,
    };
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::testing::mocked::{self, client};

    fn mock_versions() -> Rule {
        mock!(Client::list_versions_by_function).then_output(|| {
            let version = |number: &str| FunctionConfiguration::builder().version(number).build();
            let versions = [LATEST, "1", "2", "3", "4"].map(version);
            ListVersionsByFunctionOutput::builder().set_versions(Some(versions.into())).build()
        })
    }

    fn mock_aliases() -> Rule {
        mock!(Client::list_aliases).then_output(|| {
            let canary =
                AliasRoutingConfiguration::builder().additional_version_weights("3", 0.1).build();
            let alias =
                AliasConfiguration::builder().function_version("2").routing_config(canary).build();
            ListAliasesOutput::builder().aliases(alias).build()
        })
    }

    #[tokio::test]
    async fn only_numbered_versions_without_an_alias_are_deleted() {
        let (versions, aliases) = (mock_versions(), mock_aliases());
        let deleted = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&deleted);
        let delete = mock!(Client::delete_function)
            .match_requests(move |request| {
                heard.lock().unwrap().push(request.qualifier().unwrap().to_owned());
                true
            })
            .then_output(|| DeleteFunctionOutput::builder().build());
        let aws =
            Aws { lambda: client!(aws_sdk_lambda, &versions, &aliases, &delete), ..mocked::aws() };
        delete_unused(&aws, "backup-start").await.unwrap();
        assert_eq!(*deleted.lock().unwrap(), ["1", "4"]);
    }
}
