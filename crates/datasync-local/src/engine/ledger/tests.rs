use std::path::Path;

use domain::posix::Posix;

use super::*;
use crate::engine::listing::Listed;

fn told(size: u64, version: &str) -> Told {
    let posix = Posix { uid: Some(7), ..Posix::default() };
    Told {
        size,
        etag: Some(format!("\"{version}\"")),
        version_id: Some(version.into()),
        modified: None,
        posix,
    }
}

fn listed(key: &str, size: u64, version: &str) -> Listed {
    let (etag, latest_version) = (Some(version.to_owned()), Some(version.to_owned()));
    Listed { key: key.into(), size, etag, latest_version, ..Listed::default() }
}

fn keys(path: &Path) -> Vec<String> {
    let mut keys = Vec::new();
    Ledger::open(path.to_owned(), "b", "p/").entries().rest(|key| keys.push(key.to_owned()));
    keys
}

/// A ledger of `p/000` to `p/099`.
fn ledger(path: &Path) {
    let ledger = Ledger::open(path.to_owned(), "b", "p/");
    assert!(!ledger.names_versions());
    (0..100).rev().for_each(|number| ledger.learn(&format!("p/{number:03}"), told(number, "v1")));
    ledger.close().unwrap();
}

#[test]
fn what_one_execution_learns_the_next_one_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledgers/task-1");
    ledger(&path);
    let second = Ledger::open(path.clone(), "b", "p/");
    assert!(second.names_versions());
    let mut entries = second.entries();
    let mut stale = Vec::new();
    let mut at = |listed| entries.at(&listed, |key| stale.push(key.to_owned()));
    assert_eq!(at(listed("p/002", 2, "v1")).unwrap().posix.uid, Some(7));
    assert!(at(listed("p/0020", 2, "v1")).is_none(), "a key that is new");
    assert!(at(listed("p/003", 3, "v2")).is_none(), "a version that is new");
    assert!(at(listed("p/099", 99, "v1")).is_some());
    assert!(at(listed("p/1", 1, "v1")).is_none());
    assert_eq!(stale.len(), 97);

    second.forget("p/050");
    second.learn("p/051", told(1, "v9"));
    second.learn("p/0515", told(1, "v9"));
    second.close().unwrap();
    let keys = keys(&path);
    assert_eq!(keys.len(), 100);
    assert!(
        keys.is_sorted()
            && !keys.contains(&"p/050".to_owned())
            && keys.contains(&"p/0515".to_owned())
    );
    let third = Ledger::open(path, "b", "p/").entries().at(&listed("p/051", 1, "v9"), |_| {});
    assert!(third.is_some(), "the later change counts");
}

#[test]
fn a_ledger_of_another_place_is_not_read_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task-1");
    ledger(&path);
    let other = Ledger::open(path.clone(), "b", "other/");
    other.entries().rest(|key| panic!("{key} is of another prefix"));
    other.learn("other/x", told(1, "v1"));
    other.close().unwrap();
    assert!(keys(&path).is_empty());
}

#[test]
fn whatever_is_damaged_is_taken_for_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task-1");
    ledger(&path);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(13) {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        let cut = whole[..at].to_vec();
        for damaged in [bent, cut] {
            fs::write(&path, damaged).unwrap();
            let found = keys(&path);
            assert!(
                found.len() < 100
                    && found.iter().enumerate().all(|(index, key)| *key == format!("p/{index:03}"))
            );
        }
    }
    fs::write(&path, "").unwrap();
    assert!(keys(&path).is_empty());
}

#[test]
fn a_damaged_ledger_is_replaced_by_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("task-1");
    ledger(&path);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let ledger = Ledger::open(path.clone(), "b", "p/");
    (0..100).for_each(|number| ledger.learn(&format!("p/{number:03}"), told(number, "v1")));
    ledger.close().unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
}
