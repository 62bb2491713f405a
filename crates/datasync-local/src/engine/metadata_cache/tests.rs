use std::path::Path;

use domain::posix::Posix;

use super::*;
use crate::engine::scan::listed_object::ListedObject;

fn head_of(size: u64, version: &str) -> ObjectHead {
    let posix = Posix { uid: Some(7), ..Posix::default() };
    ObjectHead {
        size,
        etag: Some(format!("\"{version}\"")),
        version_id: Some(version.into()),
        modified: None,
        posix,
    }
}

fn object_of(key: &str, size: u64, version: &str) -> ListedObject {
    let (etag, latest_version) = (Some(version.to_owned()), Some(version.to_owned()));
    ListedObject { key: key.into(), size, etag, latest_version, ..ListedObject::default() }
}

fn keys_in(path: &Path) -> Vec<String> {
    let mut keys = Vec::new();
    MetadataCache::open(path.to_owned(), "b", "p/")
        .open_entries()
        .visit_rest(|key| keys.push(key.to_owned()));
    keys
}

fn cache_version_1(cache: &MetadataCache, number: u64) {
    cache.cache(&format!("p/{number:03}"), &head_of(number, "v1"));
}

/// Writes a cache of `p/000` to `p/099`.
fn write_cache(path: &Path) {
    let cache = MetadataCache::open(path.to_owned(), "b", "p/");
    assert!(!cache.names_versions());
    (0..100).rev().for_each(|number| cache_version_1(&cache, number));
    cache.save().unwrap();
}

#[test]
fn metadata_that_one_execution_caches_is_found_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("caches/task-1");
    write_cache(&path);
    let second = MetadataCache::open(path, "b", "p/");
    assert!(second.names_versions());
    let (mut entries, mut stale) = (second.open_entries(), Vec::new());
    let mut find = |object| entries.find_head(&object, |key| stale.push(key.to_owned()));
    assert_eq!(find(object_of("p/002", 2, "v1")).unwrap().posix.uid, Some(7));
    assert!(find(object_of("p/0020", 2, "v1")).is_none(), "a key that is new");
    assert!(find(object_of("p/003", 3, "v2")).is_none(), "a version that is new");
    assert!(find(object_of("p/099", 99, "v1")).is_some());
    assert!(find(object_of("p/1", 1, "v1")).is_none());
    assert_eq!(stale.len(), 97);
}

#[test]
fn changes_are_saved_over_the_cached_entries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("caches/task-1");
    write_cache(&path);
    let second = MetadataCache::open(path.clone(), "b", "p/");
    second.evict("p/050");
    second.cache("p/051", &head_of(1, "v9"));
    second.cache("p/0515", &head_of(1, "v9"));
    second.save().unwrap();
    let keys = keys_in(&path);
    assert_eq!(keys.len(), 100);
    assert!(
        keys.is_sorted()
            && !keys.contains(&"p/050".to_owned())
            && keys.contains(&"p/0515".to_owned())
    );
    let third = MetadataCache::open(path, "b", "p/")
        .open_entries()
        .find_head(&object_of("p/051", 1, "v9"), |_| {});
    assert!(third.is_some(), "the later change counts");
}

#[test]
fn a_cache_of_another_prefix_is_not_read_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task-1");
    write_cache(&path);
    let other = MetadataCache::open(path.clone(), "b", "other/");
    other.open_entries().visit_rest(|key| panic!("{key} is of another prefix"));
    other.cache("other/x", &head_of(1, "v1"));
    other.save().unwrap();
    assert!(keys_in(&path).is_empty());
}

#[test]
fn a_damaged_entry_counts_as_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task-1");
    write_cache(&path);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(13) {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        let cut = whole[..at].to_vec();
        for damaged in [bent, cut] {
            fs::write(&path, damaged).unwrap();
            require_beginning(&keys_in(&path));
        }
    }
    fs::write(&path, "").unwrap();
    assert!(keys_in(&path).is_empty());
}

/// Requires that the keys are the first of the cache, and not all.
fn require_beginning(found: &[String]) {
    assert!(
        found.len() < 100
            && found.iter().enumerate().all(|(index, key)| *key == format!("p/{index:03}"))
    );
}

#[test]
fn a_damaged_cache_is_replaced_by_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task-1");
    write_cache(&path);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let cache = MetadataCache::open(path.clone(), "b", "p/");
    (0..100).for_each(|number| cache_version_1(&cache, number));
    cache.save().unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
}
