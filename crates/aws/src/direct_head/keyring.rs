//! The key to sign with: derived from the credentials once a day, region and set of credentials,
//! and not for each request.
//!
//! Credentials are asked for again every few minutes, and those that end soon are not used: what
//! then, the SDK knows.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::sign::v4::generate_signing_key;
use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

const HELD_FOR: Duration = Duration::from_secs(5 * 60);
/// As the SDK's own cache does.
const ENDS_SOON: Duration = Duration::from_secs(10);

/// Where keys come from, and the last of them.
#[derive(Debug)]
pub(super) struct Keyring {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<Arc<Signer>>>,
}

/// Signs for one region on one day.
pub(super) struct Signer {
    pub(super) access_key_id: String,
    pub(super) session_token: Option<String>,
    pub(super) key: Vec<u8>,
    /// `20261123`
    pub(super) day: String,
    pub(super) region: String,
    until: SystemTime,
}

impl Keyring {
    pub(super) fn of(config: &SdkConfig) -> Option<Self> {
        Some(Self { provider: config.credentials_provider()?, held: Mutex::default() })
    }

    /// `None` when there are no credentials that last. While they are asked for, others wait for
    /// the same answer.
    pub(super) async fn signer(&self, region: &str, now: SystemTime) -> Option<Arc<Signer>> {
        let mut held = self.held.lock().await;
        if let Some(signer) = held.as_ref().filter(|signer| signer.serves(region, now)) {
            return Some(signer.clone());
        }
        let credentials = self.provider.provide_credentials().await.ok()?;
        let signer = Arc::new(Signer::new(&credentials, region, now));
        signer.serves(region, now).then(|| held.insert(signer).clone())
    }
}

impl Signer {
    pub(super) fn new(credentials: &Credentials, region: &str, now: SystemTime) -> Self {
        let key = generate_signing_key(credentials.secret_access_key(), now, region, "s3");
        let end = credentials.expiry().and_then(|expiry| expiry.checked_sub(ENDS_SOON));
        let until = now + HELD_FOR;
        Self {
            access_key_id: credentials.access_key_id().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            key: key.as_ref().to_vec(),
            day: day(now),
            region: region.to_owned(),
            until: end.map_or(until, |end| end.min(until)),
        }
    }

    fn serves(&self, region: &str, now: SystemTime) -> bool {
        now < self.until && self.region == region && self.day == day(now)
    }
}

fn day(now: SystemTime) -> String {
    DateTime::<Utc>::from(now).format("%Y%m%d").to_string()
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
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

    fn keyring(expiry: Option<SystemTime>) -> Keyring {
        let provider = SharedCredentialsProvider::new(Counting(Arc::default(), expiry));
        Keyring { provider, held: Mutex::default() }
    }

    #[tokio::test]
    async fn a_key_is_held_for_minutes_for_its_region_and_its_day() {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 60 * 60);
        let keyring = keyring(None);
        for (region, seconds, expected) in [
            ("eu-central-1", 0, "key 0"),
            ("eu-central-1", 299, "key 0"),
            ("eu-central-1", 300, "key 1"),
            ("eu-west-1", 301, "key 2"),
            ("eu-west-1", 12 * 60 * 60 - 1, "key 3"),
            ("eu-west-1", 12 * 60 * 60, "key 4"),
        ] {
            let signer = keyring.signer(region, noon + Duration::from_secs(seconds)).await.unwrap();
            assert_eq!(
                (signer.access_key_id.as_str(), signer.region.as_str()),
                (expected, region),
                "{seconds}"
            );
        }
    }

    #[tokio::test]
    async fn credentials_that_end_soon_are_not_used() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        for (lasts, usable) in [(11, true), (10, false), (0, false)] {
            let keyring = keyring(Some(now + Duration::from_secs(lasts)));
            assert_eq!(keyring.signer("eu-central-1", now).await.is_some(), usable, "{lasts}");
        }
        let keyring = keyring(Some(now + Duration::from_secs(60)));
        for (later, expected) in [(0, "key 0"), (49, "key 0")] {
            let signer =
                keyring.signer("eu-central-1", now + Duration::from_secs(later)).await.unwrap();
            assert_eq!(signer.access_key_id, expected);
        }
        assert!(keyring.signer("eu-central-1", now + Duration::from_secs(50)).await.is_none());
    }
}
