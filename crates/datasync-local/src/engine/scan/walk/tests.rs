use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use domain::posix::FileKind;
use posix_files::MountedDirectory;

use super::*;
use crate::engine::scan::read_ahead::with_readers;
use crate::state::FilterRule;

fn make_tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for directory in ["a", "a/empty", "skip"] {
        fs::create_dir(root.path().join(directory)).unwrap();
    }
    for file in ["a/x", "a-", "a.txt", "a0", "skip/y", "ü"] {
        fs::write(root.path().join(file), file).unwrap();
    }
    symlink("a.txt", root.path().join("link")).unwrap();
    root
}

fn scan(root: &Path, filters: &FilterSet) -> Vec<ScannedItem> {
    let tree = DirectoryTree::open(&MountedDirectory::new(root, "")).unwrap();
    let names: Vec<_> =
        with_readers(&tree, |readers| TreeWalk::new(readers, "", filters).unwrap().collect());
    scan_names(&tree, names)
}

fn keys_of(root: &Path, excludes: &str) -> Vec<String> {
    let rules = [FilterRule { filter_type: None, value: excludes.to_owned() }];
    let filters = FilterSet::new(&[], &rules).unwrap();
    scan(root, &filters)
        .into_iter()
        .map(|found| match found {
            ScannedItem::Item(item) => object_key("", &item.path, item.is_directory()),
            other @ ScannedItem::Unreadable { .. } => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_tree_comes_in_the_order_of_keys() {
    let keys = keys_of(make_tree().path(), "/skip");
    assert_eq!(keys, ["a-", "a.txt", "a/", "a/empty/", "a/x", "a0", "link", "ü"]);
    assert!(keys.is_sorted(), "S3 lists keys in this order");
}

#[test]
fn what_is_read_ahead_comes_in_its_place() {
    let root = tempfile::tempdir().unwrap();
    let mut made = BTreeSet::new();
    for number in 0..500 {
        let parts = [
            format!("d{}/", number % 29),
            format!("e{}/", number % 7),
            format!("f{}/", number % 11),
        ];
        fs::create_dir_all(root.path().join(parts.concat())).unwrap();
        made.extend((1..=3).map(|depth| parts[..depth].concat()));
    }
    made.retain(|key| !key.starts_with("d3/") && !key.contains("/e4/f7/"));
    assert!(keys_of(root.path(), "/d3|*/e4/f7").iter().eq(&made));
}

#[test]
fn names_that_cannot_be_keys_are_reported() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(OsStr::from_bytes(b"bad\xff")), "").unwrap();
    let deep = format!("{0}/{0}/{0}/{0}/{0}", "d".repeat(220));
    fs::create_dir_all(root.path().join(&deep)).unwrap();
    let reported: Vec<_> = scan(root.path(), &FilterSet::default())
        .into_iter()
        .filter_map(|found| match found {
            ScannedItem::Unreadable { reason, .. } => Some(reason.to_string()),
            ScannedItem::Item(_) => None,
        })
        .collect();
    assert_eq!(reported, [ItemError::Name.to_string(), ItemError::LongKey.to_string()]);
}

fn reported_line(found: ScannedItem) -> Option<String> {
    match found {
        ScannedItem::Unreadable { path, reason } => Some(reason.log_line(&path)),
        ScannedItem::Item(_) => None,
    }
}

#[test]
fn an_item_that_became_another_kind_is_reported_and_not_copied() {
    let root = make_tree();
    let tree = DirectoryTree::open(&MountedDirectory::new(root.path(), "")).unwrap();
    let filters = FilterSet::default();
    let names: Vec<_> =
        with_readers(&tree, |readers| TreeWalk::new(readers, "", &filters).unwrap().collect());
    fs::remove_file(root.path().join("a.txt")).unwrap();
    fs::create_dir(root.path().join("a.txt")).unwrap();
    fs::remove_dir_all(root.path().join("a/empty")).unwrap();
    symlink("x", root.path().join("a/empty")).unwrap();
    fs::remove_file(root.path().join("a0")).unwrap();
    let reported: Vec<_> = scan_names(&tree, names).into_iter().filter_map(reported_line).collect();
    let other = |path: &str| format!("{}: {path}", ItemError::OtherKind);
    let gone = "Failed to open source file /a0: No such file or directory".to_owned();
    assert_eq!(reported, [other("/a.txt"), other("/a/empty"), gone]);
}

#[test]
fn a_special_file_has_its_kind() {
    let root = tempfile::tempdir().unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
    let found = scan(root.path(), &FilterSet::default());
    assert!(
        matches!(&found[..], [ScannedItem::Item(item)] if item.kind == FileKind::Special),
        "{found:?}"
    );
}
