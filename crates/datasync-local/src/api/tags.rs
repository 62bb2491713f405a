//! Tags of locations, tasks and executions.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::take_page;
use super::patterns::ModelPattern;
use super::{ApiError, without_nulls};
use crate::app::DataSyncApp;
use crate::state::{AccountRegion, AccountState, Tag};

const MOST_TAGS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagRequest {
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagRequest {
    resource_arn: String,
    keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTagsRequest {
    resource_arn: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(super) fn tag_resource(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: TagRequest,
) -> Result<Value, ApiError> {
    let new = check_tags(request.tags)?;
    app.store.write(account_region, |account| {
        check_resource(account, &request.resource_arn)?;
        let tags = account.tags.entry(request.resource_arn).or_default();
        tags.extend(new);
        if tags.len() > MOST_TAGS {
            return Err(ApiError::invalid_request(format!(
                "A resource can have at most {MOST_TAGS} tags."
            )));
        }
        Ok(json!({}))
    })
}

pub(super) fn untag_resource(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: UntagRequest,
) -> Result<Value, ApiError> {
    if request.keys.is_empty() || request.keys.len() > MOST_TAGS {
        return Err(ApiError::invalid_parameter(format!(
            "Keys must have between 1 and {MOST_TAGS} entries."
        )));
    }
    app.store.write(account_region, |account| {
        check_resource(account, &request.resource_arn)?;
        if let Some(tags) = account.tags.get_mut(&request.resource_arn) {
            tags.retain(|key, _| !request.keys.contains(key));
        }
        Ok(json!({}))
    })
}

pub(super) fn list_tags(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: ListTagsRequest,
) -> Result<Value, ApiError> {
    let tags = app.store.read(account_region, |account| {
        check_resource(account, &request.resource_arn)?;
        Ok::<_, ApiError>(account.tags.get(&request.resource_arn).cloned().unwrap_or_default())
    })?;
    let all = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
    let (tags, next) = take_page(all, request.max_results, request.next_token.as_deref())?;
    Ok(without_nulls(json!({ "Tags": tags, "NextToken": next })))
}

/// Tags given on creation, as a map; a repeated key keeps its last value.
pub(super) fn check_tags(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, ApiError> {
    if tags.len() > MOST_TAGS {
        return Err(ApiError::invalid_parameter(format!(
            "Tags must have at most {MOST_TAGS} entries."
        )));
    }
    for tag in &tags {
        ModelPattern::TagKey.check_field("Tags.Key", &tag.key)?;
        ModelPattern::TagValue.check_field("Tags.Value", &tag.value)?;
    }
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn check_resource(account: &AccountState, arn: &str) -> Result<(), ApiError> {
    ModelPattern::TaggableArn.check_field("ResourceArn", arn)?;
    let (what, known) = if arn.contains("/execution/") {
        ("Task execution", account.find_execution(arn).is_some())
    } else if arn.contains(":task/") {
        ("Task", account.find_task(arn).is_some())
    } else {
        ("Location", account.find_location(arn).is_some())
    };
    if known { Ok(()) } else { Err(ApiError::not_found(what, arn)) }
}
