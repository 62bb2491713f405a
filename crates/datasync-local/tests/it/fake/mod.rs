//! An S3 endpoint in this process, with versions, for what the crate calls; it also takes
//! CloudWatch Logs' lines and the events of a rule that matches everything.
//!
//! It holds everything in memory, so that a test reads the bytes and metadata of every
//! version, and tests can make it fail.

pub(crate) mod http;
mod list;
mod logs;
mod objects;
mod store;
mod xml;

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;

pub(crate) use store::{Store, Version};

/// The bucket for files.
pub(crate) const BUCKET: &str = "data";
/// The bucket for task reports.
pub(crate) const REPORTS: &str = "reports";

/// The running endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    pub(crate) url: String,
    store: Arc<Mutex<Store>>,
    before_each: Arc<Mutex<BeforeEach>>,
    /// `None` in the server itself.
    #[expect(dead_code, reason = "it is there to be dropped")]
    serving: Option<Arc<Serving>>,
}

/// The server; it ends with this value.
#[derive(Debug)]
struct Serving(tokio::task::JoinHandle<()>);

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener =
            tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, ..Self::new_unserved() };
        let router = fake.build_router();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { serving: Some(Arc::new(Serving(serving))), ..fake }
    }

    /// An endpoint that the caller serves.
    pub(crate) fn new_unserved() -> Self {
        Self {
            url: String::new(),
            store: Arc::default(),
            before_each: Arc::default(),
            serving: None,
        }
    }

    /// The router of all requests.
    pub(crate) fn build_router(&self) -> Router {
        Router::new().fallback(http::handle_request).with_state(self.clone())
    }

    pub(crate) fn lock_store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `act` before each request on the data bucket from now on, one at a time.
    pub(crate) fn before_each(&self, act: impl FnMut() + Send + 'static) {
        *self.lock_hook() = BeforeEach(Some(Box::new(act)));
    }

    fn lock_hook(&self) -> MutexGuard<'_, BeforeEach> {
        self.before_each.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest version of each object of a bucket that has not been deleted.
    pub(crate) fn latest_objects(&self, bucket: &str) -> BTreeMap<String, Version> {
        self.lock_store().latest_versions(bucket)
    }

    pub(crate) fn put_object(
        &self,
        bucket: &str,
        key: &str,
        body: &[u8],
        metadata: &[(&str, &str)],
    ) -> String {
        let metadata = metadata.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.lock_store().put_version(bucket, key, Version::new(body.to_vec().into(), metadata))
    }
}

/// The function that is called before each request.
#[derive(Default)]
struct BeforeEach(Option<Box<dyn FnMut() + Send>>);

impl Debug for BeforeEach {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BeforeEach").field(&self.0.is_some()).finish()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
