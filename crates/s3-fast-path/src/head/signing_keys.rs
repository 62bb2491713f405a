//! The signing key: derived once for a day, a region and a set of credentials, and not for each
//! request.
//!
//! Credentials are requested again every few minutes, and those that expire soon are not used: the
//! SDK knows how to wait for newer ones.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::sign::v4::generate_signing_key;
use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

const KEEP_FOR: Duration = Duration::from_secs(5 * 60);
/// The margin of the SDK's own cache.
const EXPIRY_MARGIN: Duration = Duration::from_secs(10);

/// The source of credentials, and the signer made from the latest.
#[derive(Debug)]
pub(super) struct SigningKeys {
    provider: SharedCredentialsProvider,
    latest: Mutex<Option<Arc<RequestSigner>>>,
}

/// Signs for one region on one day.
pub(super) struct RequestSigner {
    pub(super) access_key_id: String,
    pub(super) session_token: Option<String>,
    pub(super) key: Vec<u8>,
    /// `20261123`
    pub(super) day: String,
    pub(super) region: String,
    until: SystemTime,
}

impl SigningKeys {
    pub(super) fn from_config(config: &SdkConfig) -> Option<Self> {
        Some(Self { provider: config.credentials_provider()?, latest: Mutex::default() })
    }

    /// Returns `None` when there are no credentials that last. While they are requested, other
    /// callers wait for the same answer.
    pub(super) async fn signer_for(
        &self,
        region: &str,
        now: SystemTime,
    ) -> Option<Arc<RequestSigner>> {
        let mut latest = self.latest.lock().await;
        if let Some(signer) = latest.as_ref().filter(|signer| signer.is_valid_for(region, now)) {
            return Some(signer.clone());
        }
        let credentials = self.provider.provide_credentials().await.ok()?;
        let signer = Arc::new(RequestSigner::new(&credentials, region, now));
        signer.is_valid_for(region, now).then(|| latest.insert(signer).clone())
    }
}

impl RequestSigner {
    pub(super) fn new(credentials: &Credentials, region: &str, now: SystemTime) -> Self {
        let key = generate_signing_key(credentials.secret_access_key(), now, region, "s3");
        let end = credentials.expiry().and_then(|expiry| expiry.checked_sub(EXPIRY_MARGIN));
        let until = now + KEEP_FOR;
        Self {
            access_key_id: credentials.access_key_id().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            key: key.as_ref().to_vec(),
            day: utc_day(now),
            region: region.to_owned(),
            until: end.map_or(until, |end| end.min(until)),
        }
    }

    fn is_valid_for(&self, region: &str, now: SystemTime) -> bool {
        now < self.until && self.region == region && self.day == utc_day(now)
    }
}

fn utc_day(now: SystemTime) -> String {
    DateTime::<Utc>::from(now).format("%Y%m%d").to_string()
}

impl fmt::Debug for RequestSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSigner")
            .field("day", &self.day)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::future;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Debug)]
    struct Counting(Arc<AtomicUsize>, Option<SystemTime>);

    impl ProvideCredentials for Counting {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            future::ProvideCredentials::ready(Ok(Credentials::new(
                format!("key {number}"),
                "s",
                None,
                self.1,
                "test",
            )))
        }
    }

    fn signing_keys_until(expiry: Option<SystemTime>) -> SigningKeys {
        let provider = SharedCredentialsProvider::new(Counting(Arc::default(), expiry));
        SigningKeys { provider, latest: Mutex::default() }
    }

    #[tokio::test]
    async fn a_key_is_kept_for_minutes_for_its_region_and_its_day() {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 60 * 60);
        let signing_keys = signing_keys_until(None);
        for (region, seconds, expected) in [
            ("eu-central-1", 0, "key 0"),
            ("eu-central-1", 299, "key 0"),
            ("eu-central-1", 300, "key 1"),
            ("eu-west-1", 301, "key 2"),
            ("eu-west-1", 12 * 60 * 60 - 1, "key 3"),
            ("eu-west-1", 12 * 60 * 60, "key 4"),
        ] {
            let signer =
                signing_keys.signer_for(region, noon + Duration::from_secs(seconds)).await.unwrap();
            assert_eq!(
                (signer.access_key_id.as_str(), signer.region.as_str()),
                (expected, region),
                "{seconds}"
            );
        }
    }

    #[tokio::test]
    async fn credentials_that_expire_soon_are_not_used() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        for (lasts, usable) in [(11, true), (10, false), (0, false)] {
            let signing_keys = signing_keys_until(Some(now + Duration::from_secs(lasts)));
            let signer = signing_keys.signer_for("eu-central-1", now).await;
            assert_eq!(signer.is_some(), usable, "{lasts}");
        }
        let signing_keys = signing_keys_until(Some(now + Duration::from_secs(60)));
        for (later, expected) in [(0, "key 0"), (49, "key 0")] {
            let signer = signing_keys
                .signer_for("eu-central-1", now + Duration::from_secs(later))
                .await
                .unwrap();
            assert_eq!(signer.access_key_id, expected);
        }
        assert!(
            signing_keys.signer_for("eu-central-1", now + Duration::from_secs(50)).await.is_none()
        );
    }
}
