//! The test environment of one function: a bucket, a task, a topic and the other functions, which
//! share one [`Outage`].

use chrono::{DateTime, Utc};
use domain::environment::Environment;
use domain::records::keys;
use lambda_runtime::{Context, LambdaEvent};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::datasync::FakeDataSync;
use crate::{FakeBucket, FakeFunctions, FakeTopic, Interleaving, Outage};

/// The ARN of the stack's task.
pub const TASK: &str = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";

/// Everything that a function calls; a clone is the same environment.
#[derive(Clone, Debug)]
pub struct TestEnv {
    pub bucket: FakeBucket,
    pub datasync: FakeDataSync,
    pub topic: FakeTopic,
    pub functions: FakeFunctions,
    pub outage: Outage,
}

impl TestEnv {
    /// A deployed stack: its records bucket holds the outputs.
    ///
    /// # Panics
    /// Never: there is one sync.
    #[must_use]
    pub fn new(interleaving: &Interleaving) -> Self {
        Self::with_syncs(interleaving, &["default"])
    }

    /// The same with several syncs; the first one's task is [`TASK`].
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn with_syncs(interleaving: &Interleaving, syncs: &[&str]) -> Self {
        let outage = Outage::default();
        let tasks: Vec<String> = (0..syncs.len()).map(task_arn).collect();
        let arns: Vec<&str> = tasks.iter().map(String::as_str).collect();
        let env = Self {
            bucket: FakeBucket::sharing(&outage, interleaving),
            datasync: FakeDataSync::sharing(&arns, &outage, interleaving),
            topic: FakeTopic::sharing(&outage),
            functions: FakeFunctions::sharing(&outage),
            outage,
        };
        env.bucket.put(keys::OUTPUTS, outputs_of(syncs).to_string());
        env
    }

    /// The document below a key.
    ///
    /// # Panics
    /// When there is no such document, or one of another type.
    #[must_use]
    pub fn read_document<T: DeserializeOwned>(&self, key: &str) -> T {
        let bytes = self.bucket.get(key).unwrap_or_else(|| panic!("there is no {key}"));
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("reading {key}: {error}"))
    }

    /// The subjects of the alerts so far.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        self.topic.subjects()
    }
}

/// The environment variables of the functions.
#[must_use]
pub fn environment() -> Environment {
    Environment {
        stack_name: "backup".into(),
        account: "111122223333".into(),
        records_bucket: "records".into(),
        alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
    }
}

/// The ARN of the task of a sync, counted from 0.
#[must_use]
pub fn task_arn(number: usize) -> String {
    let other = format!("arn:aws:datasync:eu-central-1:111122223333:task/task-{number:017x}");
    if number == 0 { TASK.to_owned() } else { other }
}

/// The outputs of the stack.
fn outputs_of(syncs: &[&str]) -> Value {
    let all = syncs.iter().enumerate().map(|(number, sync)| outputs_of_sync(number, sync));
    let mut outputs: Vec<Value> = all.collect();
    let others = outputs.split_off(1);
    let mut first = outputs.remove(0);
    first["other_syncs"] = json!(others);
    first
}

fn outputs_of_sync(number: usize, sync: &str) -> Value {
    json!({
        "sync": sync,
        "task_arn": task_arn(number),
        "source_location_arn": "",
        "destination_location_arn": "",
        "file_system_id": "",
        "file_system_arn": "",
        "destination_bucket": if number == 0 { "data".to_owned() } else { format!("data-{sync}") },
        "destination_prefix": "backup/",
        "log_group": "",
        "role_arns": {"report-role": "arn:aws:iam::111122223333:role/report"},
    })
}

/// An invocation by Lambda.
#[must_use]
pub fn lambda_event(payload: Value, request_id: &str) -> LambdaEvent<Value> {
    let mut context = Context::default();
    context.request_id = request_id.into();
    LambdaEvent::new(payload, context)
}

/// The time `seconds` after 1970-01-01T00:00:00Z.
///
/// # Panics
/// When the time is too far away for a date.
#[must_use]
pub fn time_at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a test's time is near 1970")
}
