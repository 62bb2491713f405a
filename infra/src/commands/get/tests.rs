use std::os::unix::fs::{MetadataExt, symlink};

use std::io::Write;

use domain::records::proof::ProvenObject;
use tempfile::NamedTempFile;

use super::*;

fn downloaded_file(folder: &Path, content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new_in(folder).unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

#[test]
fn a_file_gets_its_mode_and_time_and_replaces_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a");
    let mtime = FileTime::new(1_600_000_000, 250_000_000);
    let posix = Posix { mode: Some(0o100_640), mtime, ..Posix::default() };
    write_file(downloaded_file(folder.path(), "one"), &file, &posix, false).unwrap().unwrap();
    let at = file.metadata().unwrap();
    assert_eq!(
        (at.mode() & 0o7777, at.mtime(), at.mtime_nsec()),
        (0o640, 1_600_000_000, 250_000_000)
    );
    write_file(downloaded_file(folder.path(), "two"), &file, &posix, false).unwrap_err();
    assert_eq!(std::fs::read(&file).unwrap(), b"one");
    write_file(downloaded_file(folder.path(), "two"), &file, &posix, true).unwrap().unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"two");
}

#[test]
fn planted_owner_and_mode_are_not_taken() {
    let planted = Posix { mode: Some(0o104_755), uid: Some(0), gid: Some(0), ..Posix::default() };
    let asked = Some("mode 4755, owner 0, group 0".to_owned());
    for (version_id, proof, expected, refused) in [
        ("v1", None, (Some(0o100_600), None, None), &asked),
        ("null", Some(proven_mode(Some("4755"))), (Some(0o100_600), None, None), &asked),
        ("v1", Some(proven_mode(Some("4750"))), (Some(0o104_750), Some(7), Some(8)), &None),
        ("v1", Some(proven_mode(None)), (Some(0o100_600), Some(7), Some(8)), &None),
    ] {
        let (posix, refused_metadata) = metadata_by_proof(&planted, version_id, proof.as_ref());
        assert_eq!((posix.mode, posix.uid, posix.gid), expected, "{version_id} {proof:?}");
        assert_eq!(&refused_metadata, refused, "{version_id} {proof:?}");
    }
    let (_, refused) = metadata_by_proof(&Posix::default(), "v1", None);
    assert_eq!(refused, None, "the metadata states nothing");
}

fn proven_mode(mode: Option<&str>) -> ProvenObject {
    serde_json::from_value(
        serde_json::json!({"path": "/a", "key": "a", "version_id": "v1", "size": 1,
        "mode": mode, "uid": 7, "gid": 8}),
    )
    .unwrap()
}

/// 1902, a second and a nanosecond before the epoch, and beyond what 64 bits of nanoseconds
/// hold.
const TIMES: [(i64, u32); 6] =
    [(-2_145_916_800, 0), (-1, 0), (-1, 999_999_999), (0, 1), (10_413_792_000, 5), (i64::MAX, 0)];

#[test]
fn a_file_and_a_link_come_with_any_time_that_the_file_system_holds() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (seconds, nanos)) in TIMES.into_iter().enumerate() {
        for (mode, overwrite) in
            [(0o100_600, false), (0o100_600, true), (0o120_777, false), (0o120_777, true)]
        {
            let file = folder.path().join(format!("{number} {mode:o}"));
            let mtime = FileTime::new(seconds, nanos);
            let posix = Posix { mode: Some(mode), mtime, ..Posix::default() };
            let content = downloaded_file(folder.path(), "content");
            let kept = write_file(content, &file, &posix, overwrite).unwrap();
            let at = file.symlink_metadata().unwrap();
            let is_held = (at.mtime(), at.mtime_nsec()) == (seconds, i64::from(nanos));
            assert_eq!(kept.is_ok(), is_held, "{seconds} {mode:o}: {kept:?}");
            assert!(is_held || seconds == i64::MAX, "{seconds} {mode:o}: {kept:?}");
        }
    }
}

#[test]
fn what_a_link_leads_to_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let (other, link) = (folder.path().join("other"), folder.path().join("link"));
    std::fs::write(&other, "mine").unwrap();
    symlink(&other, &link).unwrap();
    let posix = Posix { mode: Some(0o100_600), ..Posix::default() };
    write_file(downloaded_file(folder.path(), "new"), &link, &posix, false).unwrap_err();
    write_file(downloaded_file(folder.path(), "new"), &link, &posix, true).unwrap().unwrap();
    assert_eq!(std::fs::read(&other).unwrap(), b"mine");
    assert!(link.symlink_metadata().unwrap().is_file(), "the link itself was replaced");
}

#[test]
fn a_symlink_is_written_as_a_symlink() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("link");
    let posix = Posix { mode: Some(0o120_777), ..Posix::default() };
    for link_target in ["a/one", "b"] {
        write_file(downloaded_file(folder.path(), link_target), &file, &posix, true)
            .unwrap()
            .unwrap();
        assert_eq!(file.read_link().unwrap(), Path::new(link_target));
    }
    write_file(downloaded_file(folder.path(), "c"), &file, &posix, false).unwrap_err();
}
