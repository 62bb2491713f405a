//! AWS Signature Version 4 of a `HEAD` without a body (S3 API reference, "Authenticating Requests:
//! Using the Authorization Header"); the cryptography is the SDK's own crate.

use std::time::SystemTime;

use aws_sigv4::sign::v4::calculate_signature;
use chrono::{DateTime, Utc};
use domain::records::hash_chain::sha256_hex;

use super::endpoint::RequestTarget;
use super::signing_keys::RequestSigner;

/// The SHA-256 of an empty body.
pub(super) const EMPTY_BODY_SHA256: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The header with the account that must own the bucket (S3 User Guide, "Verifying bucket ownership
/// with bucket owner condition").
pub(super) const EXPECTED_OWNER: &str = "x-amz-expected-bucket-owner";

/// The values of two headers.
#[derive(Debug)]
pub(super) struct HeadSignature {
    /// `X-Amz-Date`
    pub(super) time: String,
    pub(super) authorization: String,
}

impl RequestSigner {
    /// The line and the name of the token's header; empty without a token.
    fn token_header(&self) -> (String, &'static str) {
        match &self.session_token {
            Some(token) => (format!("x-amz-security-token:{token}\n"), ";x-amz-security-token"),
            None => (String::new(), ""),
        }
    }

    /// Signs a request with the headers `host`, `x-amz-content-sha256`, `x-amz-date`, and the owner
    /// and the token where there is one: their names in alphabetical order.
    pub(super) fn sign_head(
        &self,
        host: &str,
        owner: Option<&str>,
        target: &RequestTarget,
        now: SystemTime,
    ) -> HeadSignature {
        let time = DateTime::<Utc>::from(now).format("%Y%m%dT%H%M%SZ").to_string();
        let RequestTarget { path, query } = target;
        let (owner, owner_name) = owner_header(owner);
        let (token, token_name) = self.token_header();
        let names = format!("host;x-amz-content-sha256;x-amz-date{owner_name}{token_name}");
        let of_all =
            format!("host:{host}\nx-amz-content-sha256:{EMPTY_BODY_SHA256}\nx-amz-date:{time}\n");
        let headers = [of_all, owner, token].concat();
        let canonical = format!("HEAD\n{path}\n{query}\n{headers}\n{names}\n{EMPTY_BODY_SHA256}");
        let authorization = self.authorization(&time, &names, &sha256_hex(canonical.as_bytes()));
        HeadSignature { time, authorization }
    }

    /// Returns the `Authorization` header for the hash of a canonical request.
    fn authorization(&self, time: &str, names: &str, canonical: &str) -> String {
        let scope = format!("{}/{}/s3/aws4_request", self.day, self.region);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
        let signature = calculate_signature(&self.key, text.as_bytes());
        let key = &self.access_key_id;
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, \
                Signature={signature}"
        )
    }
}

/// The line and the name of the owner's header; empty without an owner.
fn owner_header(owner: Option<&str>) -> (String, String) {
    match owner {
        Some(owner) => (format!("{EXPECTED_OWNER}:{owner}\n"), format!(";{EXPECTED_OWNER}")),
        None => (String::new(), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::endpoint::BucketEndpoint;
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4::SigningParams;
    use std::time::Duration;

    /// The SDK's settings for S3 (`normalize_uri_path` and `double_uri_encode` are off).
    fn s3_settings() -> SigningSettings {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings
    }

    fn sign_with_sdk(
        credentials: &Credentials,
        host: &str,
        owner: Option<&str>,
        uri: &str,
        now: SystemTime,
    ) -> (String, String) {
        let identity = credentials.clone().into();
        let params = SigningParams::builder().identity(&identity).region("eu-central-1").name("s3");
        let params = params.time(now).settings(s3_settings()).build().unwrap().into();
        let headers =
            [("host", host)].into_iter().chain(owner.map(|owner| (EXPECTED_OWNER, owner)));
        let request = SignableRequest::new("HEAD", uri, headers, SignableBody::empty()).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let of = |name: &str| {
            instructions.headers().find(|(found, _)| *found == name).unwrap().1.to_owned()
        };
        assert_eq!(of("x-amz-content-sha256"), EMPTY_BODY_SHA256);
        (of("x-amz-date"), of("authorization"))
    }

    const KEYS: [&str; 7] = [
        "a",
        "a b/c+d",
        "/x//y/../z/.",
        "ä/日本/😀",
        "%41~-_.",
        "a?b&c=d#e",
        "\u{1}\n\"'()*!$;:@,<>[]{}|\\^`",
    ];

    const VERSION_IDS: [Option<&str>; 4] =
        [None, Some("null"), Some("3/L4kqtJlcpXroDTDmpUMLUo"), Some("a b+c&d")];

    fn local_endpoint() -> BucketEndpoint {
        let [origin, host] = ["http://127.0.0.1:4566", "127.0.0.1:4566"].map(str::to_owned);
        BucketEndpoint { origin, host, key_prefix: "/data/".into(), region: "eu-central-1".into() }
    }

    #[test]
    fn a_signature_is_the_one_that_the_sdk_makes() {
        let endpoint = local_endpoint();
        for token in [None, Some("a/token+==".to_owned())] {
            let credentials = Credentials::new("AKIDEXAMPLE", "secret", token, None, "test");
            for (number, key) in KEYS.into_iter().enumerate() {
                let now = SystemTime::UNIX_EPOCH
                    + Duration::from_secs(1_795_000_000 + 40_000 * number as u64);
                let signer = RequestSigner::new(&credentials, "eu-central-1", now);
                let owners = [None, Some("222233334444")];
                for (version_id, owner) in
                    VERSION_IDS.into_iter().flat_map(|id| owners.map(|owner| (id, owner)))
                {
                    let (host, target) = (&endpoint.host, endpoint.target_of(key, version_id));
                    let signed = signer.sign_head(host, owner, &target, now);
                    let uri = endpoint.uri_of(&target);
                    let expected = sign_with_sdk(&credentials, host, owner, &uri, now);
                    let found = (signed.time, signed.authorization);
                    assert_eq!(found, expected, "{key} {version_id:?} {owner:?}");
                }
            }
        }
    }
}
