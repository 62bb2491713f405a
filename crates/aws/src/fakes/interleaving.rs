//! The order in which simultaneous invocations hear their answers: pseudo-random, and repeatable by
//! its seed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_mocks::create_mock_http_client;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// By default everybody goes on at once. A clone is the same.
#[derive(Clone, Debug, Default)]
pub struct Interleaving(Option<Arc<AtomicU64>>);

impl Interleaving {
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1))))
    }

    /// The HTTP client of a mocked client, whose answers let others go first a few times.
    pub(super) fn http_client(&self) -> SharedHttpClient {
        match &self.0 {
            None => create_mock_http_client(),
            Some(turns) => SharedHttpClient::new(Waiting {
                turns: Arc::clone(turns),
                inner: create_mock_http_client(),
            }),
        }
    }
}

#[derive(Debug)]
struct Waiting {
    turns: Arc<AtomicU64>,
    inner: SharedHttpClient,
}

#[derive(Debug)]
struct WaitingConnector {
    turns: Arc<AtomicU64>,
    inner: SharedHttpConnector,
}

impl HttpClient for Waiting {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(WaitingConnector { turns: Arc::clone(&self.turns), inner })
    }
}

impl HttpConnector for WaitingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (turns, inner) = (next(&self.turns) % 4, self.inner.clone());
        HttpConnectorFuture::new(async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            inner.call(request).await
        })
    }
}

/// xorshift64; its upper half is good enough for turns.
fn next(state: &AtomicU64) -> u64 {
    let mut x = state.load(Ordering::Relaxed);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    state.store(x, Ordering::Relaxed);
    x >> 32
}
