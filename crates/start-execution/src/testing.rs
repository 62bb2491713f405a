//! The test fixture of this crate: the function in a [`TestEnv`].

use std::collections::BTreeSet;

use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_fakes::datasync::FakeExecution;
use aws_fakes::{Interleaving, TestEnv, environment, lambda_event, time_at};
use chrono::{DateTime, Utc};
use domain::config::{StackConfig, SyncConfig, TemplateValues, parse, render_template};
use domain::names::{FULL_VERIFICATION_RULE, SCHEDULE_RULE, SLOT_TAG};
use domain::records::keys;
use domain::records::outputs::{Outputs, VERSIONING_SETTLES};
use domain::records::start::StartRecord;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use crate::app::StartApp;
use crate::error::StartError;
use crate::handler::handle_at;
use crate::outcome::StartOutcome;
use crate::start_record;

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: i64 = 1_700_000_000;

/// The stacks that the tables of tests run on: with one sync, and with three.
pub(crate) const STACKS: [&[&str]; 2] = [&["default"], &["photos", "default", "home"]];

/// The function, seen from the last sync of a stack.
#[derive(Clone, Debug)]
pub(crate) struct StartFixture {
    /// Its `datasync` is the task of the sync.
    pub(crate) env: TestEnv,
    pub(crate) sync: SyncName,
    pub(crate) metrics: MetricsSink,
    pub(crate) app: StartApp,
}

impl StartFixture {
    pub(crate) fn new() -> Self {
        Self::interleaved(&Interleaving::default())
    }

    pub(crate) fn interleaved(interleaving: &Interleaving) -> Self {
        Self::of_stack(&["default"], interleaving)
    }

    /// A stack with several syncs, seen from the last one.
    pub(crate) fn of_stack(syncs: &[&str], interleaving: &Interleaving) -> Self {
        let mut env = TestEnv::with_syncs(interleaving, syncs);
        for number in 0..syncs.len() {
            env.datasync = env.datasync.task(number);
            env.datasync.state().now = NOW;
        }
        let sync = SyncName::parse(syncs[syncs.len() - 1]).unwrap();
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
        Self { env, sync, metrics, app }
    }

    /// The same stack, seen from another sync, counted from 0.
    pub(crate) fn seen_from(&self, number: usize) -> Self {
        let outputs: Outputs = self.env.read_document(keys::OUTPUTS);
        let sync = outputs.each_sync().nth(number).unwrap().sync.clone();
        let datasync = self.env.datasync.task(number);
        Self { env: TestEnv { datasync, ..self.env.clone() }, sync, ..self.clone() }
    }

    /// A claim of a slot of the sync.
    pub(crate) async fn claim(&self, slot: &str, request_id: &str, at: DateTime<Utc>) {
        let new = StartRecord::new_claim(&self.sync.slot(slot), request_id, at);
        let claim = StartRecord { sync: self.sync.clone(), ..new };
        start_record::claim(&self.app.records, claim).await.unwrap();
    }

    /// One stack of each kind.
    pub(crate) fn of_each_stack() -> [Self; 2] {
        STACKS.map(|syncs| Self::of_stack(syncs, &Interleaving::default()))
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
        self.env.datasync.state().add_execution(number, started)
    }

    /// Invokes the function for the slot of `NOW`.
    pub(crate) async fn invoke_scheduled(
        &self,
        request_id: &str,
        now: i64,
    ) -> Result<StartOutcome, StartError> {
        self.invoke(self.scheduled_event(NOW), request_id, now).await
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

    /// The event of the schedule of the sync.
    pub(crate) fn scheduled_event(&self, time: i64) -> Value {
        self.of_rule(scheduled_event(time), SCHEDULE_RULE)
    }

    /// The event of the rule of full verifications of the sync.
    pub(crate) fn full_verification_event(&self, time: i64) -> Value {
        self.of_rule(full_verification_event(time), FULL_VERIFICATION_RULE)
    }

    fn of_rule(&self, mut event: Value, rule: &str) -> Value {
        let arn = format!(
            "arn:aws:events:eu-central-1:111122223333:rule/backup-{}",
            self.sync.qualify(rule)
        );
        event["resources"] = json!([arn]);
        event
    }

    /// The number of executions with this slot.
    pub(crate) fn started_for(&self, slot: &str) -> usize {
        let slot = self.sync.slot(slot);
        self.env.datasync.state().executions_with_tag(SLOT_TAG, &slot).len()
    }

    pub(crate) fn start_record(&self, slot: &str) -> StartRecord {
        self.env.read_document(&keys::start_record(&self.sync.slot(slot)))
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

/// The same with `[[sync]]` entries of these names, unless there is only the sync `default`.
pub(crate) fn config_of_stack(syncs: &[&str]) -> StackConfig {
    let config = template_config();
    if syncs == ["default"] {
        return config;
    }
    let entry = |name: &&str| SyncConfig {
        name: SyncName::parse(name).unwrap(),
        file_system: None,
        source: config.source.clone(),
        destination: config.destination.clone(),
        task: config.task.clone(),
        schedule: config.schedule.clone(),
        limits: config.limits.clone(),
        proof: config.proof.clone(),
    };
    StackConfig { syncs: syncs.iter().map(entry).collect(), ..config }
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
