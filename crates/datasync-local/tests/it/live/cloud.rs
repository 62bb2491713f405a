//! The functions that judge an execution, against the very API and bucket that it ran with.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws::metrics::MetricsSink;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use datasync_local::api;
use datasync_local::app::App;
use datasync_local::state::Place;
use domain::environment::Environment;
use domain::records::keys;
use domain::records::proof::Proof;
use domain::records::run::RunRecord;
use lambda_runtime::{Context, LambdaEvent};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fake::{Fake, http};
use crate::world::{BUCKET, Ended, REPORTS, World};

/// A world with the functions beside it.
pub(super) struct Cloud {
    pub(super) world: World,
    pub(super) task: String,
    sent: Arc<Sent>,
    complete: on_execution_complete::App,
    verify: verify_versions::App,
    serving: tokio::task::JoinHandle<()>,
}

/// The messages that the functions sent.
#[derive(Debug, Default)]
struct Sent {
    /// Subject and body of each alert.
    alerts: Mutex<Vec<String>>,
    /// Payloads for other functions.
    invocations: Mutex<Vec<Value>>,
}

#[derive(Clone)]
struct Services {
    fake: Fake,
    app: Arc<App>,
    place: Place,
    sent: Arc<Sent>,
}

impl Cloud {
    pub(super) async fn new(task_mode: &str) -> Self {
        let world = World::new().await;
        let mut report = world.report_config();
        report["Destination"]["S3"]["Subdirectory"] = json!(keys::REPORTS_PREFIX);
        let body = json!({ "SourceLocationArn": world.efs, "DestinationLocationArn": world.s3,
            "TaskMode": task_mode, "TaskReportConfig": report });
        let task =
            world.call("CreateTask", body).await.unwrap()["TaskArn"].as_str().unwrap().to_owned();
        let outputs = json!({ "task_arn": task, "source_location_arn": world.efs, "destination_location_arn": world.s3,
            "file_system_id": "", "file_system_arn": "", "destination_bucket": BUCKET, "destination_prefix": "",
            "log_group": "" });
        world.fake.put(REPORTS, keys::OUTPUTS, outputs.to_string().as_bytes(), &[]);
        let sent = Arc::new(Sent::default());
        let services = Services {
            fake: world.fake.clone(),
            app: world.app.clone(),
            place: world.place.clone(),
            sent: sent.clone(),
        };
        let (url, serving) = serve(services).await;
        let environment = Environment {
            stack_name: "backup".into(),
            account: "111122223333".into(),
            records_bucket: REPORTS.into(),
            alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
        };
        let config = aws::clients::local_config(&url, "eu-central-1", "111122223333");
        let mut complete = on_execution_complete::App::new(environment.clone(), &config);
        let mut verify = verify_versions::App::new(environment, &config);
        (complete.metrics, verify.metrics) = (MetricsSink::keeping(), MetricsSink::keeping());
        Self { world, task, sent, complete, verify, serving }
    }

    /// Runs on-execution-complete; returns its record and its alerts.
    pub(super) async fn recorded(&self, ended: &Ended) -> (RunRecord, Vec<String>) {
        let event = LambdaEvent::new(json!({ "execution": ended.id() }), Context::default());
        Box::pin(on_execution_complete::handle(&self.complete, event)).await.unwrap();
        (
            self.stored(&keys::run_record(ended.id())),
            std::mem::take(&mut *self.sent.alerts.lock().unwrap()),
        )
    }

    /// Runs verify-versions with the event of the report; returns the proof and its alerts.
    pub(super) async fn proven(&self, ended: &Ended) -> (Proof, Vec<String>) {
        let mut event: Value = serde_json::from_str(include_str!(
            "../../../../../events/verify-versions/report-created.json"
        ))
        .unwrap();
        let objects = self.world.fake.objects(REPORTS);
        let is_summary =
            |key: &&String| key.contains("/Summary-Reports/") && key.contains(ended.id());
        event["detail"]["object"]["key"] = json!(objects.keys().find(is_summary));
        event["detail"]["bucket"]["name"] = json!(REPORTS);
        let event = LambdaEvent::new(event, Context::default());
        Box::pin(verify_versions::handle(&self.verify, event)).await.unwrap();
        (
            self.stored(&keys::proof_document(ended.id())),
            std::mem::take(&mut *self.sent.alerts.lock().unwrap()),
        )
    }

    /// The requests that were sent to other functions since it was asked last.
    pub(super) fn invocations(&self) -> Vec<Value> {
        std::mem::take(&mut *self.sent.invocations.lock().unwrap())
    }

    fn stored<T: DeserializeOwned>(&self, key: &str) -> T {
        let objects = self.world.fake.objects(REPORTS);
        serde_json::from_slice(&objects.get(key).unwrap_or_else(|| panic!("no {key}")).body)
            .unwrap()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(services: Services) -> (String, tokio::task::JoinHandle<()>) {
    let listener =
        tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(services);
    (url, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

/// DataSync, Lambda and SNS; what is left is S3's.
async fn answer(State(services): State<Services>, request: Request) -> Response {
    let header = |headers: &HeaderMap, name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let target = header(request.headers(), "x-amz-target");
    let operation = target.strip_prefix("FmrsService.");
    let is_form =
        header(request.headers(), "content-type").starts_with("application/x-www-form-urlencoded");
    let is_invocation = request.uri().path().ends_with("/invocations");
    if operation.is_none() && !is_form && !is_invocation {
        return http::handle(State(services.fake), request).await;
    }
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let text = |status, text: String| {
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        response
    };
    if let Some(operation) = operation {
        return match api::call(&services.app, &services.place, operation, &body).await {
            Ok(said) => text(StatusCode::OK, said.to_string()),
            Err(error) => {
                text(StatusCode::BAD_REQUEST, json!({ "message": error.to_string() }).to_string())
            }
        };
    }
    if is_invocation {
        services.sent.invocations.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
        return text(StatusCode::ACCEPTED, String::new());
    }
    services.sent.alerts.lock().unwrap().push(published(std::str::from_utf8(&body).unwrap()));
    text(
        StatusCode::OK,
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>".into(),
    )
}

/// Subject and message of a `Publish` in SNS's form.
fn published(form: &str) -> String {
    let value = |name: &str| {
        let pair = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        percent_decode_str(&pair.unwrap_or_default().replace('+', " "))
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    assert_eq!(value("Action"), "Publish");
    format!("{}\n{}", value("Subject"), value("Message"))
}
