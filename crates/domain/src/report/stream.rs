//! A part of a detailed report, row by row: one row is held at a time, however long the part.
//!
//! Tolerant of fields nobody has told us of; strict about what must be there: the execution's id,
//! the rows, and the end.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::{ReportKind, TransferredRow, VerifiedRow};

/// A row that a proof needs.
#[derive(Clone, Debug, PartialEq)]
pub enum PartRow {
    Transferred(TransferredRow),
    Verified(VerifiedRow),
}

/// Reads a part of the Transferred or the Verified report and hands on each row; the execution's id
/// (`exec-…`).
///
/// # Errors
/// When it is not such a part from beginning to end; rows before the fault have been passed to the
/// caller.
pub fn read_part(
    kind: ReportKind,
    part: &[u8],
    mut row: impl FnMut(PartRow),
) -> Result<String, PartError> {
    let mut json = serde_json::Deserializer::from_slice(part);
    let field = kind.json_field();
    let id = match kind {
        ReportKind::Transferred => {
            PartVisitor::new(field, |found| row(PartRow::Transferred(found))).deserialize(&mut json)
        }
        ReportKind::Verified => {
            PartVisitor::new(field, |found| row(PartRow::Verified(found))).deserialize(&mut json)
        }
        _ => return Err(PartError::NoProof(kind)),
    };
    let id = id.map_err(PartError::Json)?;
    json.end().map_err(PartError::Json)?;
    Ok(id)
}

struct PartVisitor<R, F> {
    field: &'static str,
    row: F,
    of: PhantomData<R>,
}

impl<R, F: FnMut(R)> PartVisitor<R, F> {
    fn new(field: &'static str, row: F) -> Self {
        Self { field, row, of: PhantomData }
    }
}

impl<'de, R: Deserialize<'de>, F: FnMut(R)> DeserializeSeed<'de> for PartVisitor<R, F> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<String, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, R: Deserialize<'de>, F: FnMut(R)> Visitor<'de> for PartVisitor<R, F> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a part of the {} report", self.field)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<String, A::Error> {
        let mut id = None;
        let mut rows = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "TaskExecutionId" {
                if id.replace(map.next_value::<String>()?).is_some() {
                    return Err(A::Error::duplicate_field("TaskExecutionId"));
                }
            } else if key != self.field {
                map.next_value::<IgnoredAny>()?;
            } else if std::mem::replace(&mut rows, true) {
                return Err(A::Error::duplicate_field(self.field));
            } else {
                map.next_value_seed(RowsVisitor(&mut self))?;
            }
        }
        if !rows {
            return Err(A::Error::missing_field(self.field));
        }
        id.ok_or_else(|| A::Error::missing_field("TaskExecutionId"))
    }
}

struct RowsVisitor<'a, R, F>(&'a mut PartVisitor<R, F>);

impl<'de, R: Deserialize<'de>, F: FnMut(R)> DeserializeSeed<'de> for RowsVisitor<'_, R, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, R: Deserialize<'de>, F: FnMut(R)> Visitor<'de> for RowsVisitor<'_, R, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rows of the {} report", self.0.field)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            (self.0.row)(row);
        }
        Ok(())
    }
}

/// Why a part can't be read.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    #[error("reading a part of the report")]
    Json(#[source] serde_json::Error),
    #[error("reading a part of the {0} report: it proves nothing")]
    NoProof(ReportKind),
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str = r#"{"New":{"a":[1]},"TaskExecutionId":"exec-1","Transferred":[
        {"RelativePath":"/a","TransferStatus":"SUCCESS","Unknown":1},
        {"RelativePath":"b","SourceMetadata":{"Type":"Object","SystemMetadata":{}},"TransferStatus":"FAILED"}]}"#;

    fn read(part: &str) -> Result<(String, Vec<String>), String> {
        let mut paths = Vec::new();
        let take = |row| match row {
            PartRow::Transferred(row) => paths.push(row.relative_path),
            PartRow::Verified(row) => paths.push(row.relative_path),
        };
        let id = read_part(ReportKind::Transferred, part.as_bytes(), take);
        id.map(|id| (id, paths)).map_err(|error| match error {
            PartError::Json(source) => source.to_string(),
            other => other.to_string(),
        })
    }

    #[test]
    fn rows_of_both_modes_are_handed_on_and_unknown_fields_ignored() {
        assert_eq!(read(PART), Ok(("exec-1".into(), vec!["/a".into(), "b".into()])));
    }

    #[test]
    fn no_part_cut_anywhere_is_read_to_its_end() {
        for end in 0..PART.len() {
            assert!(read(&PART[..end]).is_err(), "{end}");
        }
    }

    const INCOMPLETE_PARTS: [(&str, &str); 7] = [
        (r#"{"TaskExecutionId":"exec-1"}"#, "missing field `Transferred`"),
        (r#"{"Transferred":[]}"#, "missing field `TaskExecutionId`"),
        (
            r#"{"TaskExecutionId":"e","Transferred":[{"RelativePath":"/a"}]}"#,
            "missing field `TransferStatus`",
        ),
        (
            r#"{"TaskExecutionId":"e","Transferred":[{"TransferStatus":"SUCCESS"}]}"#,
            "missing field `RelativePath`",
        ),
        (
            r#"{"TaskExecutionId":"e","Transferred":[],"Transferred":[]}"#,
            "duplicate field `Transferred`",
        ),
        (r#"{"TaskExecutionId":"e","Transferred":[]} x"#, "trailing characters"),
        (r#"{"TaskExecutionId":"e","Verified":[]}"#, "missing field `Transferred`"),
    ];

    #[test]
    fn what_must_be_there_is_missed() {
        for (part, why) in INCOMPLETE_PARTS {
            let error = read(part).unwrap_err();
            assert!(error.contains(why), "{part}: {error}");
        }
    }
}
