//! Wait for the report, check every version it names, keep the proof, alert when something is wrong.
//!
//! A check that runs short of time writes a checkpoint and fails; Lambda's retry, or a person's, goes on from there.
//! Order of a first proof: the list of objects, the proof by a conditional write, then the alert, which follows from the
//! proof alone and has a receipt of its own ([`AlertOnce`]). A repeat of the event finds the proof and completes what is
//! owed. The worst a crash can do is a second alert. A person's request looks again even where there is a proof, and
//! alerts each time.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_edge::alert_once::{AlertOnce, AlertOnceError, Sent};
use aws_edge::alerts::{self, AlertError};
use aws_edge::executions::{Patience, describe_until};
use aws_edge::failure::{SdkFailure, chain};
use aws_edge::metrics::MetricsSink;
use aws_edge::records_bucket::{RecordsBucket, RecordsError, WriteOnce};
use chrono::{DateTime, SecondsFormat, Utc};
use lambda_runtime::{Diagnostic, LambdaEvent};
use pipeline::arn::{ArnError, ExecutionArn};
use pipeline::config::StackConfig;
use pipeline::environment::Environment;
use pipeline::execution::Execution;
use pipeline::metrics::{self, Measure, Measures, Unit};
use pipeline::payload::PayloadError;
use pipeline::records::keys;
use pipeline::records::outputs::Outputs;
use pipeline::records::proof::{Depth, Proof};
use pipeline::report::{ReportKey, ReportKind};
use pipeline::request::named_execution;
use serde_json::Value;

use crate::alert;
use crate::audit::{AuditError, Auditor};
use crate::check::{Check, CheckError};
use crate::code;
use crate::input::Input;
use crate::outcome::Outcome;

/// The summary may arrive before DataSync calls the report finished; what takes longer is left to Lambda's retry.
const REPORT_PATIENCE: Patience = Patience { attempts: 60, pause: Duration::from_secs(1) };

/// What closing a part and writing a checkpoint may take.
const TIME_TO_STOP: Duration = Duration::from_secs(20);

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    environment: Environment,
    records: RecordsBucket,
    datasync: aws_sdk_datasync::Client,
    sns: aws_sdk_sns::Client,
    metrics: MetricsSink,
    report_patience: Patience,
}

impl App {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws_edge::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            environment,
            metrics: MetricsSink::default(),
            report_patience: REPORT_PATIENCE,
        }
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`HandlerError`]; Lambda tries an event again, and again is safe.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Outcome, HandlerError> {
    let input = Input::parse(event.payload)?;
    let context = &event.context;
    let until = (context.deadline > 0).then(|| context.deadline() - TIME_TO_STOP);
    let invocation = Invocation { app, request_id: &context.request_id, now: Utc::now(), until };
    let outcome = invocation.verify(input).await?;
    outcome.log();
    Ok(outcome)
}

#[derive(Clone, Copy)]
struct Invocation<'a> {
    app: &'a App,
    request_id: &'a str,
    now: DateTime<Utc>,
    until: Option<SystemTime>,
}

