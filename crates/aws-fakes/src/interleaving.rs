//! The order in which simultaneous invocations receive their responses: pseudo-random, and
//! repeatable by its seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_mocks::create_mock_http_client;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Delays the responses; by default none is delayed. A clone shares the order.
#[derive(Clone, Debug, Default)]
pub struct Interleaving(Option<Arc<AtomicU64>>);

impl Interleaving {
    /// The order that follows from `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))))
    }

    /// The HTTP client of a mocked client; other invocations go first a few times.
    pub(crate) fn http_client(&self) -> SharedHttpClient {
        match &self.0 {
            None => create_mock_http_client(),
            Some(turns) => SharedHttpClient::new(DelayedClient {
                turns: Arc::clone(turns),
                inner: create_mock_http_client(),
            }),
        }
    }
}

#[derive(Debug)]
struct DelayedClient {
    turns: Arc<AtomicU64>,
    inner: SharedHttpClient,
}

#[derive(Debug)]
struct DelayedConnector {
    turns: Arc<AtomicU64>,
    inner: SharedHttpConnector,
}

impl HttpClient for DelayedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(DelayedConnector { turns: Arc::clone(&self.turns), inner })
    }
}

impl HttpConnector for DelayedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (turns, inner) = (next_random(&self.turns) % 4, self.inner.clone());
        HttpConnectorFuture::new(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            inner.call(request).await
        })
    }
}

/// The upper half of an xorshift64 generator, which is random enough here.
fn next_random(state: &AtomicU64) -> u64 {
    let mut x = state.load(Ordering::Relaxed);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    state.store(x, Ordering::Relaxed);
    x >> 32
}
