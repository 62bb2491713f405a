//! The HTTP server: JSON 1.1 on `POST /`, and `GET /health`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::api::{self, ApiError};
use crate::app::DataSyncApp;
use crate::cli::ServerArgs;
use crate::clients::Clients;
use crate::lifecycle;
use crate::state::{AccountRegion, StoreError, replace_file};
use crate::state_directory;

/// The time that a stop waits for events that are not delivered yet.
const LAST_EVENTS: Duration = Duration::from_secs(3);

/// Serves until SIGTERM or Ctrl-C, or until the state directory is gone. Executions that run at
/// that time end as ERROR on the next start, with that reason in their detail.
///
/// # Errors
/// [`ServerError`] when the state cannot be read or the address cannot be bound.
pub async fn run(cli: ServerArgs) -> Result<(), ServerError> {
    let listen = cli.listen;
    if !cli.allow_remote && !listen.ip().is_loopback() {
        return Err(ServerError::Remote { listen });
    }
    let clients = Clients::from_args(&cli).await;
    let app = Arc::new(DataSyncApp::new(&cli.state, &cli.efs_root, clients)?);
    let bound = TcpListener::bind(listen).await;
    let listener = bound.map_err(|source| ServerError::Bind { listen, source })?;
    let address = listener.local_addr().map_err(ServerError::Serve)?;
    lifecycle::recover_interrupted(&app);
    if let Some(path) = &cli.port_file {
        let failed = |source| ServerError::PortFile { path: path.clone(), source };
        replace_file(path, format!("{address}\n").as_bytes()).map_err(failed)?;
    }
    tracing::info!("listening on http://{address}, file systems in `{}`", cli.efs_root.display());
    let router = build_router(Arc::clone(&app));
    let stop = wait_for_stop(cli.state);
    axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(ServerError::Serve)?;
    tracing::info!("stopping");
    app.outbox.wait_until_delivered(LAST_EVENTS).await;
    Ok(())
}

fn build_router(app: Arc<DataSyncApp>) -> Router {
    Router::new().route("/", post(answer_call)).route("/health", get(answer_health)).with_state(app)
}

async fn answer_health() -> Response {
    json_response(StatusCode::OK, &json!({ "status": "ok", "service": "datasync-local" }))
}

async fn wait_for_stop(state: PathBuf) {
    tokio::select! {
        () = stop_signal() => {}
        () = state_directory::wait_until_gone(&state) => {
            tracing::error!("the state directory `{}` was removed or moved", state.display());
        }
    }
}

async fn answer_call(
    State(app): State<Arc<DataSyncApp>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let account_region = api::account_region_of(text(header::AUTHORIZATION.as_str()));
    let operation = text("x-amz-target").and_then(|target| target.strip_prefix(api::TARGET_PREFIX));
    let result = match operation {
        Some(operation) => api::call_operation(&app, &account_region, operation, &body).await,
        None => Err(ApiError::invalid_request("X-Amz-Target must be FmrsService.<operation>.")),
    };
    let operation = operation.unwrap_or("unknown operation");
    match result {
        Ok(value) => {
            tracing::debug!(account = account_region.account, "{operation}");
            json_response(StatusCode::OK, &value)
        }
        Err(error) => refuse_call(&account_region, operation, &error),
    }
}

fn refuse_call(account_region: &AccountRegion, operation: &str, error: &ApiError) -> Response {
    let (status, value) = error.to_response();
    tracing::info!(account = account_region.account, "{operation} refused: {}", value["message"]);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json_response(status, &value)
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], value.to_string())
        .into_response()
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tracing::warn!("SIGTERM cannot be handled: it will end the process without a clean stop");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// An error of the server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error(
        "listening on `{listen}`, which is no loopback address: requests are not authenticated; \
            pass --allow-remote to allow it"
    )]
    Remote { listen: std::net::SocketAddr },
    #[error("listening on `{listen}`")]
    Bind { listen: std::net::SocketAddr, source: io::Error },
    #[error("writing the port file `{path}`")]
    PortFile { path: PathBuf, source: io::Error },
    #[error("serving")]
    Serve(#[source] io::Error),
    #[error("opening the state")]
    State(#[from] StoreError),
}
