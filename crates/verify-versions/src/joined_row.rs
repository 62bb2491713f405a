//! The rows of both reports for one path. Pure but for reading the sorted rows.

use std::io;

use domain::report::TransferredRow;
use external_sort::SortedRecords;

use crate::row_codec::{DecodedRow, RowRecord, decode_row};
use crate::verified_row::VerifiedItem;

/// One path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct JoinedRow {
    /// Begins with `/`.
    pub(crate) path: String,
    pub(crate) transferred: Option<Box<TransferredRow>>,
    pub(crate) verified: Option<VerifiedItem>,
    /// Whether a report has the path twice; the first row of each is kept.
    pub(crate) is_duplicated: bool,
}

/// Reads the next path; `None` at the end.
pub(crate) fn read_joined(rows: &mut SortedRecords<RowRecord>) -> io::Result<Option<JoinedRow>> {
    let Some(path) = rows.peek().map(|record| record.path.clone()) else { return Ok(None) };
    let corrupt =
        || io::Error::new(io::ErrorKind::InvalidData, "a sorted row is not as it was written");
    let mut joined = JoinedRow {
        path: String::from_utf8(path.clone()).map_err(|_| corrupt())?,
        ..JoinedRow::default()
    };
    while rows.peek().is_some_and(|record| record.path == path) {
        let Some(record) = rows.next().transpose()? else { break };
        joined.add(decode_row(&record).ok_or_else(corrupt)?);
    }
    Ok(Some(joined))
}

impl JoinedRow {
    fn add(&mut self, row: DecodedRow) {
        match row {
            DecodedRow::Transferred(row) if self.transferred.is_none() => {
                self.transferred = Some(row);
            }
            DecodedRow::Verified(item) if self.verified.is_none() => self.verified = Some(item),
            DecodedRow::Verified(item)
                if self.verified.as_ref().is_some_and(|first| first.is_other_side_of(&item)) => {}
            _ => self.is_duplicated = true,
        }
    }
}
