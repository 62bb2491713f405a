//! The address of a bucket, which the SDK works out: it presigns one request, which is never sent.
//! So partitions, FIPS, dual stack, addressing by path and custom endpoints stay the SDK's matter.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters that a key keeps in a path: RFC 3986's unreserved ones and the slash (S3 API
/// reference, "Create a canonical request").
const IN_A_KEY: &AsciiSet = &IN_A_QUERY.remove(b'/');
const IN_A_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A key without a character that would be encoded.
const PROBE: &str = "k";

/// The address of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BucketEndpoint {
    /// Scheme and authority.
    pub(super) origin: String,
    /// The value of the `Host` header: without the scheme's own port.
    pub(super) host: String,
    /// The path before each key; ends in a slash.
    pub(super) key_prefix: String,
    /// Requests are signed for this region.
    pub(super) region: String,
}

/// The part of a request that depends on the object.
#[derive(Debug)]
pub(super) struct RequestTarget {
    pub(super) path: String,
    pub(super) query: String,
}

impl BucketEndpoint {
    pub(super) async fn for_bucket(client: &Client, bucket: &str) -> Option<Self> {
        let valid = PresigningConfig::expires_in(Duration::from_secs(60)).ok()?;
        let presigned =
            client.head_object().bucket(bucket).key(PROBE).presigned(valid).await.ok()?;
        Self::from_presigned(presigned.uri())
    }

    /// Returns `None` for anything but a request to S3 that is signed with version 4.
    fn from_presigned(uri: &str) -> Option<Self> {
        let (address, query) = uri.split_once('?')?;
        let region = signed_region(query)?;
        let (scheme, rest) = address.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/')?);
        let key_prefix = path.strip_suffix(PROBE).filter(|key_prefix| key_prefix.ends_with('/'))?;
        let own_port = if scheme == "https" { ":443" } else { ":80" };
        Some(Self {
            origin: format!("{scheme}://{authority}"),
            host: authority.strip_suffix(own_port).unwrap_or(authority).to_owned(),
            key_prefix: key_prefix.to_owned(),
            region,
        })
    }

    /// Returns the target of an object; S3 does not normalise keys.
    pub(super) fn target_of(&self, key: &str, version_id: Option<&str>) -> RequestTarget {
        let path = format!("{}{}", self.key_prefix, utf8_percent_encode(key, IN_A_KEY));
        let query =
            version_id.map(|id| format!("versionId={}", utf8_percent_encode(id, IN_A_QUERY)));
        RequestTarget { path, query: query.unwrap_or_default() }
    }

    pub(super) fn uri_of(&self, target: &RequestTarget) -> String {
        let mark = if target.query.is_empty() { "" } else { "?" };
        [&self.origin, &target.path, mark, &target.query].concat()
    }
}

/// Returns the region of a signature of version 4 for S3.
fn signed_region(query: &str) -> Option<String> {
    let parameter = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        percent_decode_str(found).decode_utf8().ok()
    };
    if parameter("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return None;
    }
    // `<access key>/<day>/<region>/<service>/aws4_request`, from the end, as only the end has a
    // fixed shape.
    let credential = parameter("X-Amz-Credential")?;
    let mut scope = credential.rsplit('/');
    match (scope.next()?, scope.next()?, scope.next()?) {
        ("aws4_request", "s3", region) => Some(region.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(address: &str, service: &str) -> String {
        let scope = format!("AKIA%2F20261123%2Feu-central-1%2F{service}%2Faws4_request");
        format!(
            "{address}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}\
                &X-Amz-Date=20261123T000000Z"
        )
    }

    #[test]
    fn the_address_is_taken_from_a_presigned_request() {
        for (address, origin, host, key_prefix) in [
            (
                "https://data.s3.amazonaws.com/k",
                "https://data.s3.amazonaws.com",
                "data.s3.amazonaws.com",
                "/",
            ),
            ("http://127.0.0.1:4566/data/k", "http://127.0.0.1:4566", "127.0.0.1:4566", "/data/"),
            ("https://s3.local:443/data/k", "https://s3.local:443", "s3.local", "/data/"),
        ] {
            let [origin, host, key_prefix] = [origin, host, key_prefix].map(str::to_owned);
            let region = "eu-central-1".to_owned();
            let expected = BucketEndpoint { origin, host, key_prefix, region };
            assert_eq!(BucketEndpoint::from_presigned(&signed(address, "s3")), Some(expected));
        }
    }

    #[test]
    fn no_address_is_taken_from_requests_of_other_forms() {
        for other in [
            signed("https://data.s3.amazonaws.com/k", "s3express"),
            signed("https://data.s3.amazonaws.com/k", "s3").replace("AWS4-HMAC", "AWS4-ECDSA-P256"),
            signed("https://data.s3.amazonaws.com/other", "s3"),
            "https://data.s3.amazonaws.com/k".to_owned(),
        ] {
            assert_eq!(BucketEndpoint::from_presigned(&other), None, "{other}");
        }
    }
}
