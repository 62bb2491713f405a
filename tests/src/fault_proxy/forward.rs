//! Passes a request on: DataSync's to `datasync-local`, all else to MiniStack.

use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::call::Call;
use crate::judging_proxy::PRINCIPAL;

/// Unused connections end before MiniStack's server ends them (hypercorn, `keep_alive_timeout`: 5
/// s).
const IDLE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Upstream {
    aws: String,
    datasync: String,
    principal: Option<HeaderValue>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A whole answer, which can be given more than once.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Upstream {
    pub(crate) fn new(aws: &str, datasync: &str) -> Self {
        let mut client = Client::builder(TokioExecutor::new());
        let client = client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build_http();
        Self { aws: aws.to_owned(), datasync: datasync.to_owned(), principal: None, client }
    }

    /// Says with each request who makes it.
    pub(crate) fn speaking_for(self, principal: &str) -> Result<Self> {
        let principal = HeaderValue::from_str(principal).context("naming the principal")?;
        Ok(Self { principal: Some(principal), ..self })
    }

    pub(super) async fn forward(&self, head: Parts, body: Bytes, call: &Call) -> Result<Answer> {
        let base = if call.service == "datasync" { &self.datasync } else { &self.aws };
        self.send(base, head, body).await
    }

    /// To the first server, whatever it is about.
    pub(crate) async fn forward_to_first(&self, head: Parts, body: Bytes) -> Result<Answer> {
        self.send(&self.aws, head, body).await
    }

    async fn send(&self, base: &str, head: Parts, body: Bytes) -> Result<Answer> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = format!("{base}{path}").parse().context("forming the upstream's address")?;
        let mut request = Request::builder().method(head.method).uri(uri);
        for (name, value) in &head.headers {
            // The body travels whole: its length is said anew.
            if ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, HOST].contains(name) {
                request = request.header(name, value);
            }
        }
        if let Some(principal) = &self.principal {
            request = request.header(PRINCIPAL, principal);
        }
        let answer = self.client.request(request.body(Full::from(body))?).await;
        let (head, body) = answer.context("asking the upstream")?.into_parts();
        let body = body.collect().await.context("reading the upstream's answer")?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

impl Answer {
    pub(crate) fn to_response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body.clone()));
        *response.status_mut() = self.status;
        for (name, value) in
            self.headers.iter().filter(|(name, _)| ![CONNECTION, TRANSFER_ENCODING].contains(name))
        {
            response.headers_mut().append(name, value.clone());
        }
        response
    }
}
