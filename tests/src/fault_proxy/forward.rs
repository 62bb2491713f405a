//! Passes a request on: DataSync's to `datasync-local`, all else to MiniStack.

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::call::Call;

#[derive(Debug)]
pub(super) struct Upstream {
    aws: String,
    datasync: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A whole answer, which can be given more than once.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Upstream {
    pub(super) fn new(aws: &str, datasync: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { aws: aws.to_owned(), datasync: datasync.to_owned(), client }
    }

    pub(super) async fn forward(&self, head: Parts, body: Bytes, call: &Call) -> Result<Answer> {
        let base = if call.service == "datasync" { &self.datasync } else { &self.aws };
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = format!("{base}{path}").parse().context("forming the upstream's address")?;
        let mut request = Request::builder().method(head.method).uri(uri);
        for (name, value) in &head.headers {
            // The body travels whole: its length is said anew.
            if ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, HOST].contains(name) {
                request = request.header(name, value);
            }
        }
        let answer = self.client.request(request.body(Full::from(body))?).await.context("asking the upstream")?;
        let (head, body) = answer.into_parts();
        let body = body.collect().await.context("reading the upstream's answer")?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

impl Answer {
    pub(super) fn to_response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body.clone()));
        *response.status_mut() = self.status;
        for (name, value) in self.headers.iter().filter(|(name, _)| ![CONNECTION, TRANSFER_ENCODING].contains(name)) {
            response.headers_mut().append(name, value.clone());
        }
        response
    }
}
