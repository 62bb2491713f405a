use super::*;

const LONG_AGO: i64 = 1_700_000_000;

fn head_of(version: Option<&str>, modified: Option<i64>) -> ObjectHead {
    let (version_id, etag) = (version.map(str::to_owned), Some("\"e1\"".to_owned()));
    let modified = modified.map(FileTime::from_seconds);
    ObjectHead { size: 5, etag, version_id, modified, posix: Posix::default() }
}

fn object_of(version: Option<&str>, modified: Option<i64>) -> ListedObject {
    let (latest_version, etag) = (version.map(str::to_owned), Some("e1".to_owned()));
    ListedObject {
        key: "k".into(),
        size: 5,
        etag,
        modified,
        latest_version,
        ..ListedObject::default()
    }
}

#[test]
fn only_the_very_object_is_recognised() {
    for (case, head, object, same) in [
        ("the version", head_of(Some("v1"), None), object_of(Some("v1"), Some(9)), true),
        (
            "another version",
            head_of(Some("v1"), Some(LONG_AGO)),
            object_of(Some("v2"), Some(LONG_AGO)),
            false,
        ),
        ("a time, long past", head_of(None, Some(LONG_AGO)), object_of(None, Some(LONG_AGO)), true),
        (
            "a time, unversioned",
            head_of(Some("null"), Some(LONG_AGO)),
            object_of(Some("null"), Some(LONG_AGO)),
            true,
        ),
        ("another time", head_of(None, Some(LONG_AGO)), object_of(None, Some(LONG_AGO + 1)), false),
        ("no version listed", head_of(Some("v1"), None), object_of(None, Some(LONG_AGO)), false),
        (
            "no version listed, but the time",
            head_of(Some("v1"), Some(LONG_AGO)),
            object_of(None, Some(LONG_AGO)),
            true,
        ),
    ] {
        assert_eq!(CacheEntry::new("k", &head).unwrap().describes(&object), same, "{case}");
    }
}

#[test]
fn an_object_under_a_reused_id_is_not_recognised() {
    let entry = CacheEntry::new("k", &head_of(Some("v1"), None)).unwrap();
    assert!(
        !entry.describes(&ListedObject { size: 6, ..object_of(Some("v1"), None) }),
        "a store that reuses ids"
    );
    assert!(
        !entry.describes(&ListedObject { etag: Some("e2".into()), ..object_of(Some("v1"), None) }),
        "a store that reuses ids"
    );
}

#[test]
fn an_object_that_could_not_be_recognised_is_not_kept() {
    let now = Utc::now().timestamp();
    for head in [
        head_of(None, None),
        head_of(Some("null"), None),
        head_of(None, Some(now)),
        head_of(Some("null"), Some(now - SETTLED_SECONDS + 60)),
        ObjectHead { etag: None, ..head_of(Some("v1"), None) },
    ] {
        assert_eq!(CacheEntry::new("k", &head), None, "{head:?}");
    }
}

#[test]
fn an_entry_answers_as_s3_did() {
    let posix = Posix::from_metadata(|key| match key {
        "file-mtime" => Some("12"),
        "file-permissions" => Some("0100644"),
        _ => None,
    });
    let entry =
        CacheEntry::new("k", &ObjectHead { posix: posix.clone(), ..head_of(Some("v1"), None) })
            .unwrap();
    let text = serde_json::to_string(&entry).unwrap();
    insta::assert_snapshot!(text, @r#"{"k":"k","s":5,"e":"e1","v":"v1","m":33188,"w":"12"}"#);
    let read: CacheEntry = serde_json::from_str(&text).unwrap();
    let head = read.into_head(&object_of(Some("v1"), Some(9)));
    assert_eq!((head.posix, head.size), (posix, 5));
    assert_eq!(head.modified, Some(FileTime::from_seconds(9)));
}
