//! What one pair comes to.

use std::sync::Arc;

use domain::posix::{FileKind, Posix};

use super::compare::{Difference, by_metadata, by_size};
use super::failure::ItemError;
use super::item::Item;
use super::job::Run;
use super::listing::Listed;
use super::object::{Object, checked_path, head};
use super::pairs::Pair;
use super::prepare::{Action, How, Removal, skip_unchanged};

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

/// What a pair comes to, or that the object has to be asked first.
#[derive(Debug)]
pub(super) enum Judged {
    Settled(Verdict),
    Ask(Item, Listed),
}

pub(super) fn judge(run: &Run, pair: Pair) -> Judged {
    count(run, &pair);
    if run.job.restores() { restore(run, pair) } else { backup(run, pair) }
}

/// The verdict on a pair whose object's metadata is not known yet.
pub(super) async fn ask(run: Arc<Run>, item: Item, object: Listed) -> Verdict {
    match head(&run, &object).await {
        Ok(found) if run.job.restores() => restore_known(&run, item, object, &found),
        Ok(found) => backup_known(&run, item, object, &found),
        Err(reason) => Verdict::Unreadable { path: item.path, reason },
    }
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

fn backup(run: &Run, pair: Pair) -> Judged {
    Judged::Settled(match pair {
        Pair::OnlyFile { item, .. } | Pair::Both { item, .. } | Pair::Implied(item)
            if item.kind == FileKind::Special =>
        {
            Verdict::Special(item)
        }
        Pair::OnlyFile { item, key } => {
            Verdict::Write(Action { item, key, version_id: None, how: How::Create })
        }
        Pair::Implied(item) => {
            let key = super::pairs::key_of(&run.job, &item);
            Verdict::Write(Action { item, key, version_id: None, how: How::Create })
        }
        Pair::Both { item, object } => return backup_both(run, item, object),
        Pair::OnlyObject(object) => removal_of_object(run, object),
        Pair::Unreadable { path, reason } => Verdict::Unreadable { path, reason },
    })
}

fn backup_both(run: &Run, item: Item, mut object: Listed) -> Judged {
    let known_by_size = if run.job.settings.rewrite_all {
        Some(Difference::Content)
    } else {
        by_size(&item, object.size)
    };
    if let Some(difference) = known_by_size {
        return Judged::Settled(backup_different(run, item, object, difference));
    }
    match object.known.take() {
        Some(found) => Judged::Settled(backup_known(run, item, object, &found)),
        None => Judged::Ask(item, object),
    }
}

fn backup_known(run: &Run, item: Item, object: Listed, found: &Object) -> Verdict {
    let difference = by_metadata(&item, &run.job.settings.kept(&item.posix), &found.posix);
    backup_different(run, item, object, difference)
}

fn backup_different(run: &Run, item: Item, object: Listed, difference: Difference) -> Verdict {
    let how = match difference {
        Difference::None => {
            skip_unchanged(run, &item);
            return Verdict::Nothing;
        }
        _ if run.job.settings.never_overwrite => {
            return Verdict::LeaveAlone { item, key: object.key, folder: None };
        }
        Difference::Metadata => How::MetadataOnly,
        Difference::Content => How::Overwrite,
    };
    Verdict::Write(Action { item, key: object.key, version_id: None, how })
}

fn removal_of_object(run: &Run, object: Listed) -> Verdict {
    if !run.job.settings.remove_deleted {
        return Verdict::Nothing;
    }
    let kind = if object.key.ends_with('/') { FileKind::Directory } else { FileKind::Regular };
    let item = Item {
        path: run.job.path_of(&object.key),
        kind,
        posix: Posix::default(),
        size: object.size,
    };
    Verdict::Remove(Removal { item, key: object.key })
}

fn restore(run: &Run, pair: Pair) -> Judged {
    Judged::Settled(match pair {
        Pair::OnlyFile { item, key } if run.job.settings.remove_deleted => {
            Verdict::Remove(Removal { item, key })
        }
        Pair::OnlyFile { .. } | Pair::Implied(_) => Verdict::Nothing,
        Pair::OnlyObject(object) => match checked_path(run, &object) {
            Ok(path) => Verdict::Write(action(unseen(path, &object), object, How::Create)),
            Err(reason) => Verdict::Unreadable { path: run.job.path_of(&object.key), reason },
        },
        Pair::Both { item, object } => return restore_both(run, item, object),
        Pair::Unreadable { path, reason } if is_about_the_source(run, &reason) => {
            Verdict::Unreadable { path, reason }
        }
        Pair::Unreadable { path, reason } => {
            run.log.warn(&path, &reason.to_string());
            Verdict::Nothing
        }
    })
}

/// In a restore the walk's complaints are about the destination, the manifest's about the source.
pub(super) fn is_about_the_source(run: &Run, reason: &ItemError) -> bool {
    !run.job.restores()
        || !matches!(
            reason,
            ItemError::Open(_) | ItemError::OtherKind | ItemError::Name | ItemError::LongKey
        )
}

fn restore_both(run: &Run, there: Item, mut object: Listed) -> Judged {
    if run.job.settings.rewrite_all {
        let source = unseen(there.path.clone(), &object);
        let write = |source, object| Verdict::Write(action(source, object, How::Overwrite));
        let never = run.job.settings.never_overwrite;
        return Judged::Settled(if never {
            leave_alone(source, there, object)
        } else {
            write(source, object)
        });
    }
    match object.known.take() {
        Some(found) => Judged::Settled(restore_known(run, there, object, &found)),
        None => Judged::Ask(there, object),
    }
}

fn restore_known(run: &Run, there: Item, object: Listed, found: &Object) -> Verdict {
    let settings = &run.job.settings;
    let source = found.to_item(&there.path, &object.key);
    let difference = if source.kind == there.kind {
        let by_metadata = || by_metadata(&source, &settings.kept(&source.posix), &there.posix);
        by_size(&source, there.size).unwrap_or_else(by_metadata)
    } else {
        Difference::Content
    };
    if difference == Difference::None {
        skip_unchanged(run, &source);
    }
    let how = match difference {
        Difference::None if there.is_directory() => {
            return Verdict::KeepFolder(action(source, object, How::Keep));
        }
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
