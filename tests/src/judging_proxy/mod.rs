//! The proxy that stands in front of the local cloud for a whole run of the end-to-end tests.
//!
//! It records every call with its principal, and lets a call of a role pass only if an IAM
//! evaluator says that the role may make it.

mod as_aws;
mod built;
mod denial;
mod invocation;
mod judge;
mod late_policies;
mod moto_gaps;
mod principal;
mod recorder;
mod request;
mod second_emulator;
mod verdicts;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::HeaderName;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fault_proxy::{Answer, Call, Upstream};
use as_aws::AsAws;
pub use as_aws::Refused;
use judge::Judge;
use late_policies::{LatePolicies, changes_policies};
use principal::Principal;
use recorder::Recorder;
use request::Seen;
use second_emulator::SecondEmulators;
use verdicts::Verdicts;

/// Where a proxy of ours says for whom it speaks. It never reaches the local cloud.
pub(crate) const PRINCIPAL: HeaderName = HeaderName::from_static("x-efs-s3-principal");

/// A running proxy. It listens before the local cloud starts, since the cloud is told its
/// addresses.
#[derive(Clone, Debug)]
pub struct JudgingProxy {
    pub aws_url: String,
    pub datasync_url: String,
    shared: Arc<Shared>,
    servers: Arc<Servers>,
    serving: Arc<Serving>,
}

/// In front of the servers, once they are known: MiniStack's, then `datasync-local`'s.
type Servers = watch::Sender<Option<(Arc<Upstream>, Arc<Upstream>)>>;

#[derive(Debug)]
struct Serving([JoinHandle<()>; 2]);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

#[derive(Debug)]
struct Shared {
    judge: Judge,
    recorder: Recorder,
    verdicts: Verdicts,
    late_policies: LatePolicies,
    second_emulators: SecondEmulators,
    calls: AtomicU64,
    /// By account: what is remembered of one is nothing to another.
    as_aws: Mutex<HashMap<String, AsAws>>,
}

/// One of the two servers.
#[derive(Clone, Copy, Debug)]
enum Server {
    Aws,
    Datasync,
}

impl JudgingProxy {
    /// Starts the judge and listens; the record lies in `folder`.
    ///
    /// # Errors
    /// When the judge is not installed or no port is free.
    pub async fn start(folder: &Path) -> Result<Self> {
        let shared = Arc::new(Shared {
            judge: Judge::start(folder)?,
            recorder: Recorder::create(folder)?,
            verdicts: Verdicts::default(),
            late_policies: LatePolicies::default(),
            second_emulators: SecondEmulators::default(),
            calls: AtomicU64::new(0),
            as_aws: Mutex::default(),
        });
        Self::listen(shared).await
    }

    /// Listens for another cloud, whose accounts are others: its calls come into the same record.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start_beside(&self) -> Result<Self> {
        Self::listen(self.shared.clone()).await
    }

    async fn listen(shared: Arc<Shared>) -> Result<Self> {
        let servers = Arc::new(Servers::new(None));
        let (aws_url, aws) = listen(Server::Aws, &shared, &servers).await?;
        let (datasync_url, datasync) = listen(Server::Datasync, &shared, &servers).await?;
        Ok(Self {
            aws_url,
            datasync_url,
            shared,
            servers,
            serving: Arc::new(Serving([aws, datasync])),
        })
    }

    /// The addresses that the servers listen on. Calls that came before wait for this.
    pub fn forward_to(&self, aws_url: &str, datasync_url: &str) {
        let upstream = |url: &str| Arc::new(Upstream::new(url, url));
        self.servers.send_replace(Some((upstream(aws_url), upstream(datasync_url))));
    }

    /// The policy of a role that no call makes: of the reconciler that runs in the tests' own
    /// process. Changes of roles take effect at once in its account, since its calls are counted.
    pub fn declare_role(&self, role: &str, policy: &Value) {
        self.set_role_delay(role.split(':').nth(4).unwrap_or_default(), Duration::ZERO);
        let declared =
            json!({ "declare": { "role": role, "policies": { "permissions": policy } } });
        self.shared.recorder.write(&declared);
        self.shared.judge.send_line(&declared);
        self.shared.verdicts.forget_all();
    }

    /// From now on, changes of roles and policies of an account take effect so late.
    pub fn set_role_delay(&self, account: &str, lag: Duration) {
        self.shared.as_aws().entry(account.to_owned()).or_default().set_role_delay(lag);
    }

    /// The calls of an account that were refused for what passes with time.
    #[must_use]
    pub fn count_refused(&self, account: &str) -> Refused {
        let by_services = self.shared.as_aws().get(account).map(AsAws::refused).unwrap_or_default();
        Refused { for_late_policies: self.shared.late_policies.count_late(account), ..by_services }
    }

    /// Sends the calls of an account for some services to a second emulator.
    pub fn send_to_second_emulator(
        &self,
        account: &str,
        services: &'static [&'static str],
        url: &str,
    ) {
        self.shared.second_emulators.add_account(account, services, url);
    }

    /// The calls of an account that has a second emulator, and whether that one answered, since the
    /// last question.
    #[must_use]
    pub fn take_calls(&self, account: &str) -> Vec<(Call, bool)> {
        self.shared.second_emulators.take_calls(account)
    }

    /// Ends the judge. `complete` is whether every test has run.
    ///
    /// # Errors
    /// When a role was denied a call, or the judge has failed.
    pub async fn end(&self, complete: bool) -> Result<()> {
        self.serving.0.iter().for_each(JoinHandle::abort);
        self.shared.judge.wait_for_end().await?;
        self.shared.recorder.write_summary(complete)?;
        let denied = self.shared.recorder.list_denials();
        ensure!(
            denied.is_empty(),
            "the IAM judge denied {} calls:\n{}",
            denied.len(),
            denied.join("\n")
        );
        Ok(())
    }
}

