//! Tests of proposals: on trees by chance, and on trees that are hard to divide.

use std::collections::BTreeMap;

use super::cut::cut_tree;
use super::*;
use crate::config::{StackConfig, parse};
use crate::sync_name::SyncName;

const HEAD: &str = "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n";

/// Paths with their bytes, in the order of their keys.
type Tree = BTreeMap<String, u64>;

/// Adds a file and the directories above it.
fn add_file(tree: &mut Tree, path: &str, bytes: u64) {
    for (end, _) in path.match_indices('/') {
        tree.insert(path[..=end].to_owned(), 0);
    }
    tree.insert(path.to_owned(), bytes);
}

fn top_of(tree: &Tree) -> Directory {
    let whole = tree.values().map(|bytes| Size { items: 1, bytes: *bytes }).sum();
    let mut built = SizedTree::of_about(whole);
    tree.iter().for_each(|(path, bytes)| built.add_item(path, *bytes));
    built.finish()
}

fn propose(text: &str, tree: &Tree, into: usize) -> SplitProposal {
    let config = parse(&format!("{HEAD}{text}")).unwrap();
    let sync = config.resolve_syncs().remove(0);
    let own = read_entry(text, &sync.name);
    propose_split(&sync, &config.sync_names(), &own, &top_of(tree), into)
}

/// The configuration with the proposed entries instead of its own.
fn apply(text: &str, proposal: &SplitProposal) -> StackConfig {
    let shared = text.split("[[sync]]").next().unwrap();
    let entries: String = proposal.syncs.iter().map(|sync| sync.entry.as_str()).collect();
    parse(&format!("{HEAD}{shared}{entries}")).unwrap_or_else(|why| panic!("{why}\n{entries}"))
}

/// A sequence that a seed determines (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

const NAMES: [&str; 14] = [
    "a",
    "ab",
    "a b",
    "photos",
    ".hidden",
    "é",
    "x*",
    "p|q",
    r"b\s",
    "line\nfeed",
    "\u{fffd}",
    "quote\"s",
    "-rf",
    "1+1=2",
];

fn random_tree(seed: u64) -> Tree {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut tree, mut directories) = (Tree::new(), vec![String::new()]);
    for number in 0..chance.below(600) {
        let index = usize::try_from(chance.below(directories.len() as u64)).unwrap();
        let name = NAMES[usize::try_from(chance.below(NAMES.len() as u64)).unwrap()];
        let path = format!("{}{name}{}", directories[index], number / 3);
        if chance.below(3) == 0 {
            directories.push(format!("{path}/"));
        } else {
            let bytes = 1 << chance.below(30);
            add_file(&mut tree, &path, bytes);
        }
    }
    tree
}

#[test]
fn random_trees_are_divided_without_rest_and_overlap() {
    let mut proposals = 0_u32;
    for seed in 0..100 {
        let tree = random_tree(seed);
        for into in [1, 2, 3, 7, 50] {
            let proposal = propose("", &tree, into);
            assert_eq!(proposal.syncs.iter().map(|sync| sync.size).sum::<Size>(), proposal.total);
            let config = apply("", &proposal);
            assert_copied_once(&config, &tree, seed);
            assert_balanced(&tree, &proposal, into);
            proposals += 1;
        }
    }
    measurements::proven("splits of random trees: all once", proposals, "splits");
}

/// Every item is copied by one of the syncs, to the key that it had.
fn assert_copied_once(config: &StackConfig, tree: &Tree, seed: u64) {
    let syncs = config.resolve_syncs();
    for path in tree.keys() {
        let copies = syncs.iter().filter(|sync| {
            let (source, prefix) =
                (&sync.config.source.subdirectory, &sync.config.destination.prefix);
            assert_eq!(source[1..], **prefix, "the key is the path below the source");
            let below = format!("/{path}").strip_prefix(source.as_str()).map(ToOwned::to_owned);
            below.is_some_and(|below| {
                !below.is_empty() && is_copied(&sync.config.task, &format!("/{below}"))
            })
        });
        assert_eq!(copies.count(), 1, "seed {seed}: {path:?}");
    }
}

/// No sync is heavier than the rest alone, or than a share and the heaviest directory.
fn assert_balanced(tree: &Tree, proposal: &SplitProposal, into: usize) {
    let top = top_of(tree);
    let (whole, task) = (top.total, parse(HEAD).unwrap().task);
    let cut = cut_tree(&top, into, |path| {
        pattern::is_nameable(path) && pattern::is_included(&task, path)
    });
    let heaviest = cut.directories.iter().map(|one| one.size.weight(whole)).max().unwrap_or(0);
    let share = whole.weight(whole) / into as u128;
    let bound = cut.rest.weight(whole).max(share + heaviest);
    assert!(proposal.syncs.iter().all(|sync| sync.size.weight(whole) <= bound));
    let indivisible = proposal.indivisible.iter().map(|one| one.size.weight(whole)).max();
    assert!(heaviest <= share.max(indivisible.unwrap_or(0)), "what is heavier is told");
}

#[test]
fn the_same_sizes_give_the_same_proposal() {
    let text = |tree: &Tree| serde_json::to_string(&propose("", tree, 4)).unwrap();
    assert_eq!(text(&random_tree(7)), text(&random_tree(7)));
}

/// A hundred homes of different sizes, and a few files at the top.
fn homes() -> Tree {
    let mut tree = Tree::new();
    for user in 0..100 {
        for file in 0..=user {
            add_file(&mut tree, &format!("home/user{user:02}/f{file}"), 1000);
        }
    }
    add_file(&mut tree, "photos/2025/a.jpg", 5_000_000);
    add_file(&mut tree, "readme", 10);
    tree
}

