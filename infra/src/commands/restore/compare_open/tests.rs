use super::*;

#[test]
fn files_are_compared_as_datasync_does() {
    let time = |second| Some(FileTime::from_seconds(second));
    let posix = |mode, second| Posix {
        mode: Some(mode),
        uid: Some(1),
        gid: Some(2),
        mtime: time(second),
        atime: None,
    };
    let there = |mode, size, second| {
        let kind = FileKind::from_mode(mode).unwrap();
        FileState { kind, size, posix: posix(mode, second) }
    };
    let (file, link) = (posix(0o100_640, 5), posix(0o120_777, 5));
    for (object, there, expected) in [
        (&file, there(0o100_640, 3, 5), ""),
        (&link, there(0o120_777, 3, 5), ""),
        (&Posix::default(), there(0o100_644, 3, 9), ""),
        (&Posix::default(), there(0o100_644, 3, 5), "has another time"),
        (&file, there(0o120_777, 3, 5), "is a symlink, not a file"),
        (&file, there(0o040_755, 0, 5), "is a directory, not a file"),
        (&link, there(0o100_640, 3, 5), "is a file, not a symlink"),
        (&file, there(0o100_640, 4, 5), "has 4 bytes, not 3"),
        (&file, there(0o100_640, 3, 6), "has another time"),
        (&file, there(0o104_640, 3, 5), "has another owner or mode"),
    ] {
        let found = match compare_metadata(object, 3, time(9), &there) {
            DestinationState::Equal => String::new(),
            DestinationState::Different(how) => how,
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected, "{object:?} {there:?}");
    }
}
