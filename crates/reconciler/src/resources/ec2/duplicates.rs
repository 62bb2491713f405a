//! Duplicates: EC2 allows any number of the same resource, of which one stays.

use crate::kind_error::KindError;
use crate::resource_kind::LiveResource;

/// The resource that stays of several, and the ids of the others, sorted. The first by id that is
/// in use stays, otherwise the first.
pub(super) async fn keep_one<T>(
    mut found: Vec<T>,
    id_of: impl Fn(&T) -> &str,
    in_use: impl AsyncFnMut(&T) -> Result<bool, KindError>,
) -> Result<Option<(T, Vec<String>)>, KindError> {
    found.sort_by(|a, b| id_of(a).cmp(id_of(b)));
    let stays = match found.len() {
        0 => return Ok(None),
        1 => 0,
        _ => first_in_use(&found, in_use).await?,
    };
    let picked = found.remove(stays);
    let duplicates = found.iter().map(|one| id_of(one).to_owned()).collect();
    Ok(Some((picked, duplicates)))
}

/// The position of the first one in use; 0 if none is.
async fn first_in_use<T>(
    found: &[T],
    mut in_use: impl AsyncFnMut(&T) -> Result<bool, KindError>,
) -> Result<usize, KindError> {
    for (position, one) in found.iter().enumerate() {
        if in_use(one).await? {
            return Ok(position);
        }
    }
    Ok(0)
}

/// The ids of the duplicates that were found with a resource.
pub(super) fn duplicate_ids(found: &LiveResource) -> Vec<String> {
    let duplicates = found.state["duplicates"].as_array().into_iter().flatten();
    duplicates.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The ids that a deletion has to remove: the resource's own and those of its duplicates.
pub(super) fn all_ids(found: &LiveResource) -> Vec<String> {
    [found.attribute("id").to_owned()].into_iter().chain(duplicate_ids(found)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_several_the_first_in_use_stays() {
        for (found, used, expected) in [
            (vec![], "", None),
            (vec!["a"], "", Some(("a", vec![]))),
            (vec!["b", "a"], "", Some(("a", vec!["b"]))),
            (vec!["c", "b", "a"], "b", Some(("b", vec!["a", "c"]))),
        ] {
            let picked = keep_one(found, |id| id, async |id| Ok(*id == used)).await.unwrap();
            let expected = expected.map(|(id, others)| {
                (id, others.into_iter().map(str::to_owned).collect::<Vec<_>>())
            });
            assert_eq!(picked, expected);
        }
    }
}
