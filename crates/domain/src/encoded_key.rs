//! Keys as S3 encodes them in listings (`encoding-type=url`), since XML 1.0 can't hold every
//! character that a key may.

use percent_encoding::percent_decode_str;

/// The key that is named by an encoded one. A space may come as `+`; a plus never comes as itself.
#[must_use]
pub fn decode_key(encoded: String) -> String {
    if !encoded.contains(['+', '%']) {
        return encoded;
    }
    percent_decode_str(&encoded.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_key_is_read_as_it_was() {
        for (encoded, key) in [
            ("a+b%2Fc%0A%2B", "a b/c\n+"),
            ("a+b%20c%2Bd", "a b c+d"),
            ("%C3%BC/%01", "ü/\u{1}"),
            ("%EF%BF%BE%ef%bf%bf", "\u{fffe}\u{ffff}"),
            ("plain/key", "plain/key"),
            ("100%25", "100%"),
            ("100%", "100%"),
            ("", ""),
        ] {
            assert_eq!(decode_key(encoded.to_owned()), key);
        }
    }
}
