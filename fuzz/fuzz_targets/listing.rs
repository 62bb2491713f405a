//! Keys as listings have them: no panic, and a key that was encoded, in either form of a space, is
//! read as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use domain::encoded_key::decode_key;

fuzz_target!(|key: &str| {
    let _ = decode_key(key.to_owned());
    let encoded = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
    for listed in [encoded.replace("%20", "+"), encoded] {
        assert_eq!(decode_key(listed), key);
    }
});
