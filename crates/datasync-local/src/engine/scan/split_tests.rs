//! A split sync copies what the sync copied: each item once, to its key.
//!
//! The tree is on disk, and the walks and filters are those of an execution.

use std::fs;
use std::path::Path;

use domain::config::{ResolvedSync, parse};
use domain::report::object_key;
use domain::split::{Directory, Size, SizedTree, propose_split, read_entry};
use posix_files::MountedDirectory;

use crate::engine::scan::filter::FilterSet;
use crate::engine::scan::read_ahead::with_readers;
use crate::engine::scan::walk::{TreeWalk, WalkedName};
use crate::engine::tree::DirectoryTree;
use crate::state::FilterRule;

const DIRECTORIES: usize = 10_000;
const FILES: usize = 200_000;
/// Names that have a meaning in filters, configurations or prefixes.
const ODD: [&str; 8] = ["a*b", "p|q", r"b\s", "line\nfeed", ".hidden", "with space", "é", "-rf"];

/// Makes files in directories of very different sizes, three levels deep.
fn create_tree(root: &Path) {
    let directory_of = |number: usize| {
        let odd = ODD[number % ODD.len()];
        root.join(format!("top{}/{odd}{}/sub{number}", number % 37, number % 211))
    };
    (0..DIRECTORIES).for_each(|number| fs::create_dir_all(directory_of(number)).unwrap());
    let source = root.join("file");
    fs::write(&source, "content").unwrap();
    for number in 0..FILES {
        // Most files are in few directories.
        let share = number * number / FILES * DIRECTORIES / FILES;
        let path = directory_of(share).join(format!("f{number}"));
        // A link needs no block of its own; file systems bound how many one file has.
        if fs::hard_link(&source, &path).is_err() {
            fs::write(&path, "content").unwrap();
        }
    }
    fs::create_dir(root.join("empty")).unwrap();
    fs::write(root.join("empty.txt"), "").unwrap();
}

/// The keys of what an execution of the sync copies.
fn walk_keys(root: &Path, sync: &ResolvedSync) -> Vec<String> {
    let rules = |patterns: &[String]| match patterns {
        [] => Vec::new(),
        some => vec![FilterRule { filter_type: None, value: some.join("|") }],
    };
    let task = &sync.config.task;
    let filters = FilterSet::new(&rules(&task.includes), &rules(&task.excludes)).unwrap();
    let source = root.join(sync.config.source.subdirectory.trim_start_matches('/'));
    let tree = DirectoryTree::open(&MountedDirectory::new(&source, "")).unwrap();
    let prefix = sync.config.destination.prefix.as_str();
    let key_of = |name| match name {
        WalkedName::Name { path, is_directory } => object_key(prefix, &path, is_directory),
        WalkedName::Unreadable { path, reason } => panic!("{path}: {reason:?}"),
    };
    with_readers(&tree, |readers| {
        TreeWalk::new(readers, prefix, &filters).unwrap().map(key_of).collect()
    })
}

fn size_directories(keys: &[String], prefix: &str) -> Directory {
    let mut tree = SizedTree::of_about(Size { items: keys.len() as u64, bytes: 0 });
    keys.iter().for_each(|key| tree.add_item(&key[prefix.len()..], 7));
    tree.finish()
}

#[test]
fn a_split_of_two_hundred_thousand_items_copies_each_once() {
    let root = tempfile::tempdir().unwrap();
    create_tree(root.path());
    let text = "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n\
        [destination]\nprefix = \"data/\"\n[task]\nexcludes = [\"*77\", \"/top5/é5\"]\n";
    let config = parse(text).unwrap();
    let sync = config.resolve_syncs().remove(0);
    let whole = walk_keys(root.path(), &sync);
    let top = size_directories(&whole, "data/");
    let (mut syncs, mut twice) = (0, 0);
    for into in [2, 7] {
        let own = read_entry(text, &sync.name);
        let proposal = propose_split(&sync, &config.sync_names(), &own, &top, into);
        let entries: String = proposal.syncs.iter().map(|sync| sync.entry.as_str()).collect();
        let split = parse(&format!("{text}{entries}")).unwrap();
        let copied = split.resolve_syncs();
        let mut keys: Vec<_> =
            copied.iter().flat_map(|sync| walk_keys(root.path(), sync)).collect();
        keys.sort();
        twice += keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
        assert!(keys.iter().eq(&whole), "{into}: {} of {}", keys.len(), whole.len());
        assert!((2..=into).contains(&copied.len()));
        let most = 2 * proposal.total.items / into as u64;
        let is_balanced = proposal.syncs.iter().all(|one| one.size.items < most);
        assert!(is_balanced || !proposal.indivisible.is_empty(), "{into}");
        syncs += copied.len();
    }
    measurements::proven("items of a split sync: all copied", whole.len(), "items");
    measurements::proven("items of a split sync: copied twice", twice, "items");
    measurements::proven("syncs that it was split into", syncs, "syncs");
}
