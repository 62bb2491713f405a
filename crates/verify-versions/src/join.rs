//! What both reports say of one path, side by side. Pure but for reading the spilled rows.

use std::io;

use domain::report::TransferredRow;

use crate::codec::{Row, row};
use crate::spill::Sorted;
use crate::verification::VerifiedItem;

/// One path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Joined {
    /// Begins with `/`.
    pub(crate) path: String,
    pub(crate) transferred: Option<Box<TransferredRow>>,
    pub(crate) verified: Option<VerifiedItem>,
    /// Whether a report has the path twice; the first row of each is kept.
    pub(crate) twice: bool,
}

/// The next path, or `None` at the end.
pub(crate) fn next(sorted: &mut Sorted) -> io::Result<Option<Joined>> {
    let Some(path) = sorted.next_path().map(<[u8]>::to_vec) else { return Ok(None) };
    let corrupt =
        || io::Error::new(io::ErrorKind::InvalidData, "a spilled row is not as it was written");
    let mut joined = Joined {
        path: String::from_utf8(path.clone()).map_err(|_| corrupt())?,
        ..Joined::default()
    };
    while sorted.next_path() == Some(path.as_slice()) {
        let Some(record) = sorted.next()? else { break };
        match row(&record).ok_or_else(corrupt)? {
            Row::Transferred(row) if joined.transferred.is_none() => joined.transferred = Some(row),
            Row::Verified(item) if joined.verified.is_none() => joined.verified = Some(item),
            Row::Verified(item)
                if joined.verified.as_ref().is_some_and(|first| first.is_other_side_of(&item)) => {}
            _ => joined.twice = true,
        }
    }
    Ok(Some(joined))
}
