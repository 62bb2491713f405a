//! The rows of both reports as short bytes: what judging needs of them, and nothing else.

use domain::report::{ItemMetadata, PartRow, RowStatus, TransferredRow};

use crate::judge::path_of;
use crate::spill::Record;
use crate::verification::{Side, Verification, VerifiedItem};

/// A row as it comes back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Row {
    Transferred(Box<TransferredRow>),
    Verified(VerifiedItem),
}

const TRANSFERRED: u8 = 0;
const VERIFIED: u8 = 1;

pub(crate) fn record(row: &PartRow) -> Record {
    match row {
        PartRow::Transferred(row) => {
            Record { path: path_of(&row.relative_path).into_bytes(), row: transferred(row) }
        }
        PartRow::Verified(row) => Record {
            path: path_of(&row.relative_path).into_bytes(),
            row: verified(&VerifiedItem::of(row)),
        },
    }
}

/// `None` when the bytes are not those of [`record`].
pub(crate) fn row(record: &Record) -> Option<Row> {
    let (tag, rest) = record.row.split_first()?;
    let mut bytes = Bytes(rest);
    match *tag {
        TRANSFERRED => Some(Row::Transferred(Box::new(bytes.transferred(&record.path)?))),
        VERIFIED => bytes.verified().map(Row::Verified),
        _ => None,
    }
}

fn transferred(row: &TransferredRow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160);
    bytes.push(TRANSFERRED);
    put(&mut bytes, Some(&String::from(row.transfer_status.clone())));
    put(&mut bytes, row.dst_s3_version_id.as_deref());
    put(&mut bytes, row.failure().as_deref());
    bytes.push(u8::from(row.src_metadata.is_some()));
    if let Some(source) = &row.src_metadata {
        put(&mut bytes, source.kind.as_deref());
        put(&mut bytes, source.mtime.as_deref());
        put(&mut bytes, source.mode.as_deref());
        put_number(&mut bytes, source.content_size);
        put_number(&mut bytes, source.uid.map(u64::from));
        put_number(&mut bytes, source.gid.map(u64::from));
    }
    bytes
}

fn verified(item: &VerifiedItem) -> Vec<u8> {
    let only_at = match item.only_at {
        None => 0,
        Some(Side::Source) => 1,
        Some(Side::Destination) => 2,
    };
    let mut bytes = vec![VERIFIED, u8::from(item.is_directory), only_at];
    let (kind, text) = match &item.verification {
        Verification::Equal { sha256 } => (0, sha256.as_ref()),
        Verification::ChecksumDiffers { detail } => (1, Some(detail)),
        Verification::Failed { detail } => (2, Some(detail)),
    };
    bytes.push(kind);
    put(&mut bytes, text.map(String::as_str));
    bytes
}

fn put(bytes: &mut Vec<u8>, text: Option<&str>) {
    // A text beyond 64 KiB is of no use to anybody; no field of a report is near it.
    let text =
        text.map(|text| &text.as_bytes()[..text.floor_char_boundary(usize::from(u16::MAX) - 1)]);
    let length = text.map_or(u16::MAX, |text| u16::try_from(text.len()).unwrap_or(u16::MAX - 1));
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text.unwrap_or_default());
}

fn put_number(bytes: &mut Vec<u8>, number: Option<u64>) {
    bytes.push(u8::from(number.is_some()));
    bytes.extend(number.iter().flat_map(|number| number.to_le_bytes()));
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn transferred(&mut self, path: &[u8]) -> Option<TransferredRow> {
        let status = RowStatus::from(self.text()??);
        let (version_id, failure) = (self.text()?, self.text()?);
        let src_metadata = if self.byte()? == 0 { None } else { Some(self.source()?) };
        Some(TransferredRow {
            relative_path: String::from_utf8(path.to_vec()).ok()?,
            src_metadata,
            overwrite: None,
            dst_s3_version_id: version_id,
            transfer_timestamp: None,
            transfer_type: None,
            transfer_status: status,
            failure_reason: failure,
            failure_code: None,
            error_code: None,
            error_detail: None,
        })
    }

    fn source(&mut self) -> Option<ItemMetadata> {
        Some(ItemMetadata {
            kind: self.text()?,
            mtime: self.text()?,
            mode: self.text()?,
            content_size: self.number()?,
            uid: self.number()?.and_then(|uid| u32::try_from(uid).ok()),
            gid: self.number()?.and_then(|gid| u32::try_from(gid).ok()),
            atime: None,
        })
    }

    fn verified(&mut self) -> Option<VerifiedItem> {
        let is_directory = self.byte()? == 1;
        let only_at = match self.byte()? {
            0 => None,
            1 => Some(Side::Source),
            2 => Some(Side::Destination),
            _ => return None,
        };
        let verification = match (self.byte()?, self.text()?) {
            (0, sha256) => Verification::Equal { sha256 },
            (1, detail) => Verification::ChecksumDiffers { detail: detail? },
            (2, detail) => Verification::Failed { detail: detail? },
            _ => return None,
        };
        Some(VerifiedItem { verification, is_directory, only_at })
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// `None` when there is no text, `Some(None)` when the text is absent.
    fn text(&mut self) -> Option<Option<String>> {
        let length = u16::from_le_bytes(self.take(2)?.try_into().ok()?);
        if length == u16::MAX {
            return Some(None);
        }
        Some(Some(String::from_utf8(self.take(usize::from(length))?.to_vec()).ok()?))
    }

    fn number(&mut self) -> Option<Option<u64>> {
        if self.byte()? == 0 {
            return Some(None);
        }
        Some(Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use domain::report::VerifiedRow;

    use super::*;
    use crate::fixtures;

    #[test]
    fn rows_come_back_with_all_that_judging_needs() {
        let mut expected = fixtures::transferred("/größe/a b");
        expected.failure_reason = Some("S3 Get Object Failed".into());
        let found = row(&record(&PartRow::Transferred(expected.clone())));
        assert_eq!(found, Some(Row::Transferred(Box::new(expected))));
        let verified = fixtures::verified("/a");
        let item = VerifiedItem::of(&verified);
        assert_eq!(row(&record(&PartRow::Verified(verified.clone()))), Some(Row::Verified(item)));
        let gone = VerifiedRow { src_metadata: None, src_checksum: None, ..verified.clone() };
        let created = VerifiedRow { dst_metadata: None, dst_checksum: None, ..verified };
        for verified in [gone, created] {
            let item = VerifiedItem::of(&verified);
            assert!(item.only_at.is_some());
            assert_eq!(row(&record(&PartRow::Verified(verified))), Some(Row::Verified(item)));
        }
    }

    #[test]
    fn bytes_cut_short_are_no_row() {
        let whole = record(&PartRow::Transferred(fixtures::transferred("/a")));
        for length in 0..whole.row.len() {
            assert_eq!(
                row(&Record { row: whole.row[..length].to_vec(), ..whole.clone() }),
                None,
                "{length}"
            );
        }
    }
}
