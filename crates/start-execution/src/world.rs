//! For the tests of this crate: a bucket, a task, a topic and the other functions, in memory, with
//! one fate.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws::fakes::datasync::FakeDataSync;
use aws::fakes::{FakeBucket, Interleaving, Outage};
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use chrono::{DateTime, Utc};
use domain::environment::Environment;
use domain::names::SLOT_TAG;
use domain::records::keys;
use domain::records::outputs::VERSIONING_SETTLES;
use domain::records::start::StartRecord;
use lambda_runtime::{Context, LambdaEvent};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::handler::{App, HandlerError, handle_at};
use crate::outcome::Outcome;

pub(crate) const TASK: &str =
    "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: i64 = 1_700_000_000;

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) bucket: FakeBucket,
    pub(crate) datasync: FakeDataSync,
    pub(crate) outage: Outage,
    pub(crate) metrics: MetricsSink,
    /// Subjects.
    pub(crate) alerts: Arc<Mutex<Vec<String>>>,
    /// Payloads sent to other functions.
    pub(crate) invoked: Arc<Mutex<Vec<Value>>>,
    pub(crate) app: App,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::interleaved(&Interleaving::default())
    }

    pub(crate) fn interleaved(interleaving: &Interleaving) -> Self {
        let outage = Outage::default();
        let bucket = FakeBucket::sharing(&outage, interleaving);
        let datasync = FakeDataSync::sharing(TASK, &outage, interleaving);
        datasync.state().now = NOW;
        let (alerts, invoked, metrics) = (Arc::default(), Arc::default(), MetricsSink::keeping());
        let app = App {
            environment: environment(),
            records: RecordsBucket::new(bucket.client(&[]), "records"),
            datasync: datasync.client(),
            sns: sns(&alerts, &outage),
            lambda: lambda(&invoked, &outage),
            metrics: metrics.clone(),
            versioning_settles: VERSIONING_SETTLES,
        };
        bucket.put(keys::OUTPUTS, outputs());
        Self { bucket, datasync, outage, metrics, alerts, invoked, app }
    }

    pub(crate) async fn tick(&self, request_id: &str, now: i64) -> Result<Outcome, HandlerError> {
        self.invoke(self.scheduled(NOW), request_id, now).await
    }

    /// The event of a tick of the schedule.
    pub(crate) fn scheduled(&self, time: i64) -> Value {
        let file = include_str!("../../../events/start-execution/schedule.json");
        let mut event: Value = serde_json::from_str(file).unwrap();
        event["time"] = json!(DateTime::<Utc>::from_timestamp(time, 0).unwrap());
        event
    }

    /// The event of the rule of full verifications.
    pub(crate) fn full_verification(&self, time: i64) -> Value {
        let file = include_str!("../../../events/start-execution/full-verification.json");
        let mut event: Value = serde_json::from_str(file).unwrap();
        event["time"] = json!(DateTime::<Utc>::from_timestamp(time, 0).unwrap());
        event
    }

    pub(crate) async fn invoke(
        &self,
        payload: Value,
        request_id: &str,
        now: i64,
    ) -> Result<Outcome, HandlerError> {
        let mut context = Context::default();
        context.request_id = request_id.into();
        let now = DateTime::from_timestamp(now, 0).unwrap();
        handle_at(&self.app, LambdaEvent::new(payload, context), now).await
    }

    /// How many executions bear this slot.
    pub(crate) fn started(&self, slot: &str) -> usize {
        self.datasync.state().bearing(SLOT_TAG, slot).len()
    }

    pub(crate) fn record(&self, slot: &str) -> StartRecord {
        self.stored(&keys::start_record(slot))
    }

    pub(crate) fn stored<T: DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_slice(&self.bucket.get(key).unwrap_or_else(|| panic!("{key}"))).unwrap()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.alerts.lock().unwrap().clone()
    }

    /// The executions that were handed to on-execution-complete, each once.
    pub(crate) fn handed_on(&self) -> BTreeSet<String> {
        let invoked = self.invoked.lock().unwrap();
        invoked
            .iter()
            .filter_map(|payload| Some(payload["execution"].as_str()?.to_owned()))
            .collect()
    }
}

pub(crate) fn environment() -> Environment {
    Environment {
        stack_name: "backup".into(),
        account: "111122223333".into(),
        records_bucket: "records".into(),
        alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
    }
}

pub(crate) fn sns(alerts: &Arc<Mutex<Vec<String>>>, outage: &Outage) -> aws_sdk_sns::Client {
    let (alerts, outage) = (Arc::clone(alerts), outage.clone());
    let publish = mock!(aws_sdk_sns::Client::publish).then_compute_response(move |asked| {
        let subject = asked.subject().unwrap_or_default().to_owned();
        match outage.around(|| alerts.lock().unwrap().push(subject)) {
            Some(()) => MockResponse::Output(PublishOutput::builder().build()),
            None => MockResponse::Error(PublishError::unhandled("the process died")),
        }
    });
    mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[publish])
}

fn lambda(invoked: &Arc<Mutex<Vec<Value>>>, outage: &Outage) -> aws_sdk_lambda::Client {
    let (invoked, outage) = (Arc::clone(invoked), outage.clone());
    let invoke = mock!(aws_sdk_lambda::Client::invoke).then_compute_response(move |asked| {
        let payload = asked.payload().map(|blob| blob.as_ref().to_vec()).unwrap_or_default();
        match outage
            .around(|| invoked.lock().unwrap().push(serde_json::from_slice(&payload).unwrap()))
        {
            Some(()) => MockResponse::Output(InvokeOutput::builder().status_code(202).build()),
            None => MockResponse::Error(InvokeError::unhandled("the process died")),
        }
    });
    mock_client!(aws_sdk_lambda, RuleMode::MatchAny, &[invoke])
}

fn outputs() -> String {
    json!({
        "task_arn": TASK, "source_location_arn": "", "destination_location_arn": "", "file_system_id": "",
        "file_system_arn": "", "destination_bucket": "", "destination_prefix": "", "log_group": "",
        "role_arns": {"report-role": "arn:aws:iam::111122223333:role/report"},
    })
    .to_string()
}
