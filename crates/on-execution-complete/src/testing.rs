//! The test fixture of this crate: the function in a [`TestEnv`] with executions.

pub(crate) mod records;

use std::time::Duration;

use aws::executions::Patience;
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_fakes::datasync::FakeExecution;
use aws_fakes::{Interleaving, TestEnv, environment, lambda_event, time_at};
use domain::arn::ExecutionArn;
use domain::config::{StackConfig, TemplateValues, parse, render_template};
use domain::records::keys;
use domain::records::run::RunRecord;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use crate::app::CompletionApp;
use crate::error::CompletionError;
use crate::handler::handle_at;
use crate::outcome::CompletionOutcome;

/// The end of the first execution; each later one ends an hour after the one before.
pub(crate) const ENDED: i64 = 1_700_000_000;

const HOUR: i64 = 3_600;

/// The stacks that the tables of tests run on: with one sync, and with three.
pub(crate) const STACKS: [&[&str]; 2] = [&["default"], &["photos", "default", "home"]];

/// The function, seen from the last sync of a stack.
#[derive(Clone, Debug)]
pub(crate) struct CompletionFixture {
    /// Its `datasync` is the task of the sync.
    pub(crate) env: TestEnv,
    pub(crate) sync: SyncName,
    pub(crate) metrics: MetricsSink,
    pub(crate) app: CompletionApp,
}

impl CompletionFixture {
    /// With one running execution.
    pub(crate) fn new() -> Self {
        Self::of_stack(&["default"], &Interleaving::default())
    }

    /// A stack with several syncs, seen from the last one, with one running execution of it.
    pub(crate) fn of_stack(syncs: &[&str], interleaving: &Interleaving) -> Self {
        let mut env = TestEnv::with_syncs(interleaving, syncs);
        env.datasync = env.datasync.task(syncs.len() - 1);
        let sync = SyncName::parse(syncs[syncs.len() - 1]).unwrap();
        let metrics = MetricsSink::keeping();
        let app = CompletionApp {
            environment: environment(),
            records: RecordsBucket::new(env.bucket.client(&[]), "records"),
            datasync: env.datasync.client(),
            sns: env.topic.client(),
            lambda: env.functions.client(),
            metrics: metrics.clone(),
            report_patience: Patience { attempts: 3, pause: Duration::ZERO },
        };
        let fixture = Self { env, sync, metrics, app };
        fixture.add_execution();
        fixture
    }

    /// Adds a running execution; returns its number.
    pub(crate) fn add_execution(&self) -> usize {
        let mut state = self.env.datasync.state();
        let number = state.executions.len() + 1;
        state.add_execution(number, ended_at(number) - 300);
        number
    }

    pub(crate) fn change_execution(&self, number: usize, change: impl FnOnce(&mut FakeExecution)) {
        change(&mut self.env.datasync.state().executions[number - 1]);
    }

    /// Ends an execution with success and writes its summary report.
    pub(crate) fn succeed(&self, number: usize, files: i64) {
        self.change_execution(number, |execution| execution.succeed(files, ended_at(number)));
        self.put_summary(number);
    }

    /// Ends an execution with an error and writes its summary report.
    pub(crate) fn fail(&self, number: usize, code: &str, detail: &str) {
        self.change_execution(number, |execution| execution.fail(code, detail, ended_at(number)));
        self.put_summary(number);
    }

    fn put_summary(&self, number: usize) {
        self.put_report(number, "Summary-Reports", "summary-v1-0", &json!({}));
    }

    /// Writes the first part of a detailed report; `kind` is for example `skipped`.
    pub(crate) fn put_detailed_report(&self, number: usize, kind: &str, part: &Value) {
        let name = format!("files-{kind}-v1-00001-0123456789abcdef0");
        self.put_report(number, "Detailed-Reports", &name, part);
    }

    /// Writes a report part; `name` is for example `files-skipped-v1-00001-0123456789abcdef0`.
    pub(crate) fn put_report(&self, number: usize, directory: &str, name: &str, part: &Value) {
        let arn = self.execution_arn(number);
        let (task, id) = (arn.task(), arn.id());
        let key = format!("reports/{directory}/{}/{id}/{id}.{name}.json", task.id());
        self.env.bucket.put(&key, part.to_string());
    }

    pub(crate) fn execution_arn(&self, number: usize) -> ExecutionArn {
        self.env.datasync.state().executions[number - 1].arn.clone()
    }

    /// The event that DataSync sends when an execution enters `state`.
    pub(crate) fn state_change(&self, number: usize, state: &str) -> Value {
        let file = include_str!("../../../events/on-execution-complete/success.json");
        let mut event: Value = serde_json::from_str(file).unwrap();
        event["resources"][0] = json!(self.execution_arn(number));
        event["detail"]["State"] = json!(state);
        event
    }

    /// Invokes the function one minute after the end of the last execution.
    pub(crate) async fn invoke(
        &self,
        payload: Value,
        request_id: &str,
    ) -> Result<CompletionOutcome, CompletionError> {
        let last = self.env.datasync.state().executions.len();
        self.invoke_at(payload, request_id, ended_at(last) + 60).await
    }

    pub(crate) async fn invoke_at(
        &self,
        payload: Value,
        request_id: &str,
        now: i64,
    ) -> Result<CompletionOutcome, CompletionError> {
        handle_at(&self.app, lambda_event(payload, request_id), time_at(now)).await
    }

    /// Deletes everything that the function has written.
    pub(crate) fn clear(&self) {
        let is_input = |key: &String| key.starts_with("reports/") || key == keys::OUTPUTS;
        for key in self.env.bucket.keys().iter().filter(|key| !is_input(key)) {
            self.env.bucket.remove(key);
        }
        self.env.topic.clear();
    }

    pub(crate) fn run_record(&self, number: usize) -> RunRecord {
        self.env.read_document(&keys::run_record(self.execution_arn(number).id()))
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.env.subjects()
    }
}

fn ended_at(number: usize) -> i64 {
    ENDED + HOUR * (number as i64 - 1)
}

/// The configuration that `efs-s3 init` writes.
pub(crate) fn template_config() -> StackConfig {
    let values = TemplateValues { stack_name: "backup", region: "eu-central-1" };
    parse(&render_template(&values)).unwrap()
}
