//! The expected result of an execution, computed from plain maps of both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Choice;
use super::tree::{Node, Tree};
use crate::fake::Version;

/// One side of an item; `None` where a value is not known or not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) kind: u32,
    pub(crate) mode: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    pub(crate) mtime: Option<i64>,
    pub(crate) body: Vec<u8>,
}

/// Paths by what becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) transferred: BTreeSet<String>,
    /// Unchanged, or not to be overwritten.
    pub(crate) skipped: BTreeSet<String>,
    pub(crate) deleted: BTreeSet<String>,
    pub(crate) verified: BTreeSet<String>,
    pub(crate) mismatch: bool,
    /// The expected item of the destination at each path of the source.
    pub(crate) after: BTreeMap<String, Face>,
}

const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;
/// An object without a mode.
const UNKNOWN: u32 = 0;

pub(crate) fn of_node(node: &Node) -> Face {
    let Node { mode, uid, gid, mtime, body } = node.clone();
    Face {
        kind: mode & 0o170_000,
        mode: Some(mode & 0o7_777),
        uid: Some(uid),
        gid: Some(gid),
        mtime: Some(mtime),
        body,
    }
}

fn kind_of(key: &str, mode: Option<u32>) -> u32 {
    match mode.map(|mode| mode & 0o170_000) {
        _ if key.ends_with('/') => FOLDER,
        Some(LINK) => LINK,
        Some(_) => REGULAR,
        None => UNKNOWN,
    }
}

/// An object as it stands.
pub(crate) fn of_object(key: &str, object: &Version) -> Face {
    let number = |name: &str| {
        object.metadata.get(name).map(|text| text.trim_end_matches("ns").parse::<i64>().unwrap())
    };
    let mode =
        object.metadata.get("file-permissions").map(|text| u32::from_str_radix(text, 8).unwrap());
    let small = |name: &str| number(name).map(|number| u32::try_from(number).unwrap());
    Face {
        kind: kind_of(key, mode),
        mode: mode.map(|mode| mode & 0o7_777),
        uid: small("file-owner"),
        gid: small("file-group"),
        mtime: number("file-mtime"),
        body: object.body.to_vec(),
    }
}

/// An object as a restore makes it.
fn restored_face(key: &str, object: &Version) -> Face {
    let face = of_object(key, object);
    let mode = match face.kind {
        LINK => 0o777,
        FOLDER => face.mode.unwrap_or(0o755),
        _ => face.mode.unwrap_or(0o644),
    };
    let written = i64::try_from(object.modified).unwrap() * 1_000_000_000;
    Face {
        kind: if face.kind == UNKNOWN { REGULAR } else { face.kind },
        mode: Some(mode),
        uid: face.uid.or(Some(65_534)),
        gid: face.gid.or(Some(65_534)),
        mtime: face.mtime.or(Some(written)),
        ..face
    }
}

impl Face {
    fn kept_by(&self, choice: &Choice) -> Self {
        Self {
            mode: self.mode.filter(|_| choice.permissions),
            uid: self.uid.filter(|_| choice.owner),
            gid: self.gid.filter(|_| choice.owner),
            mtime: self.mtime.filter(|_| choice.times),
            ..self.clone()
        }
    }

    /// With the owner and mode that stand there, where this one states none.
    fn completed_by(self, there: &Self) -> Self {
        Self {
            // The system takes setuid away from a file that gets another owner.
            mode: self.mode.or(there.mode.filter(|mode| mode & 0o6_000 == 0)),
            uid: self.uid.or(there.uid),
            gid: self.gid.or(there.gid),
            ..self
        }
    }

    /// Whether `other` has all that this one states, content apart.
    fn is_stated_by(&self, other: &Self) -> bool {
        fn states_same<T: PartialEq>(ours: Option<T>, theirs: Option<T>) -> bool {
            ours.is_none() || ours == theirs
        }
        states_same(self.mode, other.mode)
            && states_same(self.uid, other.uid)
            && states_same(self.gid, other.gid)
            && states_same(self.mtime, other.mtime)
    }
}

/// Both sides as they stand before an execution.
pub(crate) struct Before<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) objects: &'a BTreeMap<String, Version>,
    pub(crate) prefix: &'a str,
}

