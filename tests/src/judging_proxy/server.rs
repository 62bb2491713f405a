//! The listeners of the proxy: one for MiniStack, one for `datasync-local`.

use std::sync::Arc;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::PRINCIPAL;
use super::judgement::Shared;
use super::principal::{self, Principal};
use super::request::Seen;
use crate::fault_proxy::Upstream;

/// The servers behind the proxy, once they are known: MiniStack, then `datasync-local`.
pub(super) type Servers = watch::Sender<Option<(Arc<Upstream>, Arc<Upstream>)>>;

/// One of the two servers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Server {
    Aws,
    Datasync,
}

pub(super) async fn listen(
    server: Server,
    shared: &Arc<Shared>,
    servers: &Arc<Servers>,
) -> Result<(String, JoinHandle<()>)> {
    let listener =
        TcpListener::bind("127.0.0.1:0").await.context("finding a port for the judging proxy")?;
    let url = format!("http://{}", listener.local_addr()?);
    let (shared, servers) = (shared.clone(), servers.clone());
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, server, shared.clone(), servers.clone()));
        }
    });
    Ok((url, serving))
}

async fn serve(stream: TcpStream, server: Server, shared: Arc<Shared>, servers: Arc<Servers>) {
    let Ok(client) = principal::identify_peer(&stream).await else { return };
    let principal = Arc::new(shared.recorder.name_client(client));
    let service = service_fn(|request| {
        answer_request(shared.clone(), servers.clone(), server, principal.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    // An error here is a connection that its client has cut.
    let _ = connection.await;
}

/// No answer is possible: hyper then ends the connection, as when the server is gone.
#[derive(Debug, thiserror::Error)]
#[error("there is nobody to answer")]
pub(super) struct Unanswered;

fn take_principal(headers: &mut HeaderMap) -> Option<Principal> {
    let named = headers.remove(PRINCIPAL)?;
    Some(Principal::from_name(named.to_str().ok()?.to_owned()))
}

async fn answer_request(
    shared: Arc<Shared>,
    servers: Arc<Servers>,
    server: Server,
    principal: Arc<Principal>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Unanswered> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Unanswered)?.to_bytes();
    let principal = take_principal(&mut head.headers).map_or(principal, Arc::new);
    let seen = Seen::from_request(shared.next_number(), &principal, &head, &body);
    let upstream = find_upstream(&servers, server).await?;
    let Some(seen) = seen else {
        // An unsigned request is none of an AWS client: a health check, or a queue's own page.
        let answer = upstream.forward_to_first(head, body).await;
        return Ok(answer.map_err(|_| Unanswered)?.to_response());
    };
    let answer = shared.forward_judged(seen, &upstream, head, body).await?;
    Ok(answer.to_response())
}

async fn find_upstream(servers: &Servers, server: Server) -> Result<Arc<Upstream>, Unanswered> {
    let mut known = servers.subscribe();
    let upstream = known.wait_for(Option::is_some).await.map_err(|_| Unanswered)?;
    let (aws, datasync) = upstream.as_ref().ok_or(Unanswered)?;
    Ok(match server {
        Server::Aws => aws.clone(),
        Server::Datasync => datasync.clone(),
    })
}
