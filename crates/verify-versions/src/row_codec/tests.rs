use domain::report::VerifiedRow;

use super::*;
use crate::testing::fixtures;

fn decode_encoded(row: PartRow) -> Option<DecodedRow> {
    decode_row(&encode_row(&row))
}

#[test]
fn decoded_rows_have_all_that_a_comparison_needs() {
    let mut expected = fixtures::transferred_row("/größe/a b");
    expected.failure_reason = Some("S3 Get Object Failed".into());
    let found = decode_encoded(PartRow::Transferred(expected.clone()));
    assert_eq!(found, Some(DecodedRow::Transferred(Box::new(expected))));
    let verified = fixtures::verified_row("/a");
    let item = VerifiedItem::from_row(&verified);
    let found = decode_encoded(PartRow::Verified(verified.clone()));
    assert_eq!(found, Some(DecodedRow::Verified(item)));
    let gone = VerifiedRow { src_metadata: None, src_checksum: None, ..verified.clone() };
    let created = VerifiedRow { dst_metadata: None, dst_checksum: None, ..verified };
    for verified in [gone, created] {
        let item = VerifiedItem::from_row(&verified);
        assert!(item.only_at.is_some());
        let found = decode_encoded(PartRow::Verified(verified));
        assert_eq!(found, Some(DecodedRow::Verified(item)));
    }
}

#[test]
fn truncated_bytes_are_no_row() {
    let whole = encode_row(&PartRow::Transferred(fixtures::transferred_row("/a")));
    for length in 0..whole.row.len() {
        assert_eq!(
            decode_row(&RowRecord { row: whole.row[..length].to_vec(), ..whole.clone() }),
            None,
            "{length}"
        );
    }
}