impl Before<'_> {
    /// The source's faces and the destination's, by path, as far as the filters admit them.
    fn sides_of(&self, choice: &Choice) -> [BTreeMap<String, Face>; 2] {
        let of_bucket = |face: fn(&str, &Version) -> Face| -> BTreeMap<String, Face> {
            let inside = self
                .objects
                .iter()
                .filter_map(|(key, object)| Some((self.path_of(key)?, face(key, object))));
            inside.filter(|(path, _)| choice.admits_path(path)).collect()
        };
        let nodes = self.tree.iter().filter(|(path, _)| choice.admits_path(path));
        let of_tree: BTreeMap<_, _> =
            nodes.map(|(path, node)| (path.clone(), of_node(node))).collect();
        if choice.restore {
            [of_bucket(restored_face), of_tree]
        } else {
            [of_tree, of_bucket(of_object)]
        }
    }

    fn path_of(&self, key: &str) -> Option<String> {
        let inside = key.strip_prefix(self.prefix).filter(|inside| !inside.is_empty())?;
        Some(format!("/{}", inside.trim_end_matches('/')))
    }

    /// Whether the bucket has the directory by what lies below it, be that left out by the filters
    /// or not: a filter that names a file says nothing of the directory the file is in.
    fn implies_directory(&self, directory: &str) -> bool {
        self.objects
            .keys()
            .filter_map(|key| self.path_of(key))
            .any(|path| is_below(directory, &path))
    }

    /// Whether the tree has something in the directory that the filters leave out, and that holds
    /// it.
    fn holds_excluded(&self, directory: &str, choice: &Choice) -> bool {
        self.tree.keys().any(|path| is_below(directory, path) && !choice.admits_path(path))
    }
}

fn is_below(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

impl Expected {
    /// Expects what the transfer makes of a path; `false` when it is left alone.
    fn expect_copy(
        &mut self,
        choice: &Choice,
        path: &str,
        kept: &Face,
        there: Option<&Face>,
    ) -> bool {
        let after = match there {
            None => Some(kept.clone()),
            Some(there) => changed_face(choice, kept, there),
        };
        let left_alone = choice.never && after.is_some() && there.is_some();
        let (paths, after) = match after {
            Some(after) if !left_alone => (&mut self.transferred, after),
            _ => (&mut self.skipped, there.unwrap().clone()),
        };
        paths.insert(path.to_owned());
        self.after.insert(path.to_owned(), after);
        !left_alone
    }

    fn expect_verification(&mut self, choice: &Choice, path: &str, kept: &Face) {
        let after = &self.after[path];
        let same_kind = after.kind == kept.kind || after.kind == UNKNOWN;
        let agrees = same_kind && after.body == kept.body && kept.is_stated_by(after);
        let looked_at = match choice.verify {
            "NONE" => false,
            "ONLY_FILES_TRANSFERRED" => self.transferred.contains(path),
            _ => true,
        };
        if looked_at {
            self.verified.insert(path.to_owned());
            self.mismatch |= !agrees;
        }
    }
}

pub(crate) fn expect_result(choice: &Choice, before: &Before<'_>) -> Expected {
    let mut expected = Expected::default();
    let [source, destination] = &before.sides_of(choice);
    for (path, face) in source {
        let kept = face.kept_by(choice);
        if expected.expect_copy(choice, path, &kept, destination.get(path)) {
            expected.expect_verification(choice, path, &kept);
        }
    }
    if choice.remove {
        let stays = |path: &str| {
            choice.restore
                && (before.implies_directory(path) || before.holds_excluded(path, choice))
        };
        let gone = destination.keys().filter(|path| !source.contains_key(*path) && !stays(path));
        expected.deleted = gone.cloned().collect();
    }
    expected
}

/// The item after the execution; `None` when it stays.
fn changed_face(choice: &Choice, kept: &Face, there: &Face) -> Option<Face> {
    let same_size = kept.body.len() == there.body.len();
    // Without a mode, a symlink and a file look the same in a bucket.
    let no_link = there.kind == UNKNOWN && kept.kind != LINK;
    let same_kind = kept.kind == there.kind || no_link || (!choice.restore && !choice.permissions);
    if choice.all || !same_size || !same_kind {
        return Some(kept.clone());
    }
    if kept.is_stated_by(there) {
        return None;
    }
    let same_time = kept.mtime.is_none() || kept.mtime == there.mtime;
    if !(same_time || kept.kind == FOLDER) {
        return Some(kept.clone());
    }
    // Only the metadata is written; in a file system, what is not kept stays.
    let written = Face { body: there.body.clone(), ..kept.clone() };
    Some(if choice.restore { written.completed_by(there) } else { written })
}
