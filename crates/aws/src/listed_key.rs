//! Keys in listings.
//!
//! XML 1.0 can't hold every character that a key may, so each listing asks for `encoding-type=url`
//! (S3 API reference, `ListObjectsV2`). The response states whether the keys are encoded; some
//! stores do not encode them.

use aws_sdk_s3::types::EncodingType;
use domain::encoded_key::decode_key;

/// Decodes a key, or a marker. `encoding` is that of the response.
#[must_use]
pub fn listed_key(listed: String, encoding: Option<&EncodingType>) -> String {
    if encoding == Some(&EncodingType::Url) { decode_key(listed) } else { listed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_decoded_where_the_answer_says_that_it_is_encoded() {
        for (listed, encoded, key) in [
            ("a+b%2Fc%0A%2B", true, "a b/c\n+"),
            ("a+b%2Fc", false, "a+b%2Fc"),
            ("a+b%20c%2Bd", true, "a b c+d"),
            ("%C3%BC/%01", true, "ü/\u{1}"),
            ("plain/key", true, "plain/key"),
            ("%C3%BC", true, "ü"),
        ] {
            let encoding = encoded.then_some(EncodingType::Url);
            assert_eq!(listed_key(listed.to_owned(), encoding.as_ref()), key);
        }
    }
}
