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
    /// The content differs, and the row does not show whether the metadata does.
    ContentDiffersPerhapsChanged,
    /// The row says neither.
    NotSaid,
}

impl VerifiedRow {
    /// Compares both sides by the row's metadata and checksums; its messages are not read.
    #[must_use]
    pub fn compare_sides(&self) -> Comparison {
        let (source, destination) = (
            ReportedSide::from_row(&self.src_metadata, &self.src_checksum),
            self.destination_side(),
        );
        if self.verify_status == RowStatus::Success && self.src_checksum == self.dst_checksum {
            return Comparison::Equal;
        }
        match (source.is_there(), destination.is_there()) {
            (true, false) => Comparison::OnlyAtSource,
            (false, true) => Comparison::OnlyAtDestination,
            (false, false) => Comparison::NotSaid,
            (true, true) => compare_present(source, destination),
        }
    }

    /// The destination's side. The guide's samples print an absent one as a file of no bytes with a
    /// checksum of zeros.
    fn destination_side(&self) -> ReportedSide<'_> {
        let side = ReportedSide::from_row(&self.dst_metadata, &self.dst_checksum);
        if side.checksum.is_some_and(is_zeros) { ReportedSide::default() } else { side }
    }
}

/// One side of a row.
#[derive(Clone, Copy, Debug, Default)]
struct ReportedSide<'a> {
    metadata: Option<&'a ItemMetadata>,
    checksum: Option<&'a str>,
}

impl<'a> ReportedSide<'a> {
    fn from_row(metadata: &'a Option<ItemMetadata>, checksum: &'a Option<String>) -> Self {
        Self { metadata: metadata.as_ref(), checksum: checksum.as_deref() }
    }

    fn is_there(self) -> bool {
        self.metadata.is_some() || self.checksum.is_some()
    }
}

/// Compares two sides that are both there.
fn compare_present(source: ReportedSide<'_>, destination: ReportedSide<'_>) -> Comparison {
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
mod tests;
