//! For the tests of this crate: a bucket, a task with one execution, and everything that was sent,
//! in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::executions::Patience;
use aws::fakes::FakeBucket;
use aws::fakes::datasync::{FakeDataSync, FakeExecution};
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_sdk_lambda::operation::invoke::InvokeOutput;
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use chrono::{DateTime, Utc};
use domain::environment::Environment;
use domain::records::keys;
use domain::records::run::RunRecord;
use lambda_runtime::{Context, LambdaEvent};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::handler::{App, HandlerError, handle_at};
use crate::outcome::Outcome;

pub(crate) const TASK: &str =
    "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
/// When a test's executions end; it looks one minute later.
pub(crate) const ENDED: i64 = 1_700_000_000;

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) bucket: FakeBucket,
    pub(crate) datasync: FakeDataSync,
    pub(crate) metrics: MetricsSink,
    /// Subject and body of each alert.
    pub(crate) alerts: Arc<Mutex<Vec<(String, String)>>>,
    /// Payloads sent to other functions.
    pub(crate) invoked: Arc<Mutex<Vec<Value>>>,
    /// How many publishes fail from now on.
    pub(crate) refusals: Arc<Mutex<usize>>,
    pub(crate) app: App,
}

impl World {
    /// With one execution under way.
    pub(crate) fn new() -> Self {
        let (bucket, datasync) = (FakeBucket::default(), FakeDataSync::new(TASK));
        let (alerts, invoked, refusals) = (Arc::default(), Arc::default(), Arc::default());
        let metrics = MetricsSink::keeping();
        let app = App {
            environment: Environment {
                stack_name: "backup".into(),
                account: "111122223333".into(),
                records_bucket: "records".into(),
                alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
            },
            records: RecordsBucket::new(bucket.client(&[]), "records"),
            datasync: datasync.client(),
            sns: sns(&alerts, &refusals),
            lambda: lambda(&invoked),
            metrics: metrics.clone(),
            report_patience: Patience { attempts: 3, pause: Duration::ZERO },
        };
        bucket.put(keys::OUTPUTS, outputs());
        let world = Self { bucket, datasync, metrics, alerts, invoked, refusals, app };
        world.add();
        world
    }

    /// One more execution, under way; its number.
    pub(crate) fn add(&self) -> usize {
        let mut state = self.datasync.state();
        let number = state.executions.len() + 1;
        let started = ENDED - 300 + 3_600 * (number as i64 - 1);
        let execution = FakeExecution::under_way(&state.task, number, started);
        state.executions.push(execution);
        number
    }

    pub(crate) fn change(&self, number: usize, change: impl FnOnce(&mut FakeExecution)) {
        change(&mut self.datasync.state().executions[number - 1]);
    }

    /// Ends it well, with its summary report.
    pub(crate) fn succeed(&self, number: usize, files: i64) {
        self.change(number, |execution| {
            execution.succeed(files, ENDED + 3_600 * (number as i64 - 1))
        });
        self.put_report(number, "Summary-Reports", "summary-v1-0", &json!({}));
    }

    pub(crate) fn fail(&self, number: usize, code: &str, detail: &str) {
        self.change(number, |execution| {
            execution.fail(code, detail, ENDED + 3_600 * (number as i64 - 1))
        });
        self.put_report(number, "Summary-Reports", "summary-v1-0", &json!({}));
    }

    /// A part of its report; `name` is `files-skipped-v1-00001-0123456789abcdef0`.
    pub(crate) fn put_report(&self, number: usize, folder: &str, name: &str, part: &Value) {
        let arn = self.arn(number);
        let (task, id) = (arn.task(), arn.id().to_owned());
        let key = format!("reports/{folder}/{}/{id}/{id}.{name}.json", task.id());
        self.bucket.put(&key, part.to_string());
    }

    pub(crate) fn arn(&self, number: usize) -> domain::arn::ExecutionArn {
        self.datasync.state().executions[number - 1].arn.clone()
    }

    pub(crate) fn event(&self, number: usize, state: &str) -> Value {
        let file = include_str!("../../../events/on-execution-complete/success.json");
        let mut event: Value = serde_json::from_str(file).unwrap();
        event["resources"][0] = json!(self.arn(number));
        event["detail"]["State"] = json!(state);
        event
    }

    /// An hour is between the ends of two executions; the function looks a minute after that of the
    /// last one.
    pub(crate) async fn invoke(
        &self,
        payload: Value,
        request_id: &str,
    ) -> Result<Outcome, HandlerError> {
        let number = self.datasync.state().executions.len() as i64;
        self.invoke_at(payload, request_id, ENDED + 3_600 * (number - 1) + 60).await
    }

    pub(crate) async fn invoke_at(
        &self,
        payload: Value,
        request_id: &str,
        now: i64,
    ) -> Result<Outcome, HandlerError> {
        let mut context = Context::default();
        context.request_id = request_id.into();
        let now: DateTime<Utc> = DateTime::from_timestamp(now, 0).unwrap();
        handle_at(&self.app, LambdaEvent::new(payload, context), now).await
    }

    pub(crate) fn stored<T: DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_slice(&self.bucket.get(key).unwrap_or_else(|| panic!("{key}"))).unwrap()
    }

    /// Removes all that the function has written.
    pub(crate) fn forget(&self) {
        for key in self
            .bucket
            .keys()
            .iter()
            .filter(|key| !key.starts_with("reports/") && *key != keys::OUTPUTS)
        {
            self.bucket.remove(key);
        }
        self.alerts.lock().unwrap().clear();
    }

    pub(crate) fn run(&self, number: usize) -> RunRecord {
        self.stored(&keys::run_record(self.arn(number).id()))
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.alerts.lock().unwrap().iter().map(|(subject, _)| subject.clone()).collect()
    }
}

fn sns(
    alerts: &Arc<Mutex<Vec<(String, String)>>>,
    refusals: &Arc<Mutex<usize>>,
) -> aws_sdk_sns::Client {
    let (alerts, refusals) = (Arc::clone(alerts), Arc::clone(refusals));
    let publish = mock!(aws_sdk_sns::Client::publish).then_compute_response(move |asked| {
        let mut refusals = refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            let denied =
                aws_sdk_sns::error::ErrorMetadata::builder().code("AuthorizationError").build();
            return MockResponse::Error(PublishError::generic(denied));
        }
        let said = |text: Option<&str>| text.unwrap_or_default().to_owned();
        alerts.lock().unwrap().push((said(asked.subject()), said(asked.message())));
        MockResponse::Output(PublishOutput::builder().build())
    });
    mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[publish])
}

fn lambda(invoked: &Arc<Mutex<Vec<Value>>>) -> aws_sdk_lambda::Client {
    let invoked = Arc::clone(invoked);
    let invoke = mock!(aws_sdk_lambda::Client::invoke).then_compute_output(move |asked| {
        let payload = asked.payload().map(|blob| blob.as_ref().to_vec()).unwrap_or_default();
        invoked.lock().unwrap().push(serde_json::from_slice(&payload).unwrap());
        InvokeOutput::builder().status_code(202).build()
    });
    mock_client!(aws_sdk_lambda, RuleMode::MatchAny, &[invoke])
}

fn outputs() -> Vec<u8> {
    let outputs = json!({
        "task_arn": TASK, "source_location_arn": "", "destination_location_arn": "", "file_system_id": "",
        "file_system_arn": "", "destination_bucket": "data", "destination_prefix": "backup/", "log_group": "",
    });
    serde_json::to_vec(&outputs).unwrap()
}
