//! The directories of a restore: made when missing, and given their metadata last, the deepest
//! first, when nothing that happens below changes their times or needs their permission any more.

use std::sync::Arc;

use futures::{StreamExt, stream};

use super::failure::{ItemError, Stop};
use super::fan_out::in_order;
use super::job::Run;
use super::object::find;
use super::prepare::{Action, How};
use super::source::{blocking, sha_of};
use super::spill::Spill;
use super::staging::{dress_in_place, make_directory};
use super::transfer::{Transferred, failed, succeeded};
use super::written::Written;

/// Finishes every directory of the plan.
pub(super) async fn finish(
    run: &Arc<Run>,
    folders: Spill<Action>,
    done: &mut Transferred,
) -> Result<(), Stop> {
    let folders = stream::iter(folders.into_reversed()?);
    let mut known = std::pin::pin!(in_order(folders, |action| complete(Arc::clone(run), action)));
    while let Some(action) = known.next().await {
        let (action, known) =
            action.ok_or_else(|| Stop::Broken("finishing directories".to_owned()))??;
        if run.live.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let finished = match known {
            Ok(written) => dress(run, written).await,
            Err(reason) => Err(reason),
        };
        match finished {
            Ok(_) if action.how == How::Keep => {}
            Ok(written) => done.written.push(&succeeded(run, &action, written))?,
            Err(reason) => {
                failed(run, &action, &reason);
                done.failed += 1;
            }
        }
    }
    Ok(())
}

/// Asks for the metadata of a directory that was only listed so far.
async fn complete(
    run: Arc<Run>,
    action: std::io::Result<Action>,
) -> Result<(Action, Result<Written, ItemError>), Stop> {
    let action = action?;
    let known = action.how == How::Keep || action.item.posix.mode.is_some();
    let item = if known { Ok(action.item.clone()) } else { asked(&run, &action).await };
    let written = item.map(|item| Written {
        item,
        version_id: action.version_id.clone(),
        sha: Some(sha_of(b"")),
    });
    Ok((action, written))
}

async fn asked(run: &Run, action: &Action) -> Result<super::item::Item, ItemError> {
    match find(run, &action.key, action.version_id.as_deref()).await? {
        Some(object) => Ok(object.to_item(&action.item.path, &action.key)),
        None => Err(ItemError::Changed),
    }
}

async fn dress(run: &Arc<Run>, written: Written) -> Result<Written, ItemError> {
    let (dresser, path, kept) =
        (Arc::clone(run), written.item.path.clone(), run.job.settings.kept(&written.item.posix));
    blocking(move || {
        make_directory(&dresser.tree, &path)?;
        Ok(dress_in_place(&dresser.tree, &path, &kept, false)
            .map_err(|error| ItemError::write(&error))??)
    })
    .await?;
    Ok(written)
}
