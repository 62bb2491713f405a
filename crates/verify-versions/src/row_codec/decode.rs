//! The decoding of rows.

use domain::report::{ItemMetadata, RowStatus, TransferredRow};

use super::{DecodedRow, RowRecord, TRANSFERRED, VERIFIED};
use crate::verified_row::{OnlySide, RowVerification, VerifiedItem};

/// Decodes a record; `None` when its bytes are not those of [`encode_row`](super::encode_row).
pub(crate) fn decode_row(record: &RowRecord) -> Option<DecodedRow> {
    let (tag, rest) = record.row.split_first()?;
    let mut bytes = EncodedBytes(rest);
    match *tag {
        TRANSFERRED => {
            Some(DecodedRow::Transferred(Box::new(bytes.read_transferred(&record.path)?)))
        }
        VERIFIED => bytes.read_verified().map(DecodedRow::Verified),
        _ => None,
    }
}

struct EncodedBytes<'a>(&'a [u8]);

impl EncodedBytes<'_> {
    fn read_transferred(&mut self, path: &[u8]) -> Option<TransferredRow> {
        let status = RowStatus::from(self.read_text()??);
        let (version_id, failure) = (self.read_text()?, self.read_text()?);
        let src_metadata = if self.read_byte()? == 0 { None } else { Some(self.read_source()?) };
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

    fn read_source(&mut self) -> Option<ItemMetadata> {
        Some(ItemMetadata {
            kind: self.read_text()?,
            mtime: self.read_text()?,
            mode: self.read_text()?,
            content_size: self.read_number()?,
            uid: self.read_number()?.and_then(|uid| u32::try_from(uid).ok()),
            gid: self.read_number()?.and_then(|gid| u32::try_from(gid).ok()),
            atime: None,
        })
    }

    fn read_verified(&mut self) -> Option<VerifiedItem> {
        let is_directory = self.read_byte()? == 1;
        let only_at = match self.read_byte()? {
            0 => None,
            1 => Some(OnlySide::Source),
            2 => Some(OnlySide::Destination),
            _ => return None,
        };
        let verification = match (self.read_byte()?, self.read_text()?) {
            (0, sha256) => RowVerification::Equal { sha256 },
            (1, detail) => RowVerification::ChecksumDiffers { detail: detail? },
            (2, detail) => RowVerification::Failed { detail: detail? },
            _ => return None,
        };
        Some(VerifiedItem { verification, is_directory, only_at })
    }

    fn take_bytes(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn read_byte(&mut self) -> Option<u8> {
        self.take_bytes(1).map(|bytes| bytes[0])
    }

    /// Returns `None` when the bytes end too early, `Some(None)` for an absent text.
    fn read_text(&mut self) -> Option<Option<String>> {
        let length = u16::from_le_bytes(self.take_bytes(2)?.try_into().ok()?);
        if length == u16::MAX {
            return Some(None);
        }
        Some(Some(String::from_utf8(self.take_bytes(usize::from(length))?.to_vec()).ok()?))
    }

    fn read_number(&mut self) -> Option<Option<u64>> {
        if self.read_byte()? == 0 {
            return Some(None);
        }
        Some(Some(u64::from_le_bytes(self.take_bytes(8)?.try_into().ok()?)))
    }
}
