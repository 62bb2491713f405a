use serde_json::{Value, json};

use super::*;

const OLD: &str = "2026-01-07T16:59:26.123456789Z";
const NEW: &str = "2026-01-07T17:00:00.000000001Z";

fn file_metadata(size: u64, mtime: &str) -> Value {
    json!({
        "Type": "Regular", "ContentSize": size, "Mtime": mtime, "Uid": 1, "Gid": 1, "Mode": "0644"
    })
}

fn with_field(field: &str, value: Value) -> Value {
    let mut side = file_metadata(6, OLD);
    side[field] = value;
    side
}

fn compare_row(status: &str, source: (Value, Value), destination: (Value, Value)) -> Comparison {
    let row = json!({"RelativePath": "/a", "VerifyStatus": status,
        "SrcMetadata": source.0, "SrcChecksum": source.1,
        "DstMetadata": destination.0, "DstChecksum": destination.1});
    serde_json::from_value::<VerifiedRow>(row).unwrap().compare_sides()
}

#[test]
fn a_row_tells_what_moved_from_what_is_damaged() {
    use Comparison::{
        Changed, ContentDiffers, ContentDiffersPerhapsChanged, Equal, NotSaid, OnlyAtDestination,
        OnlyAtSource,
    };
    let (a, b, none) = (json!("SHA256:a"), json!("SHA256:b"), Value::Null);
    let zeros = json!(format!("SHA256:{}", "0".repeat(64)));
    let old = || file_metadata(6, OLD);
    let nothing = json!({
        "Type": "Regular", "ContentSize": 0, "Mtime": "1970-01-01T00:00:00Z", "Mode": "0755"
    });
    let untimed = json!({"Type": "Regular", "ContentSize": 6});
    for (what, status, source, destination, expected) in [
        ("equal", "SUCCESS", (old(), a.clone()), (old(), a.clone()), Equal),
        ("written", "FAILED", (file_metadata(6, NEW), b.clone()), (old(), a.clone()), Changed),
        ("touched", "FAILED", (file_metadata(6, NEW), a.clone()), (old(), a.clone()), Changed),
        ("longer", "FAILED", (file_metadata(7, OLD), b.clone()), (old(), a.clone()), Changed),
        (
            "a link now",
            "FAILED",
            (with_field("Type", json!("Symlink")), b.clone()),
            (old(), a.clone()),
            Changed,
        ),
        (
            "a directory now",
            "FAILED",
            (with_field("Type", json!("Directory")), none.clone()),
            (old(), a.clone()),
            Changed,
        ),
        (
            "mode",
            "FAILED",
            (with_field("Mode", json!("0600")), a.clone()),
            (old(), a.clone()),
            Changed,
        ),
        ("owner", "FAILED", (with_field("Uid", json!(7)), a.clone()), (old(), a.clone()), Changed),
        (
            "written by others",
            "FAILED",
            (old(), a.clone()),
            (with_field("Mtime", none.clone()), b.clone()),
            Changed,
        ),
        ("created", "FAILED", (old(), a.clone()), (none.clone(), none.clone()), OnlyAtSource),
        (
            "created, as the guide",
            "FAILED",
            (old(), a.clone()),
            (nothing, zeros.clone()),
            OnlyAtSource,
        ),
        (
            "no checksum of what is gone",
            "FAILED",
            (old(), none.clone()),
            (none.clone(), none.clone()),
            OnlyAtSource,
        ),
        ("deleted", "FAILED", (none.clone(), none.clone()), (old(), a.clone()), OnlyAtDestination),
        ("damaged", "FAILED", (old(), a.clone()), (old(), b.clone()), ContentDiffers),
        ("called equal", "SUCCESS", (old(), a.clone()), (old(), b.clone()), ContentDiffers),
        (
            "damaged, its time in milliseconds",
            "FAILED",
            (old(), a.clone()),
            (file_metadata(6, "2026-01-07T16:59:26.123Z"), b.clone()),
            ContentDiffers,
        ),
        (
            "damaged, of another mode",
            "FAILED",
            (old(), a.clone()),
            (with_field("Mode", json!("0600")), b.clone()),
            ContentDiffers,
        ),
        (
            "an object",
            "FAILED",
            (old(), a.clone()),
            (with_field("Type", json!("Object")), b.clone()),
            ContentDiffers,
        ),
        (
            "no times",
            "FAILED",
            (untimed.clone(), a.clone()),
            (untimed, b.clone()),
            ContentDiffersPerhapsChanged,
        ),
        (
            "no metadata",
            "FAILED",
            (none.clone(), a.clone()),
            (none.clone(), b),
            ContentDiffersPerhapsChanged,
        ),
        ("no word", "FAILED", (old(), a.clone()), (old(), a), NotSaid),
        ("nothing", "FAILED", (none.clone(), none.clone()), (none.clone(), none), NotSaid),
    ] {
        assert_eq!(compare_row(status, source, destination), expected, "{what}");
    }
}