impl Invocation<'_> {
    async fn verify(&self, input: Input) -> Result<Outcome, HandlerError> {
        let outputs = self.app.records.read(keys::OUTPUTS).await?.ok_or(HandlerError::NotDeployed)?;
        match input {
            Input::ObjectCreated { bucket, key } => match self.reported(&outputs, &bucket, &key)? {
                None => Ok(Outcome::Ignored { key }),
                Some(execution) => match self.proven(&execution).await? {
                    Some(proof) => self.already_proven(proof).await,
                    None => self.prove(&outputs, &execution, Depth::default()).await,
                },
            },
            Input::Audit(request) => {
                let auditor = Auditor { records: &self.app.records, until: self.until };
                Ok(Outcome::Audited { audit: auditor.run(&request, self.now).await? })
            }
            Input::Manual(request) => {
                let execution = named(&outputs, &request.execution)?;
                let depth = request.depth.unwrap_or_default();
                match self.proven(&execution).await? {
                    Some(_) => self.audit(&outputs, &execution, depth).await,
                    None => self.prove(&outputs, &execution, depth).await,
                }
            }
        }
    }

    /// The execution whose summary this object is, when it is one of our task.
    fn reported(&self, outputs: &Outputs, bucket: &str, key: &str) -> Result<Option<ExecutionArn>, HandlerError> {
        let ours = bucket == self.app.records.name() && key.starts_with(keys::SUMMARY_REPORTS_PREFIX);
        let report = ReportKey::parse(key).filter(|report| ours && report.kind == ReportKind::Summary);
        let report = report.filter(|report| report.task_id == outputs.task_arn.id());
        Ok(report.map(|report| outputs.task_arn.execution(&report.execution_id)).transpose()?)
    }

    async fn proven(&self, execution: &ExecutionArn) -> Result<Option<Proof>, HandlerError> {
        Ok(self.app.records.read(&keys::proof(execution.id())).await?)
    }

    async fn prove(&self, outputs: &Outputs, execution: &ExecutionArn, depth: Depth) -> Result<Outcome, HandlerError> {
        let proof = self.check(outputs, execution, depth, true).await?;
        let records = &self.app.records;
        if records.write_once(&keys::proof(execution.id()), &proof).await? == WriteOnce::AlreadyThere {
            let first = self.proven(execution).await?.unwrap_or(proof);
            return self.already_proven(first).await;
        }
        if proof.verdict.is_proven() {
            self.app.metrics.emit(&self.verified(&proof));
        }
        let alerted = self.settle_alert(&proof).await?;
        Ok(Outcome::Proven { proof, alerted })
    }

    /// Counted by whoever wrote the first proof.
    fn verified(&self, proof: &Proof) -> Measures {
        Measures {
            stack: self.app.environment.stack_name.clone(),
            at: self.now,
            measures: vec![Measure { name: metrics::VERIFIED_RUNS, unit: Unit::Count, value: 1 }],
            outcome: None,
            properties: vec![("Execution", proof.execution.id().to_owned())],
        }
    }

    async fn already_proven(&self, proof: Proof) -> Result<Outcome, HandlerError> {
        let alerted = self.settle_alert(&proof).await?;
        Ok(Outcome::AlreadyProven { execution: proof.execution, verdict: proof.verdict, alerted })
    }

    async fn audit(&self, outputs: &Outputs, execution: &ExecutionArn, depth: Depth) -> Result<Outcome, HandlerError> {
        let proof = self.check(outputs, execution, depth, false).await?;
        let at = self.now.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.app.records.write(&keys::audit(execution.id(), &at), &proof).await?;
        let alert = alert::for_proof(&self.app.environment.stack_name, &proof);
        if let Some(alert) = &alert {
            alerts::publish(&self.app.sns, &self.app.environment.alerts_topic_arn, alert).await?;
        }
        Ok(Outcome::Proven { proof, alerted: alert.is_some() })
    }

    async fn check(
        &self,
        outputs: &Outputs,
        execution: &ExecutionArn,
        depth: Depth,
        keeps: bool,
    ) -> Result<Proof, HandlerError> {
        let execution = &self.settled(execution).await?;
        let records = &self.app.records;
        let config: Option<StackConfig> = records.read(keys::CONFIG).await?;
        let storage_class = config.as_ref().map(|config| config.destination.storage_class.as_s3_str());
        let check = Check { records, outputs, execution, depth, storage_class, keeps, until: self.until };
        let proof = check.run(self.now).await?;
        Ok(Proof { code_version: code::version().to_owned(), ..proof })
    }

    /// The execution once it has ended and its report is written or has failed.
    async fn settled(&self, arn: &ExecutionArn) -> Result<Execution, HandlerError> {
        let settled = |execution: &Execution| execution.is_terminal() && !execution.awaits_report();
        let execution = describe_until(&self.app.datasync, arn, self.app.report_patience, settled).await;
        let execution = execution.map_err(HandlerError::Describe)?;
        if settled(&execution) {
            Ok(execution)
        } else {
            Err(HandlerError::ReportPending { execution: arn.clone(), state: execution.status })
        }
    }

    /// Whether an alert was sent now.
    async fn settle_alert(&self, proof: &Proof) -> Result<bool, HandlerError> {
        let app = self.app;
        let Some(alert) = alert::for_proof(&app.environment.stack_name, proof) else { return Ok(false) };
        let topic_arn = &app.environment.alerts_topic_arn;
        let (claimed_by, now) = (self.request_id, self.now);
        let once = AlertOnce { records: &app.records, sns: &app.sns, topic_arn, claimed_by, now };
        Ok(once.publish(&keys::proof_alert(proof.execution.id()), &alert).await? == Sent::Now)
    }
}

/// Another task may have another destination, which our outputs don't know.
fn named(outputs: &Outputs, name: &str) -> Result<ExecutionArn, HandlerError> {
    let execution = named_execution(&outputs.task_arn, name)?;
    if execution.task() == outputs.task_arn { Ok(execution) } else { Err(HandlerError::OtherTask { execution }) }
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the execution's name")]
    Execution(#[from] ArnError),
    #[error("verifying `{execution}`: it is not of this stack's task")]
    OtherTask { execution: ExecutionArn },
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error("describing the execution")]
    Describe(#[source] SdkFailure),
    #[error("verifying `{execution}`: it is {state}, and its report is not finished")]
    ReportPending { execution: ExecutionArn, state: String },
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    AlertOnce(#[from] AlertOnceError),
    #[error(transparent)]
    Alert(#[from] AlertError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match &error {
            HandlerError::Payload(_) | HandlerError::Execution(_) | HandlerError::OtherTask { .. } => "BadPayload",
            HandlerError::NotDeployed => "NotDeployed",
            HandlerError::Describe(_) => "DescribeFailed",
            HandlerError::ReportPending { .. } => "ReportPending",
            HandlerError::Check(CheckError::OutOfTime { .. }) => "OutOfTime",
            HandlerError::Check(_) => "CheckFailed",
            HandlerError::Audit(_) => "AuditFailed",
            HandlerError::Records(_) => "RecordsFailed",
            HandlerError::AlertOnce(_) | HandlerError::Alert(_) => "AlertFailed",
        };
        Self { error_type: error_type.into(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
