//! The lists of DataSync, read once for a whole observation. DataSync has no search by tag, so each
//! resource is found by a search through all locations or tasks of the account, and their tags.
//!
//! Rule: an observation has its own lists, by region. A read after a write has none and calls
//! DataSync.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use aws::SdkFailure;

use super::refusals::is_absent;
use crate::Aws;
use crate::kind_error::KindError;
use crate::observation_cache::{ListedTask, Tags};
use crate::resource_id::ResourceId;
use crate::resource_kind::Actions;

pub(crate) const ACTIONS: Actions = Actions {
    look: &["datasync:ListLocations", "datasync:ListTagsForResource", "datasync:ListTasks"],
    make: &[],
    change: &[],
    implied: &[],
};

/// ARN and URI of every location.
pub(super) async fn list_locations(
    aws: &Aws,
    id: &ResourceId,
) -> Result<Vec<(String, String)>, KindError> {
    match &aws.observed_before {
        Some(lists) => {
            let lists = lists.of_region(&aws.names.region);
            lists.locations.get_or_try_init(|| ask_locations(aws, id)).await.cloned()
        }
        None => ask_locations(aws, id).await,
    }
}

/// ARN and name of every task.
pub(super) async fn list_tasks(aws: &Aws, id: &ResourceId) -> Result<Vec<ListedTask>, KindError> {
    match &aws.observed_before {
        Some(lists) => {
            let lists = lists.of_region(&aws.names.region);
            lists.tasks.get_or_try_init(|| ask_tasks(aws, id)).await.cloned()
        }
        None => ask_tasks(aws, id).await,
    }
}

/// The tags of a resource; none for one that was deleted in the meantime.
pub(super) async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, KindError> {
    let Some(lists) = &aws.observed_before else { return ask_tags(aws, arn).await };
    let known = lists.tags.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned();
    if let Some(tags) = known {
        return Ok(tags);
    }
    let tags = ask_tags(aws, arn).await?;
    lists.tags.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), tags.clone());
    Ok(tags)
}

async fn ask_locations(aws: &Aws, id: &ResourceId) -> Result<Vec<(String, String)>, KindError> {
    let mut pages = aws.datasync.list_locations().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(KindError::doing("listing DataSync locations for", id.as_str()))?;
        let locations = page.locations.unwrap_or_default().into_iter();
        found.extend(
            locations.filter_map(|location| Some((location.location_arn?, location.location_uri?))),
        );
    }
    Ok(found)
}

async fn ask_tasks(aws: &Aws, id: &ResourceId) -> Result<Vec<ListedTask>, KindError> {
    let mut pages = aws.datasync.list_tasks().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(KindError::doing("listing DataSync tasks for", id.as_str()))?;
        let tasks = page.tasks.unwrap_or_default().into_iter();
        found.extend(tasks.filter_map(|task| {
            Some(ListedTask { arn: task.task_arn?, name: task.name.unwrap_or_default() })
        }));
    }
    Ok(found)
}

/// The tags of a resource; none for one that was deleted in the meantime.
async fn ask_tags(aws: &Aws, arn: &str) -> Result<Tags, KindError> {
    // A resource has at most 50 tags and a page 100.
    match aws.datasync.list_tags_for_resource().resource_arn(arn).max_results(100).send().await {
        Ok(answer) => {
            let tags = answer.tags.unwrap_or_default().into_iter();
            Ok(tags.map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
        }
        Err(error) => {
            let failure = SdkFailure::from(error);
            let absent = is_absent(&failure);
            if absent {
                Ok(BTreeMap::new())
            } else {
                Err(KindError::doing("reading the tags of", arn)(failure))
            }
        }
    }
}

#[cfg(test)]
mod tests;
