//! Where the requests of a bucket go, as the SDK says: it presigns one, without sending it. So
//! partitions, FIPS, dual stack, addressing by path and custom endpoints are the SDK's affair here
//! too.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What an RFC 3986 path of S3 may hold as it is: the unreserved characters and the slash (S3 API
/// reference, "Create a canonical request").
const IN_A_KEY: &AsciiSet = &IN_A_QUERY.remove(b'/');
const IN_A_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Any key that is written as it is.
const PROBE: &str = "k";

/// The address of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Scheme and authority.
    pub(super) origin: String,
    /// As the `Host` header names it: without the scheme's own port.
    pub(super) host: String,
    /// What comes before each key; ends in a slash.
    pub(super) folder: String,
    /// Requests are signed for this region.
    pub(super) region: String,
}

/// What of a request depends on the object.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) path: String,
    pub(super) query: String,
}

impl Endpoint {
    pub(super) async fn of_bucket(client: &Client, bucket: &str) -> Option<Self> {
        let valid = PresigningConfig::expires_in(Duration::from_secs(60)).ok()?;
        let presigned =
            client.head_object().bucket(bucket).key(PROBE).presigned(valid).await.ok()?;
        Self::of_presigned(presigned.uri())
    }

    /// `None` for anything but a request to S3 that is signed with version 4.
    fn of_presigned(uri: &str) -> Option<Self> {
        let (address, query) = uri.split_once('?')?;
        let parameter = |name: &str| {
            let found =
                query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            percent_decode_str(found).decode_utf8().ok()
        };
        if parameter("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return None;
        }
        // `<access key>/<day>/<region>/<service>/aws4_request`, from the end, as only the end has a
        // fixed shape.
        let credential = parameter("X-Amz-Credential")?;
        let mut scope = credential.rsplit('/');
        let ("aws4_request", "s3", region) = (scope.next()?, scope.next()?, scope.next()?) else {
            return None;
        };
        let (scheme, rest) = address.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/')?);
        let folder = path.strip_suffix(PROBE).filter(|folder| folder.ends_with('/'))?;
        let own_port = if scheme == "https" { ":443" } else { ":80" };
        Some(Self {
            origin: format!("{scheme}://{authority}"),
            host: authority.strip_suffix(own_port).unwrap_or(authority).to_owned(),
            folder: folder.to_owned(),
            region: region.to_owned(),
        })
    }

    /// S3 takes keys as they are: nothing is normalised.
    pub(super) fn target(&self, key: &str, version_id: Option<&str>) -> Target {
        let path = format!("{}{}", self.folder, utf8_percent_encode(key, IN_A_KEY));
        let query =
            version_id.map(|id| format!("versionId={}", utf8_percent_encode(id, IN_A_QUERY)));
        Target { path, query: query.unwrap_or_default() }
    }

    pub(super) fn uri(&self, target: &Target) -> String {
        let mark = if target.query.is_empty() { "" } else { "?" };
        [&self.origin, &target.path, mark, &target.query].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_off_a_presigned_request() {
        let signed = |address: &str, service: &str| {
            let scope = format!("AKIA%2F20261123%2Feu-central-1%2F{service}%2Faws4_request");
            format!(
                "{address}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date=20261123T000000Z"
            )
        };
        let endpoint = |origin: &str, host: &str, folder: &str| {
            let [origin, host, folder] = [origin, host, folder].map(str::to_owned);
            Some(Endpoint { origin, host, folder, region: "eu-central-1".to_owned() })
        };
        let by_host = endpoint("https://data.s3.amazonaws.com", "data.s3.amazonaws.com", "/");
        assert_eq!(
            Endpoint::of_presigned(&signed("https://data.s3.amazonaws.com/k", "s3")),
            by_host
        );
        let by_path = endpoint("http://127.0.0.1:4566", "127.0.0.1:4566", "/data/");
        assert_eq!(Endpoint::of_presigned(&signed("http://127.0.0.1:4566/data/k", "s3")), by_path);
        let own_port = endpoint("https://s3.local:443", "s3.local", "/data/");
        assert_eq!(Endpoint::of_presigned(&signed("https://s3.local:443/data/k", "s3")), own_port);
        for other in [
            signed("https://data.s3.amazonaws.com/k", "s3express"),
            signed("https://data.s3.amazonaws.com/k", "s3").replace("AWS4-HMAC", "AWS4-ECDSA-P256"),
            signed("https://data.s3.amazonaws.com/other", "s3"),
            "https://data.s3.amazonaws.com/k".to_owned(),
        ] {
            assert_eq!(Endpoint::of_presigned(&other), None, "{other}");
        }
    }
}
