//! Rows in the form of Enhanced mode: `RelativePath` without its slash, `SourceMetadata`,
//! `ErrorDetail` (DataSync User Guide, "Task reports"; AWS's own solutions read both spellings).

use serde_json::Value;

const RENAMED: [(&str, &str); 5] = [
    ("SrcMetadata", "SourceMetadata"),
    ("DstMetadata", "DestinationMetadata"),
    ("SrcChecksum", "SourceChecksum"),
    ("DstChecksum", "DestinationChecksum"),
    ("FailureReason", "ErrorDetail"),
];

/// Renames the row's fields to those of Enhanced mode.
pub(super) fn enhanced_row(mut row: Value) -> Value {
    let Some(fields) = row.as_object_mut() else { return row };
    for (basic, enhanced) in RENAMED {
        if let Some(value) = fields.remove(basic) {
            fields.insert(enhanced.to_owned(), value);
        }
    }
    if let Some(Value::String(path)) = fields.get_mut("RelativePath") {
        *path = path.trim_start_matches('/').to_owned();
    }
    row
}

#[cfg(test)]
mod tests {
    use domain::report::TransferredRow;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_renamed_row_is_read_as_before() {
        let basic = json!({"RelativePath":"/a","SrcMetadata":{"Type":"Regular"},
            "FailureReason":"no","ErrorCode":"AccessDenied",
            "TransferStatus":"FAILED"});
        let enhanced = enhanced_row(basic);
        assert_eq!(
            enhanced,
            json!({"RelativePath":"a","SourceMetadata":{"Type":"Regular"},"ErrorDetail":"no",
                "ErrorCode":"AccessDenied",
                "TransferStatus":"FAILED"})
        );
        let row: TransferredRow = serde_json::from_value(enhanced).unwrap();
        assert_eq!(row.failure().as_deref(), Some("no (AccessDenied)"));
    }
}
