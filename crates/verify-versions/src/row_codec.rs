//! The rows of both reports as short bytes: the fields that a comparison needs, and no others.

mod decode;
mod record;

use domain::report::{PartRow, TransferredRow};

use crate::compare::path_of;
use crate::verified_row::{OnlySide, RowVerification, VerifiedItem};
pub(crate) use decode::decode_row;
pub(crate) use record::RowRecord;

/// A row as it is decoded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DecodedRow {
    Transferred(Box<TransferredRow>),
    Verified(VerifiedItem),
}

const TRANSFERRED: u8 = 0;
const VERIFIED: u8 = 1;

pub(crate) fn encode_row(row: &PartRow) -> RowRecord {
    match row {
        PartRow::Transferred(row) => RowRecord {
            path: path_of(&row.relative_path).into_bytes(),
            row: encode_transferred(row),
        },
        PartRow::Verified(row) => RowRecord {
            path: path_of(&row.relative_path).into_bytes(),
            row: encode_verified(&VerifiedItem::from_row(row)),
        },
    }
}

fn encode_transferred(row: &TransferredRow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(160);
    bytes.push(TRANSFERRED);
    put_text(&mut bytes, Some(&String::from(row.transfer_status.clone())));
    put_text(&mut bytes, row.dst_s3_version_id.as_deref());
    put_text(&mut bytes, row.failure().as_deref());
    bytes.push(u8::from(row.src_metadata.is_some()));
    if let Some(source) = &row.src_metadata {
        put_text(&mut bytes, source.kind.as_deref());
        put_text(&mut bytes, source.mtime.as_deref());
        put_text(&mut bytes, source.mode.as_deref());
        put_number(&mut bytes, source.content_size);
        put_number(&mut bytes, source.uid.map(u64::from));
        put_number(&mut bytes, source.gid.map(u64::from));
    }
    bytes
}

fn encode_verified(item: &VerifiedItem) -> Vec<u8> {
    let only_at = match item.only_at {
        None => 0,
        Some(OnlySide::Source) => 1,
        Some(OnlySide::Destination) => 2,
    };
    let mut bytes = vec![VERIFIED, u8::from(item.is_directory), only_at];
    let (kind, text) = match &item.verification {
        RowVerification::Equal { sha256 } => (0, sha256.as_ref()),
        RowVerification::ChecksumDiffers { detail } => (1, Some(detail)),
        RowVerification::Failed { detail } => (2, Some(detail)),
    };
    bytes.push(kind);
    put_text(&mut bytes, text.map(String::as_str));
    bytes
}

fn put_text(bytes: &mut Vec<u8>, text: Option<&str>) {
    // No field of a report comes near 64 KiB.
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

#[cfg(test)]
mod tests;