#[test]
fn the_entries_keep_all_other_keys_of_the_sync() {
    let text = "[[sync]]\nname = \"all\"\nsource.subdirectory = \"/data/\"\n\
        destination.prefix = \"data/\"\nschedule.expression = \"rate(2 hours)\"\n\
        task.excludes = [\"/photos/cache\", \"*.swp\"]\n\
        task.preserve_deleted_files = \"REMOVE\"\n";
    let mut tree = homes();
    tree.retain(|path, _| !path.contains("/user") || path.contains("/user9"));
    let proposal = propose(text, &tree, 3);
    let entries: Vec<_> = proposal.syncs.iter().map(|sync| sync.entry.as_str()).collect();
    insta::assert_snapshot!(entries.join("\n"), @r#"
    [[sync]]
    name = "all"
    destination.prefix = "data/"
    schedule.expression = "rate(2 hours)"
    source.subdirectory = "/data/"
    task.excludes = [
        "/photos/cache",
        "*.swp",
        "/photos/2025/*",
        "/home/user91",
        "/home/user92",
        "/home/user95",
        "/home/user97",
        "/home/user99",
    ]
    task.preserve_deleted_files = "PRESERVE"

    [[sync]]
    name = "all-2"
    destination.prefix = "data/photos/2025/"
    schedule.expression = "rate(2 hours)"
    source.subdirectory = "/data/photos/2025/"
    task.excludes = ["*.swp"]
    task.preserve_deleted_files = "REMOVE"

    [[sync]]
    name = "all-3"
    destination.prefix = "data/"
    schedule.expression = "rate(2 hours)"
    source.subdirectory = "/data/"
    task.excludes = [
        "/photos/cache",
        "*.swp",
    ]
    task.includes = [
        "/home/user91",
        "/home/user92",
        "/home/user95",
        "/home/user97",
        "/home/user99",
    ]
    task.preserve_deleted_files = "PRESERVE"
    "#);
    assert_eq!(apply(text, &proposal).syncs.len(), 3);
}

#[test]
fn one_huge_flat_directory_cannot_be_divided() {
    let mut tree = Tree::new();
    (0..10_000).for_each(|number| add_file(&mut tree, &format!("flat/{number}"), 1));
    add_file(&mut tree, "small/file", 1);
    let proposal = propose("", &tree, 4);
    assert_eq!(proposal.indivisible.len(), 1);
    assert_eq!(proposal.indivisible[0].path, "/flat");
    let sizes: Vec<_> = proposal.syncs.iter().map(|sync| sync.size.items).collect();
    assert_eq!(sizes, [10_001, 2], "not more syncs than directories");
}

#[test]
fn what_no_pattern_can_name_stays_with_the_sync() {
    let mut tree = Tree::new();
    let longest = "n".repeat(255);
    for name in ["a*b", "p|q", r"b\s", "line\nfeed", "\u{fffd}", ".hidden", longest.as_str()] {
        (0..5).for_each(|file| add_file(&mut tree, &format!("{name}/d/{file}"), 1));
    }
    let proposal = propose("", &tree, 3);
    assert_copied_once(&apply("", &proposal), &tree, 0);
    let named: Vec<_> = proposal.syncs.iter().flat_map(|sync| &sync.directories).collect();
    assert_eq!(named, ["/.hidden", &format!("/{longest}")]);
}

#[test]
fn a_full_filter_leaves_the_rest_to_the_sync() {
    let mut tree = Tree::new();
    for number in 0..1_000 {
        let name = format!("{number:04}{}", "n".repeat(250));
        (0..=number).for_each(|file| add_file(&mut tree, &format!("{name}/{file}"), 1));
    }
    let proposal = propose("", &tree, 4);
    assert!(proposal.filter_is_full);
    let excludes = proposal.syncs[0].excludes.join("|").chars().count();
    assert!((100_000..=102_400).contains(&excludes), "{excludes}");
    apply("", &proposal);
}

#[test]
fn a_split_sync_is_split_again() {
    let (tree, text) = (homes(), "[task]\nexcludes = [\"/photos/*\"]\n");
    let copied = |path: &&String| is_copied(&parse(&format!("{HEAD}{text}")).unwrap().task, path);
    let rest: Tree = tree
        .iter()
        .filter(|(path, _)| copied(&&format!("/{path}")))
        .map(|(path, bytes)| (path.clone(), *bytes))
        .collect();
    let proposal = propose(text, &rest, 2);
    let names: Vec<_> = proposal.syncs.iter().map(|sync| sync.name.as_str()).collect();
    assert_eq!(names, [SyncName::default().as_str(), "part-2"]);
    assert!(proposal.syncs[0].excludes.starts_with(&["/photos/*".to_owned()]));
    assert_copied_once(&apply("", &proposal), &rest, 0);
}

#[test]
fn small_directories_are_counted_to_the_one_above() {
    let mut built = SizedTree::of_about(Size { items: 1_000_000, bytes: 50_000_000 });
    for number in 0..1_000 {
        built.add_item(&format!("d/{number:04}/"), 0);
        built.add_item(&format!("d/{number:04}/f"), if number == 7 { 5_000 } else { 1 });
    }
    let top = built.finish();
    assert_eq!(top.total, Size { items: 2_000, bytes: 5_999 });
    let names: Vec<_> = top.children[0].children.iter().map(|child| &child.name).collect();
    assert_eq!(names, ["0007"]);
}
