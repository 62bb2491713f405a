//! The test fixture of this crate: the function in a [`TestEnv`].

use std::collections::BTreeSet;

use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_fakes::datasync::FakeExecution;
use aws_fakes::{Interleaving, TestEnv, environment, lambda_event, time_at};
use domain::config::{StackConfig, TemplateValues, parse, render_template};
use domain::names::SLOT_TAG;
use domain::records::keys;
use domain::records::outputs::VERSIONING_SETTLES;
use domain::records::start::StartRecord;
use serde_json::{Value, json};

use crate::app::StartApp;
use crate::error::StartError;
use crate::handler::handle_at;
use crate::outcome::StartOutcome;

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: i64 = 1_700_000_000;

#[derive(Clone, Debug)]
pub(crate) struct StartFixture {
    pub(crate) env: TestEnv,
    pub(crate) metrics: MetricsSink,
    pub(crate) app: StartApp,
}

impl StartFixture {
    pub(crate) fn new() -> Self {
        Self::interleaved(&Interleaving::default())
    }

    pub(crate) fn interleaved(interleaving: &Interleaving) -> Self {
        let env = TestEnv::new(interleaving);
        env.datasync.state().now = NOW;
        let metrics = MetricsSink::keeping();
        let app = StartApp {
            environment: environment(),
            records: RecordsBucket::new(env.bucket.client(&[]), "records"),
            datasync: env.datasync.client(),
            sns: env.topic.client(),
            lambda: env.functions.client(),
            metrics: metrics.clone(),
            versioning_settles: VERSIONING_SETTLES,
        };
        Self { env, metrics, app }
    }

    /// With a configuration, as after a deploy.
    pub(crate) fn configured() -> Self {
        let fixture = Self::new();
        fixture.put_config(&template_config());
        fixture
    }

    pub(crate) fn put_config(&self, config: &StackConfig) {
        self.env.bucket.put(keys::CONFIG, serde_json::to_vec(config).unwrap());
    }

    /// Adds an execution that runs since `started`.
    pub(crate) fn add_execution(&self, number: usize, started: i64) -> FakeExecution {
        let mut state = self.env.datasync.state();
        let execution = FakeExecution::under_way(&state.task, number, started);
        state.executions.push(execution.clone());
        execution
    }

    /// Invokes the function for the slot of `NOW`.
    pub(crate) async fn invoke_scheduled(
        &self,
        request_id: &str,
        now: i64,
    ) -> Result<StartOutcome, StartError> {
        self.invoke(scheduled_event(NOW), request_id, now).await
    }

    pub(crate) async fn invoke_sweep(
        &self,
        request_id: &str,
        now: i64,
    ) -> Result<StartOutcome, StartError> {
        self.invoke(json!({"action": "sweep"}), request_id, now).await
    }

    pub(crate) async fn invoke(
        &self,
        payload: Value,
        request_id: &str,
        now: i64,
    ) -> Result<StartOutcome, StartError> {
        handle_at(&self.app, lambda_event(payload, request_id), time_at(now)).await
    }

    /// The number of executions with this slot.
    pub(crate) fn started_for(&self, slot: &str) -> usize {
        self.env.datasync.state().executions_with_tag(SLOT_TAG, slot).len()
    }

    pub(crate) fn start_record(&self, slot: &str) -> StartRecord {
        self.env.read_document(&keys::start_record(slot))
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.env.subjects()
    }

    /// The executions that were passed to on-execution-complete, each once.
    pub(crate) fn handed_on(&self) -> BTreeSet<String> {
        let payloads = self.env.functions.payloads();
        let execution = |payload: &Value| Some(payload["execution"].as_str()?.to_owned());
        payloads.iter().filter_map(execution).collect()
    }
}

/// The configuration that `efs-s3 init` writes.
pub(crate) fn template_config() -> StackConfig {
    let values = TemplateValues { stack_name: "backup", region: "eu-central-1" };
    parse(&render_template(&values)).unwrap()
}

/// The event of the schedule.
pub(crate) fn scheduled_event(time: i64) -> Value {
    event_at(include_str!("../../../events/start-execution/schedule.json"), time)
}

/// The event of the rule of full verifications.
pub(crate) fn full_verification_event(time: i64) -> Value {
    event_at(include_str!("../../../events/start-execution/full-verification.json"), time)
}

fn event_at(file: &str, time: i64) -> Value {
    let mut event: Value = serde_json::from_str(file).unwrap();
    event["time"] = json!(time_at(time));
    event
}
