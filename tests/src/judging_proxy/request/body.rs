//! Bodies of requests as they are recorded.

use hyper::body::Bytes;
use hyper::http::request::Parts;

/// Bodies above this are recorded without what makes them large.
pub(super) const LARGEST: usize = 256 << 10;

/// The body without what is large and says nothing: contents, payloads, code.
pub(super) fn kept_body(
    service: &str,
    object: bool,
    invocation: bool,
    head: &Parts,
    body: &Bytes,
) -> Vec<u8> {
    let listed = head
        .uri
        .query()
        .is_some_and(|query| query.starts_with("delete") || query.starts_with("uploadId"));
    if invocation || (object && !(head.method == "POST" && listed)) {
        return Vec::new();
    }
    if service == "lambda" { without_code(body) } else { body.to_vec() }
}

/// `CreateFunction` and `UpdateFunctionCode` with an empty archive: its times differ each time.
fn without_code(body: &[u8]) -> Vec<u8> {
    const FIELD: &[u8] = b"\"ZipFile\":";
    let cut = || {
        let field = body.windows(FIELD.len()).position(|part| part == FIELD)? + FIELD.len();
        let begin = field + body[field..].iter().position(|byte| *byte == b'"')? + 1;
        let end = begin + body[begin..].iter().position(|byte| *byte == b'"')?;
        Some([&body[..begin], b"UEs=", &body[end..]].concat())
    };
    cut().unwrap_or_else(|| if body.len() > LARGEST { Vec::new() } else { body.to_vec() })
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_cut_out_of_a_request() {
        let body = br#"{"Code":{"ZipFile": "AAAA"},"Role":"r"}"#;
        assert_eq!(without_code(body), br#"{"Code":{"ZipFile": "UEs="},"Role":"r"}"#);
    }

    #[test]
    fn base_64_is_padded() {
        assert_eq!(
            [base64(b""), base64(b"f"), base64(b"fo"), base64(b"foo")],
            ["", "Zg==", "Zm8=", "Zm9v"]
        );
    }
}
