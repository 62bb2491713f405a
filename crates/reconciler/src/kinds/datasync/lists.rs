//! The lists of DataSync, read once for a whole observation: DataSync has no search by tag, so that
//! each resource is found by going through all locations or tasks of the account, and their tags.
//!
//! Rule: an observation has lists of its own. What reads to see what it just made has none, and
//! asks DataSync.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::{ask_locations, ask_tags, ask_tasks};
use crate::Aws;
use crate::graph::ResourceId;
use crate::kinds::KindError;

type Tags = BTreeMap<String, String>;

/// What was read so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    locations: Arc<OnceCell<Vec<(String, String)>>>,
    tasks: Arc<OnceCell<Vec<String>>>,
    tags: Arc<Mutex<BTreeMap<String, Tags>>>,
}

/// ARN and URI of every location.
pub(super) async fn locations(
    aws: &Aws,
    id: &ResourceId,
) -> Result<Vec<(String, String)>, KindError> {
    match &aws.datasync_lists {
        Some(lists) => lists.locations.get_or_try_init(|| ask_locations(aws, id)).await.cloned(),
        None => ask_locations(aws, id).await,
    }
}

/// ARN of every task.
pub(in crate::kinds) async fn tasks(aws: &Aws, id: &ResourceId) -> Result<Vec<String>, KindError> {
    match &aws.datasync_lists {
        Some(lists) => lists.tasks.get_or_try_init(|| ask_tasks(aws, id)).await.cloned(),
        None => ask_tasks(aws, id).await,
    }
}

/// None for what was deleted meanwhile.
pub(super) async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, KindError> {
    let Some(lists) = &aws.datasync_lists else { return ask_tags(aws, arn).await };
    let known = lists.tags.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned();
    if let Some(tags) = known {
        return Ok(tags);
    }
    let tags = ask_tags(aws, arn).await?;
    lists.tags.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned(), tags.clone());
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use crate::Aws;
    use crate::graph::ResourceId;
    use crate::kinds::datasync::find_location;
    use crate::kinds::datasync::testing::{lists_location, tagged};
    use crate::kinds::mocked::{self, client};

    #[tokio::test]
    async fn an_observation_reads_the_list_and_the_tags_once() {
        let (list, tags) =
            (lists_location("arn:l", "s3://bucket/"), tagged("backup", "destination-location"));
        let aws = Aws { datasync: client!(aws_sdk_datasync, &list, &tags), ..mocked::aws() };
        let find = async |aws: &Aws, id: &str| {
            find_location(aws, &ResourceId::new(id), "s3://").await.unwrap()
        };

        let observation = aws.with_lists_of_its_own();
        assert!(find(&observation, "destination-location").await.is_some());
        assert!(find(&observation, "restore-source-location").await.is_none());
        assert_eq!((list.num_calls(), tags.num_calls()), (1, 1));

        assert!(find(&aws.with_lists_of_its_own(), "destination-location").await.is_some());
        assert_eq!((list.num_calls(), tags.num_calls()), (2, 2), "the next observation reads anew");
        assert!(find(&aws, "destination-location").await.is_some());
        assert!(find(&aws, "destination-location").await.is_some());
        assert_eq!((list.num_calls(), tags.num_calls()), (4, 4), "outside of one nothing is kept");
    }
}
