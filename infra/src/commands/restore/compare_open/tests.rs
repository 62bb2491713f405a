use super::*;

#[test]
fn files_are_compared_as_datasync_does() {
    let (file, link) = (owned_posix(0o100_640, 5), owned_posix(0o120_777, 5));
    for (object, there, expected) in [
        (&file, state_there(0o100_640, 3, 5), ""),
        (&link, state_there(0o120_777, 3, 5), ""),
        (&Posix::default(), state_there(0o100_644, 3, 9), ""),
        (&Posix::default(), state_there(0o100_644, 3, 5), "has another time"),
        (&file, state_there(0o120_777, 3, 5), "is a symlink, not a file"),
        (&file, state_there(0o040_755, 0, 5), "is a directory, not a file"),
        (&link, state_there(0o100_640, 3, 5), "is a file, not a symlink"),
        (&file, state_there(0o100_640, 4, 5), "has 4 bytes, not 3"),
        (&file, state_there(0o100_640, 3, 6), "has another time"),
        (&file, state_there(0o104_640, 3, 5), "has another owner or mode"),
    ] {
        let found = compare_metadata(object, 3, Some(FileTime::from_seconds(9)), &there);
        assert_eq!(difference_text(found), expected, "{object:?} {there:?}");
    }
}

fn owned_posix(mode: u32, second: i64) -> Posix {
    let mtime = Some(FileTime::from_seconds(second));
    Posix { mode: Some(mode), uid: Some(1), gid: Some(2), mtime, atime: None }
}

fn state_there(mode: u32, size: u64, second: i64) -> FileState {
    let kind = FileKind::from_mode(mode).unwrap();
    FileState { kind, size, posix: owned_posix(mode, second) }
}

fn difference_text(state: DestinationState) -> String {
    match state {
        DestinationState::Equal => String::new(),
        DestinationState::Different(how) => how,
        other => format!("{other:?}"),
    }
}
