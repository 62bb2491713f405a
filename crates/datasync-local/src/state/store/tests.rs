use super::*;

fn add_tag(account: &mut AccountState, value: &str) {
    account.tags.entry("arn".into()).or_default().insert("k".into(), value.into());
}

#[test]
fn state_survives_a_restart_and_a_failed_change_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let account_region =
        AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
    let store = Store::open(directory.path()).unwrap();
    let kept = |account: &mut AccountState| {
        add_tag(account, "kept");
        Ok::<_, StoreError>(())
    };
    store.write(&account_region, kept).unwrap();
    let refused = store.write(&account_region, |account| {
        add_tag(account, "lost");
        Err::<(), _>(StoreError::File { path: "x".into(), source: std::io::Error::other("no") })
    });
    assert!(refused.is_err());
    std::fs::write(directory.path().join(".tmp-left"), "by a crash").unwrap();
    drop(store);
    let again = Store::open(directory.path()).unwrap();
    assert_eq!(again.list_account_regions(), std::slice::from_ref(&account_region));
    again.read(&account_region, |account| assert_eq!(account.tags["arn"]["k"], "kept"));
    assert!(!directory.path().join(".tmp-left").exists());
}

#[test]
fn two_stores_cannot_share_one_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let lock = File::options().append(true).open(directory.path().join("lock")).unwrap();
    assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    drop(store);
    lock.try_lock().unwrap();
}
