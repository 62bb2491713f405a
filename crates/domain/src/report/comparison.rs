//! The comparison of an item's two sides, from its row of the Verified report. Pure.
//!
//! DataSync compares checksums and metadata, and reports a file that changed during the execution
//! as it reports a damaged one (DataSync User Guide, "Troubleshooting data verification issues").
//! The row tells them apart: a file that changed has other metadata than its object, or is on one
//! side only.

use super::rows::{ItemMetadata, RowStatus, VerifiedRow};

/// The result of comparing both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    /// They have other metadata than each other: kind, size, mtime, owner or mode.
    Changed,
    /// The file came while the run was under way, or its object went: the guide says that the two
    /// look alike.
    OnlyAtSource,
    /// The file went while the run was under way.
    OnlyAtDestination,
    /// Size and mtime are the same, and the content is not.
    ContentDiffers,
    /// The content is not the same, and the row does not tell whether the metadata is.
    ContentDiffersPerhapsChanged,
    /// The row says neither.
    NotSaid,
}

impl VerifiedRow {
    /// Compares both sides by the row's metadata and checksums; its messages are not read.
    #[must_use]
    pub fn compare_sides(&self) -> Comparison {
        let (source, destination) =
            (Side::of(&self.src_metadata, &self.src_checksum), self.destination());
        if self.verify_status == RowStatus::Success && self.src_checksum == self.dst_checksum {
            return Comparison::Equal;
        }
        match (source.is_there(), destination.is_there()) {
            (true, false) => return Comparison::OnlyAtSource,
            (false, true) => return Comparison::OnlyAtDestination,
            (false, false) => return Comparison::NotSaid,
            (true, true) => {}
        }
        let content_differs =
            source.checksum.zip(destination.checksum).is_some_and(|(one, other)| one != other);
        let metadata = source.metadata.zip(destination.metadata);
        let moved = metadata.is_some_and(|(one, other)| differs_in_content(one, other));
        let has_times =
            metadata.is_some_and(|(one, other)| one.mtime().is_some() && other.mtime().is_some());
        match content_differs {
            _ if moved => Comparison::Changed,
            true if has_times => Comparison::ContentDiffers,
            true => Comparison::ContentDiffersPerhapsChanged,
            false if metadata.is_some_and(|(one, other)| differs_in_access(one, other)) => {
                Comparison::Changed
            }
            false => Comparison::NotSaid,
        }
    }

    /// The destination's side. The guide's samples print an absent one as a file of no bytes with a
    /// checksum of zeros.
    fn destination(&self) -> Side<'_> {
        let side = Side::of(&self.dst_metadata, &self.dst_checksum);
        if side.checksum.is_some_and(is_zeros) { Side::default() } else { side }
    }
}

/// One side, as far as the row has it.
#[derive(Clone, Copy, Debug, Default)]
struct Side<'a> {
    metadata: Option<&'a ItemMetadata>,
    checksum: Option<&'a str>,
}

impl<'a> Side<'a> {
    fn of(metadata: &'a Option<ItemMetadata>, checksum: &'a Option<String>) -> Self {
        Self { metadata: metadata.as_ref(), checksum: checksum.as_deref() }
    }

    fn is_there(self) -> bool {
        self.metadata.is_some() || self.checksum.is_some()
    }
}

fn is_zeros(checksum: &str) -> bool {
    let digits = checksum.strip_prefix("SHA256:").unwrap_or(checksum);
    !digits.is_empty() && digits.bytes().all(|digit| digit == b'0')
}

/// Whether the metadata shows that a file was written, or is another one.
fn differs_in_content(source: &ItemMetadata, destination: &ItemMetadata) -> bool {
    let kind = |side: &ItemMetadata| side.kind.clone().filter(|kind| kind != "Object");
    let kinds_differ = kind(source).zip(kind(destination)).is_some_and(|(one, other)| one != other);
    kinds_differ
        || source.content_size != destination.content_size
        || mtimes_differ(source, destination)
}

/// An object's time may be kept in milliseconds (facts differ on it): one that was cut to them is
/// the same time.
fn mtimes_differ(source: &ItemMetadata, destination: &ItemMetadata) -> bool {
    match (source.mtime(), destination.mtime()) {
        (Some(one), Some(other)) => {
            let cut = [one, other].iter().any(|time| time.subsec_nanos() % 1_000_000 == 0);
            one != other && !(cut && one.millis() == other.millis())
        }
        _ => source.mtime != destination.mtime,
    }
}

