//! What one pair comes to.

use std::sync::Arc;

use pipeline::posix::{FileKind, Posix};

use super::compare::{Difference, by_metadata, by_size};
use super::failure::{ItemError, Stop};
use super::item::Item;
use super::job::Run;
use super::listing::Listed;
use super::object::{checked_path, head};
use super::pairs::Pair;
use super::prepare::{Action, How, Removal};

/// What is to be done about a pair.
#[derive(Debug)]
pub(super) enum Verdict {
    Nothing,
    Write(Action),
    /// A directory of a restore that is to be as it is.
    KeepFolder(Action),
    Remove(Removal),
    /// `folder` when it is a directory of a restore, which is to keep its times.
    LeaveAlone {
        item: Item,
        key: String,
        folder: Option<Action>,
    },
    Special(Item),
    Unreadable {
        path: String,
        reason: ItemError,
    },
}

pub(super) async fn judge(run: Arc<Run>, pair: Result<Pair, Stop>) -> Result<Verdict, Stop> {
    if run.live.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    let pair = pair?;
    count(&run, &pair);
    Ok(if run.job.restores() { restore(&run, pair).await } else { backup(&run, pair).await })
}

fn count(run: &Run, pair: &Pair) {
    let count = &run.live.count;
    let of_object = |object: &Listed| object.key.ends_with('/');
    let (file, object) = match pair {
        Pair::OnlyFile { item, .. } => (Some(item.is_directory()), None),
        Pair::Both { item, object } => (Some(item.is_directory()), Some(of_object(object))),
        Pair::OnlyObject(object) => (None, Some(of_object(object))),
        Pair::Implied(_) | Pair::Unreadable { .. } => (None, None),
    };
    let (source, destination) = if run.job.restores() { (object, file) } else { (file, object) };
    if let Some(is_folder) = source {
        count.listed.one(is_folder);
    }
    if let Some(is_folder) = destination.filter(|_| run.job.settings.remove_deleted) {
        count.listed_for_delete.one(is_folder);
    }
}

async fn backup(run: &Run, pair: Pair) -> Verdict {
    match pair {
        Pair::OnlyFile { item, .. } | Pair::Both { item, .. } | Pair::Implied(item)
            if item.kind == FileKind::Special =>
        {
            Verdict::Special(item)
        }
        Pair::OnlyFile { item, key } => Verdict::Write(Action { item, key, version_id: None, how: How::Create }),
        Pair::Implied(item) => {
            let key = super::pairs::key_of(&run.job, &item);
            Verdict::Write(Action { item, key, version_id: None, how: How::Create })
        }
        Pair::Both { item, object } => backup_both(run, item, object).await,
        Pair::OnlyObject(object) => removal_of_object(run, object),
        Pair::Unreadable { path, reason } => Verdict::Unreadable { path, reason },
    }
}

async fn backup_both(run: &Run, item: Item, object: Listed) -> Verdict {
    let settings = &run.job.settings;
    let difference = if settings.rewrite_all {
        Ok(Difference::Content)
    } else if let Some(difference) = by_size(&item, object.size) {
        Ok(difference)
    } else {
        let kept = settings.kept(&item.posix);
        head(run, &object).await.map(|theirs| by_metadata(&item, &kept, &theirs.posix))
    };
    let how = match difference {
        Err(reason) => return Verdict::Unreadable { path: item.path, reason },
        Ok(Difference::None) => return Verdict::Nothing,
        Ok(_) if settings.never_overwrite => {
            return Verdict::LeaveAlone { item, key: object.key, folder: None };
        }
        Ok(Difference::Metadata) => How::MetadataOnly,
        Ok(Difference::Content) => How::Overwrite,
    };
    Verdict::Write(Action { item, key: object.key, version_id: None, how })
}

fn removal_of_object(run: &Run, object: Listed) -> Verdict {
    if !run.job.settings.remove_deleted {
        return Verdict::Nothing;
    }
    let kind = if object.key.ends_with('/') { FileKind::Directory } else { FileKind::Regular };
    let item = Item { path: run.job.path_of(&object.key), kind, posix: Posix::default(), size: object.size };
    Verdict::Remove(Removal { item, key: object.key })
}

async fn restore(run: &Run, pair: Pair) -> Verdict {
    match pair {
        Pair::OnlyFile { item, key } if run.job.settings.remove_deleted => Verdict::Remove(Removal { item, key }),
        Pair::OnlyFile { .. } | Pair::Implied(_) => Verdict::Nothing,
        Pair::OnlyObject(object) => match checked_path(run, &object) {
            Ok(path) => Verdict::Write(action(unseen(path, &object), object, How::Create)),
            Err(reason) => Verdict::Unreadable { path: run.job.path_of(&object.key), reason },
        },
        Pair::Both { item, object } => restore_both(run, item, object).await,
        Pair::Unreadable { path, reason } if is_about_the_source(run, &reason) => Verdict::Unreadable { path, reason },
        Pair::Unreadable { path, reason } => {
            run.log.warn(&path, &reason.to_string());
            Verdict::Nothing
        }
    }
}

/// In a restore the walk's complaints are about the destination, the manifest's about the source.
pub(super) fn is_about_the_source(run: &Run, reason: &ItemError) -> bool {
    !run.job.restores() || !matches!(reason, ItemError::Open(_) | ItemError::Name | ItemError::LongKey)
}

async fn restore_both(run: &Run, there: Item, object: Listed) -> Verdict {
    let settings = &run.job.settings;
    if settings.rewrite_all {
        let source = unseen(there.path.clone(), &object);
        let write = |source, object| Verdict::Write(action(source, object, How::Overwrite));
        return if settings.never_overwrite { leave_alone(source, there, object) } else { write(source, object) };
    }
    let source = match head(run, &object).await {
        Ok(found) => found.to_item(&there.path, &object.key),
        Err(reason) => return Verdict::Unreadable { path: there.path, reason },
    };
    let difference = if source.kind == there.kind {
        let by_metadata = || by_metadata(&source, &settings.kept(&source.posix), &there.posix);
        by_size(&source, there.size).unwrap_or_else(by_metadata)
    } else {
        Difference::Content
    };
    let how = match difference {
        Difference::None if there.is_directory() => return Verdict::KeepFolder(action(source, object, How::Keep)),
        Difference::None => return Verdict::Nothing,
        _ if settings.never_overwrite => return leave_alone(source, there, object),
        Difference::Metadata => How::MetadataOnly,
        Difference::Content => How::Overwrite,
    };
    Verdict::Write(action(source, object, how))
}

fn leave_alone(source: Item, there: Item, object: Listed) -> Verdict {
    let key = object.key.clone();
    let folder = there.is_directory().then(|| action(there, object, How::Keep));
    Verdict::LeaveAlone { item: source, key, folder }
}

fn action(item: Item, object: Listed, how: How) -> Action {
    Action { item, key: object.key, version_id: object.version_id, how }
}

/// An object of which only the listing is known.
fn unseen(path: String, object: &Listed) -> Item {
    let kind = if object.key.ends_with('/') { FileKind::Directory } else { FileKind::Regular };
    Item { path, kind, posix: Posix::default(), size: object.size }
}
