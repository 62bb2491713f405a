//! Random histories of kinds against a model: the tree itself, and a bucket that is synchronised
//! from it as DataSync does.

use std::collections::{BTreeMap, BTreeSet};

use super::super::version_picker::{VersionPicker, sort_page};
use super::*;

const HISTORIES: u64 = 1000;
const STEPS: i64 = 14;
/// `!` comes before `/` in the order of keys, and `0` right after it.
const NAMES: [&str; 4] = ["a", "a!", "a0", "b"];

/// A path to what it is: `None` for a directory, else its content. `stamp` stands for content and
/// times.
type Tree = BTreeMap<String, Node>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    is_directory: bool,
    stamp: u64,
}

struct Random(u64);

impl Random {
    fn random_below(&mut self, end: usize) -> usize {
        // Knuth's MMIX.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn random_path(&mut self) -> String {
        (0..=self.random_below(3))
            .map(|_| NAMES[self.random_below(NAMES.len())])
            .collect::<Vec<_>>()
            .join("/")
    }
}

struct History {
    random: Random,
    removes: bool,
    tree: Tree,
    stamps: u64,
    /// A tree that was moved away and may be moved back unchanged, with its path.
    moved: Option<(String, Tree)>,
    bucket: Vec<ListedVersion>,
    current: BTreeMap<String, u64>,
}

impl History {
    /// An empty history; every second one removes what is no more.
    fn from_seed(seed: u64) -> Self {
        Self {
            random: Random(seed),
            removes: seed.is_multiple_of(2),
            tree: Tree::new(),
            stamps: 0,
            moved: None,
            bucket: Vec::new(),
            current: BTreeMap::new(),
        }
    }

    fn next_stamp(&mut self) -> u64 {
        self.stamps += 1;
        self.stamps
    }

    /// Makes the path what it says, whatever stood in the way.
    fn set_file(&mut self, path: &str, is_directory: bool) {
        for (end, _) in path.match_indices('/') {
            let above = path[..end].to_owned();
            if self.tree.get(&above).is_none_or(|node| !node.is_directory) {
                let stamp = self.next_stamp();
                self.tree.insert(above, Node { is_directory: true, stamp });
            }
        }
        self.take_away(path);
        let stamp = self.next_stamp();
        self.tree.insert(path.to_owned(), Node { is_directory, stamp });
    }

    fn take_away(&mut self, path: &str) -> Tree {
        let below = format!("{path}/");
        let (gone, left) = std::mem::take(&mut self.tree)
            .into_iter()
            .partition(|(at, _)| at == path || at.starts_with(&below));
        self.tree = left;
        gone
    }

    fn edit_tree(&mut self) {
        let path = self.random.random_path();
        match self.random.random_below(6) {
            0 => drop(self.take_away(&path)),
            1 if self.removes => {
                let gone = self.take_away(&path);
                self.moved = (!gone.is_empty()).then_some((path, gone));
            }
            2 if self.moved.is_some() => {
                let (path, gone) = self.moved.take().unwrap();
                self.set_file(&path, true);
                self.take_away(&path);
                self.tree.extend(gone);
            }
            3 => self.set_file(&path, true),
            _ => self.set_file(&path, false),
        }
    }

    /// Each step of edits, then a run; the tree at each moment.
    fn run_steps(&mut self) -> Vec<(i64, Tree)> {
        let mut trees = Vec::new();
        for step in 1..=STEPS {
            for _ in 0..=self.random.random_below(3) {
                self.edit_tree();
            }
            self.sync_bucket(2 * step);
            trees.push((2 * step, self.tree.clone()));
        }
        trees
    }

    /// A run: writes what differs, then removes what is no more.
    fn sync_bucket(&mut self, second: i64) {
        let key = |(path, node)| (key_of_node((path, node)), node.stamp);
        let wanted: BTreeMap<String, u64> = self.tree.iter().map(key).collect();
        for (key, stamp) in &wanted {
            if self.current.get(key) != Some(stamp) {
                self.add_version(key, second, false);
                self.current.insert(key.clone(), *stamp);
            }
        }
        if self.removes {
            let gone: Vec<_> =
                self.current.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
            for key in gone {
                self.add_version(&key, second, true);
                self.current.remove(&key);
            }
        }
    }

    fn add_version(&mut self, key: &str, second: i64, deleted: bool) {
        self.bucket.push(ListedVersion {
            key: key.into(),
            version_id: self.bucket.len().to_string(),
            last_modified: time_at(second),
            deleted,
            ..ListedVersion::default()
        });
    }

