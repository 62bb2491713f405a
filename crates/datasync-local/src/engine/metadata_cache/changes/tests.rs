use super::*;

fn key_of(number: u64) -> String {
    format!("{:02}", number * 37 % 50)
}

fn entry_of(key: &str, size: u64) -> CacheEntry {
    serde_json::from_value(serde_json::json!({ "k": key, "s": size, "e": "x", "v": "1" })).unwrap()
}

#[test]
fn the_latest_change_of_each_key_comes_in_the_order_of_keys() {
    let mut changes = EntryChanges::with_memory(2_000);
    for number in 0..100 {
        let key = key_of(number);
        changes.add_change(&key, (number % 3 > 0).then(|| entry_of(&key, number)));
    }
    let sorted: Vec<_> = changes.into_sorted().unwrap().map(Result::unwrap).collect();
    assert_eq!(sorted.len(), 50);
    assert!(sorted.is_sorted_by_key(|change| change.key.clone()));
    for change in sorted {
        let latest = (0..100).rev().find(|number| key_of(*number) == change.key).unwrap();
        assert_eq!(change.entry, (latest % 3 > 0).then(|| entry_of(&change.key, latest)));
    }
    assert!(EntryChanges::default().is_empty());
    assert!(EntryChanges::default().into_sorted().unwrap().next().is_none());
}
