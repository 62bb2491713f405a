//! Keys as listings have them: no panic, and a key that was encoded, in either form of a space, is read as it was.
#![no_main]

use aws_edge::listed_key::listed_key;
use aws_sdk_s3::types::EncodingType;
use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

fuzz_target!(|key: &str| {
    let _ = listed_key(key.to_owned(), Some(&EncodingType::Url));
    assert_eq!(listed_key(key.to_owned(), None), key);
    let encoded = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
    for listed in [encoded.replace("%20", "+"), encoded] {
        assert_eq!(listed_key(listed, Some(&EncodingType::Url)), key);
    }
});
