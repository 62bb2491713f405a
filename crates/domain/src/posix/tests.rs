use super::*;

fn posix_of(mode: u32, uid: u32, mtime: i64) -> Posix {
    Posix {
        mode: Some(mode),
        uid: Some(uid),
        gid: Some(7),
        mtime: FileTime::new(mtime, 123_456_789),
        atime: FileTime::new(0, 1),
    }
}

#[test]
fn metadata_comes_back_as_it_was_written() {
    let file = posix_of(0o100_644, 1000, 1_595_002_920);
    let map = file.to_metadata();
    let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k}={v}")).collect();
    insta::assert_snapshot!(pairs.join("\n"), @r"
    file-atime=1ns
    file-group=7
    file-mtime=1595002920123456789ns
    file-owner=1000
    file-permissions=0100644
    user-agent=aws-datasync
    ");
    assert_eq!(Posix::from_metadata(|key| map.get(key).map(String::as_str)), file);
}

#[test]
fn an_object_keeps_what_the_source_states() {
    let source = posix_of(0o100_644, 1, 5);
    for (object, keeps) in [
        (posix_of(0o100_644, 1, 5), true),
        (posix_of(0o644, 1, 5), true),
        (posix_of(0o120_644, 1, 5), false),
        (posix_of(0o100_640, 1, 5), false),
        (posix_of(0o100_644, 2, 5), false),
        (posix_of(0o100_644, 1, 6), false),
        (Posix { atime: None, ..posix_of(0o100_644, 1, 5) }, true),
        (Posix::default(), false),
    ] {
        assert_eq!(source.is_kept_by(&object), keeps, "{object:?}");
    }
    assert!(Posix::default().is_kept_by(&source), "what the source does not state cannot differ");
}

#[test]
fn only_what_can_be_an_owner_is_one() {
    for (text, uid) in [
        ("0", Some(0)),
        (" 65534 ", Some(65_534)),
        ("4294967294", Some(u32::MAX - 1)),
        ("4294967295", None),
        ("4294967296", None),
        ("-1", None),
        ("nobody", None),
    ] {
        let read = Posix::from_metadata(|key| (key == OWNER_KEY).then_some(text));
        assert_eq!((read.uid, read.gid), (uid, None), "{text}");
    }
}

#[test]
fn permissions_are_read_with_and_without_the_leading_zero() {
    for (text, kind) in [
        ("0100755", Some(FileKind::Regular)),
        ("100755", Some(FileKind::Regular)),
        ("0040755", Some(FileKind::Directory)),
        ("0120755", Some(FileKind::Symlink)),
        ("0010755", Some(FileKind::Special)),
        ("0755", None),
    ] {
        let read = Posix::from_metadata(|key| (key == PERMISSIONS_KEY).then_some(text));
        assert_eq!(read.mode.and_then(FileKind::from_mode), kind, "{text}");
        assert_eq!(read.report_mode().as_deref(), Some("0755"), "{text}");
    }
}