async fn listen(
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

/// No answer: hyper then ends the connection, as when the server is gone.
#[derive(Debug, thiserror::Error)]
#[error("there is nobody to answer")]
struct Unanswered;

async fn answer_request(
    shared: Arc<Shared>,
    servers: Arc<Servers>,
    server: Server,
    principal: Arc<Principal>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Unanswered> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Unanswered)?.to_bytes();
    let named =
        head.headers.remove(PRINCIPAL).and_then(|named| Some(named.to_str().ok()?.to_owned()));
    let principal = named.map_or(principal, |named| Arc::new(Principal::from_name(named)));
    let number = shared.next_number();
    let seen = Seen::from_request(number, &principal, &head, &body);
    let upstream = find_upstream(&servers, server).await?;
    let Some(seen) = seen else {
        // An unsigned request is none of an AWS client: a health check, or a queue's own page.
        return Ok(upstream
            .forward_to_first(head, body)
            .await
            .map_err(|_| Unanswered)?
            .to_response());
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

impl Shared {
    fn next_number(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// The answer that AWS would give where the local cloud is simpler.
    async fn answer_as_aws(
        &self,
        seen: &Seen,
        upstream: &Upstream,
        head: hyper::http::request::Parts,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        let call = Call::from_request(&head, &body);
        let asked = seen.kept_body();
        let refused =
            self.as_aws().entry(seen.account.clone()).or_default().refuse(&call, &head, asked);
        let answer = match refused {
            Some(refused) => refused,
            None => {
                let second = self.second_emulators.forward_call(seen, &call, &head, &body).await;
                let answer = match second {
                    Some(answer) => answer,
                    None => upstream.forward_to_first(head.clone(), body).await,
                };
                let answer = answer.map_err(|_| Unanswered)?;
                self.as_aws()
                    .entry(seen.account.clone())
                    .or_default()
                    .rewrite(&call, &head, asked, answer)
            }
        };
        Ok(answer)
    }

    fn as_aws(&self) -> MutexGuard<'_, HashMap<String, AsAws>> {
        self.as_aws.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of the local cloud, or the refusal of IAM.
    async fn forward_judged(
        self: &Arc<Self>,
        seen: Seen,
        upstream: &Upstream,
        head: hyper::http::request::Parts,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        let known = if seen.judged { self.verdicts.cached_verdict(&seen) } else { None };
        let asked = seen.judged && known.is_none();
        let verdict = match known {
            Some(verdict) => verdict,
            None if seen.judged => {
                let before = self.verdicts.generation(&seen);
                let verdict = self.judge.request_verdict(&seen).await.map_err(|_| Unanswered)?;
                self.verdicts.keep(&seen, before, &verdict);
                verdict
            }
            None => judge::Verdict::default(),
        };
        let answer = match &verdict.denied {
            Some(denied) => denial::denial_answer(&seen, denied),
            None => self.answer_as_aws(&seen, upstream, head, body).await?,
        };
        let (answer, denied) = match &verdict.if_missing {
            // Who may not list a bucket is not told what is missing (S3 API reference,
            // `GetObject`).
            Some(denied) if answer.status == StatusCode::NOT_FOUND => {
                (denial::denial_answer(&seen, denied), Some(denied))
            }
            _ => (answer, verdict.denied.as_ref()),
        };
        if let Some(denied) = denied
            && !self.late_policies.keep_denial(&seen, denied)
        {
            self.recorder.record_denial(&seen, denied);
        }
        let first = self.recorder.count_call(&seen, answer.status);
        let teaches =
            answer.status.is_success() && (seen.mutates || (seen.tells && (asked || first)));
        let recorded = first || asked || teaches;
        if recorded {
            let call = json!(seen.wire_form_with_answer(&answer));
            self.recorder.write(&json!({ "call": &call }));
            let lag = self.as_aws().get(&seen.account).map(AsAws::role_lag).unwrap_or_default();
            if teaches && !lag.is_zero() && changes_policies(&seen) {
                self.late_policies.postpone(self, &seen, json!({ "learn": call }), lag);
            } else if asked || teaches {
                self.judge.send_line(&json!({ "learn": call }));
            }
        }
        if teaches && seen.mutates {
            self.verdicts.forget(&seen);
        }
        Ok(answer)
    }
}