fn differs_in_access(source: &ItemMetadata, destination: &ItemMetadata) -> bool {
    let of = |side: &ItemMetadata| (side.mode.clone(), side.uid, side.gid);
    of(source) != of(destination)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const OLD: &str = "2026-01-07T16:59:26.123456789Z";
    const NEW: &str = "2026-01-07T17:00:00.000000001Z";

    fn file(size: u64, mtime: &str) -> Value {
        json!({"Type": "Regular", "ContentSize": size, "Mtime": mtime, "Uid": 1, "Gid": 1, "Mode": "0644"})
    }

    fn with(field: &str, value: Value) -> Value {
        let mut side = file(6, OLD);
        side[field] = value;
        side
    }

    fn compared(status: &str, source: (Value, Value), destination: (Value, Value)) -> Comparison {
        let row = json!({"RelativePath": "/a", "VerifyStatus": status, "SrcMetadata": source.0, "SrcChecksum": source.1,
            "DstMetadata": destination.0, "DstChecksum": destination.1});
        serde_json::from_value::<VerifiedRow>(row).unwrap().compare_sides()
    }

    #[test]
    fn a_row_tells_what_moved_from_what_is_damaged() {
        use Comparison::{
            Changed, ContentDiffers, ContentDiffersPerhapsChanged, Equal, NotSaid,
            OnlyAtDestination, OnlyAtSource,
        };
        let (a, b, none) = (json!("SHA256:a"), json!("SHA256:b"), Value::Null);
        let zeros = json!(format!("SHA256:{}", "0".repeat(64)));
        let old = || file(6, OLD);
        let nothing = json!({"Type": "Regular", "ContentSize": 0, "Mtime": "1970-01-01T00:00:00Z", "Mode": "0755"});
        let untimed = json!({"Type": "Regular", "ContentSize": 6});
        for (what, status, source, destination, expected) in [
            ("equal", "SUCCESS", (old(), a.clone()), (old(), a.clone()), Equal),
            ("written", "FAILED", (file(6, NEW), b.clone()), (old(), a.clone()), Changed),
            ("touched", "FAILED", (file(6, NEW), a.clone()), (old(), a.clone()), Changed),
            ("longer", "FAILED", (file(7, OLD), b.clone()), (old(), a.clone()), Changed),
            (
                "a link now",
                "FAILED",
                (with("Type", json!("Symlink")), b.clone()),
                (old(), a.clone()),
                Changed,
            ),
            (
                "a directory now",
                "FAILED",
                (with("Type", json!("Directory")), none.clone()),
                (old(), a.clone()),
                Changed,
            ),
            (
                "mode",
                "FAILED",
                (with("Mode", json!("0600")), a.clone()),
                (old(), a.clone()),
                Changed,
            ),
            ("owner", "FAILED", (with("Uid", json!(7)), a.clone()), (old(), a.clone()), Changed),
            (
                "written by others",
                "FAILED",
                (old(), a.clone()),
                (with("Mtime", none.clone()), b.clone()),
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
            (
                "deleted",
                "FAILED",
                (none.clone(), none.clone()),
                (old(), a.clone()),
                OnlyAtDestination,
            ),
            ("damaged", "FAILED", (old(), a.clone()), (old(), b.clone()), ContentDiffers),
            ("called equal", "SUCCESS", (old(), a.clone()), (old(), b.clone()), ContentDiffers),
            (
                "damaged, its time in milliseconds",
                "FAILED",
                (old(), a.clone()),
                (file(6, "2026-01-07T16:59:26.123Z"), b.clone()),
                ContentDiffers,
            ),
            (
                "damaged, of another mode",
                "FAILED",
                (old(), a.clone()),
                (with("Mode", json!("0600")), b.clone()),
                ContentDiffers,
            ),
            (
                "an object",
                "FAILED",
                (old(), a.clone()),
                (with("Type", json!("Object")), b.clone()),
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
            assert_eq!(compared(status, source, destination), expected, "{what}");
        }
    }
}