    /// The listing as S3 gives it: a key's versions the newest first.
    fn list_versions(&self) -> Vec<ListedVersion> {
        let mut lines = self.bucket.clone();
        let mut seen = BTreeSet::new();
        for line in lines.iter_mut().rev() {
            line.latest = seen.insert(line.key.clone());
        }
        sort_page(lines)
    }
}

fn time_at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

/// Returns the restored paths as of a time, and the undecided ones.
fn restored_paths(lines: &[ListedVersion], moment: i64) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut changes, mut as_of) =
        (TreeHistoryBuilder::new(time_at(moment)), VersionPicker::new(time_at(moment)));
    lines.iter().for_each(|line| changes.add_version(line));
    let tree = changes.finish();
    let (mut restored, mut undecided) = (BTreeSet::new(), BTreeSet::new());
    for line in lines.iter().filter_map(|line| as_of.pick_version(line.clone())) {
        match tree.existence_of(&line.key, line.last_modified) {
            Existence::Existed => drop(restored.insert(line.key)),
            Existence::DidNotExist { .. } => {}
            Existence::Undecided { restored: is_restored, .. } => {
                undecided.insert(line.key.clone());
                if is_restored {
                    restored.insert(line.key);
                }
            }
        }
    }
    (restored, undecided)
}

fn key_of_node((path, node): (&String, &Node)) -> String {
    if node.is_directory { format!("{path}/") } else { path.clone() }
}

/// Requires that no restored file stands where a restored path goes on.
fn require_one_tree(restored: &BTreeSet<String>, said: &str) {
    for key in restored {
        for (end, _) in key.match_indices('/') {
            assert!(!restored.contains(&key[..end]), "`{}` and `{key}`, {said}", &key[..end]);
        }
    }
}

/// Requires that the paths that stood are restored, and none of them is undecided.
fn require_standing(
    removes: bool,
    tree: &Tree,
    (restored, undecided): (&BTreeSet<String>, &BTreeSet<String>),
    said: &str,
) {
    let stood: BTreeSet<String> = tree.iter().map(key_of_node).collect();
    if removes {
        assert_eq!(restored, &stood, "{said}");
        assert!(undecided.is_empty(), "{undecided:?}, {said}");
    } else {
        // What was deleted comes back too, but in no place of what stood.
        assert!(stood.is_subset(restored), "{:?}, {said}", stood.difference(restored));
        assert!(stood.is_disjoint(undecided), "{:?}, {said}", stood.intersection(undecided));
    }
}

/// The keys that have a version by a time.
fn count_standing(lines: &[ListedVersion], moment: i64) -> usize {
    let standing =
        lines.iter().filter(|line| line.last_modified <= time_at(moment)).map(|line| &line.key);
    standing.collect::<BTreeSet<_>>().len()
}

#[test]
fn random_histories_of_kinds_come_back_as_one_tree() {
    let (mut compared, mut left_out, mut undecided_in_all) = (0_u32, 0, 0);
    for seed in 1..=HISTORIES {
        let mut history = History::from_seed(seed);
        let trees = history.run_steps();
        let lines = history.list_versions();
        for (moment, tree) in trees {
            let (restored, undecided) = restored_paths(&lines, moment);
            let said = format!("seed {seed}, moment {moment}: {lines:#?}");
            require_one_tree(&restored, &said);
            require_standing(history.removes, &tree, (&restored, &undecided), &said);
            left_out += count_standing(&lines, moment) - restored.len();
            undecided_in_all += undecided.len();
            compared += 1;
        }
    }
    measurements::proven(
        "histories of kinds (seeds from 1) of which each moment is one tree",
        HISTORIES,
        "histories",
    );
    measurements::proven("moments of those histories", compared, "moments");
    assert!(left_out > 0 && undecided_in_all > 0, "the histories hold no change of kind");
}

#[test]
fn runs_within_one_second_leave_one_tree_and_say_what_is_undecided() {
    for seed in 1..=500 {
        let mut history = History::from_seed(seed);
        for step in 0..STEPS {
            history.edit_tree();
            history.sync_bucket(step / 3);
        }
        let lines = history.list_versions();
        for moment in 0..=STEPS / 3 {
            let (restored, _) = restored_paths(&lines, moment);
            for key in &restored {
                let above = key
                    .match_indices('/')
                    .map(|(end, _)| &key[..end])
                    .find(|above| restored.contains(*above));
                assert_eq!(above, None, "of `{key}`, seed {seed}, moment {moment}: {lines:#?}");
            }
        }
    }
}
