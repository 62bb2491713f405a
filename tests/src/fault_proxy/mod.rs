//! A proxy on the wire between our clients and the local cloud, which counts calls and makes them
//! fail on purpose.
//!
//! Calls that change something are numbered from 1 in the order they arrive. A failure looks as it
//! does to a client whose network or peer is gone: the connection ends without an answer.

pub(crate) mod call;
mod efs_states;
mod faults;
mod forward;
mod rate_limit;
mod refusal;
mod stale;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::cloud::Cloud;
pub use call::Call;
use efs_states::EfsStates;
pub use faults::{Delays, Faults};
use faults::{Fate, Ledger};
pub(crate) use forward::{Answer, Upstream};
pub use rate_limit::RateLimit;

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    pub url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: Upstream,
    ledger: Mutex<Ledger>,
    /// Outlives the faults: a token stays used.
    efs_states: Mutex<EfsStates>,
}

impl FaultProxy {
    /// Starts in front of a local cloud, without any fault, for a client that is `principal` to the
    /// IAM judge.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(cloud: &Cloud, principal: &str) -> Result<Self> {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.context("finding a port for the fault proxy")?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            upstream: Upstream::new(&cloud.aws_url, &cloud.datasync_url).speaking_for(principal)?,
            ledger: Mutex::default(),
            efs_states: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, shared.clone()));
        Ok(Self { url, shared, serving })
    }

    /// From now on these faults, and calls counted from zero.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.efs_states().creating_reads = faults.creating_reads;
        *self.lock_ledger() = Ledger::new(faults);
    }

    /// The calls since [`Self::set_faults`], in the order they arrived; those that were refused are
    /// among them.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock_ledger().calls().to_vec()
    }

    /// The calls that change something, since [`Self::set_faults`].
    #[must_use]
    pub fn mutating_calls(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.mutates).collect()
    }

    /// The least time that the rate limit leaves for the calls since [`Self::set_faults`].
    #[must_use]
    pub fn least_time(&self) -> std::time::Duration {
        self.lock_ledger().least_time()
    }

    fn lock_ledger(&self) -> MutexGuard<'_, Ledger> {
        self.shared.lock_ledger()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn lock_ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn efs_states(&self) -> MutexGuard<'_, EfsStates> {
        self.efs_states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of the proxy in front of the local cloud, with the states that take time.
    async fn forward(&self, head: Parts, body: Bytes, call: &Call) -> Result<Answer, Cut> {
        let refusal = self.efs_states().refuse_used_token(call, &body);
        if let Some(refusal) = refusal {
            return Ok(refusal);
        }
        let answer = self.upstream.forward(head, body, call).await.map_err(|_| Cut)?;
        Ok(self.efs_states().rewrite_answer(call, answer))
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer_request(shared.clone(), request));
            // An error here is a connection that was cut, mostly by us.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// No answer: hyper then ends the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct Cut;

async fn read_request(request: Request<Incoming>) -> Result<(Parts, Bytes, Call), Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let call = Call::from_request(&head, &body);
    Ok((head, body, call))
}

async fn answer_request(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body, call) = read_request(request).await?;
    let (fate, delay) = shared.lock_ledger().record_call(&call);
    tokio::time::sleep(delay).await;
    let answer = match fate {
        Fate::Cut => return Err(Cut),
        Fate::Refuse => return Ok(refusal::throttle_response(&call)),
        Fate::Stale(answer) => return Ok(answer.to_response()),
        Fate::Pass | Fate::PassAndLoseTheReply => shared.forward(head, body, &call).await?,
    };
    if matches!(fate, Fate::PassAndLoseTheReply) {
        return Err(Cut);
    }
    shared.lock_ledger().record_answer(&call, &answer);
    Ok(answer.to_response())
}
