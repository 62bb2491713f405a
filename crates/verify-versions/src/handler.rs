//! Wait for the report, check every version it names, keep the proof, alert when something is
//! wrong.
//!
//! A check that runs short of time writes a checkpoint and hands itself on; a large one is shared
//! ([`crate::fan_out`]). Order of a first proof: the list of objects, the proof by a conditional
//! write, then the alert, which follows from the proof alone and has a receipt of its own
//! ([`AlertOnce`]). A repeat of the event finds the proof and completes what is owed. The worst a
//! crash can do is a second alert. A person's request looks again even where there is a proof, and
//! alerts each time; its proof lies beside the first, which stands.

use std::time::{Duration, SystemTime};

use aws::alert_once::{AlertOnce, AlertOnceError, Sent};
use aws::direct_head::DirectHeads;
use aws::executions::{Patience, describe_until};
use aws::failure::{SdkFailure, chain};
use aws::metrics::MetricsSink;
use aws::records_bucket::{RecordsBucket, RecordsError, Retention, WriteOnce};
use aws_config::SdkConfig;
use aws_sdk_s3::types::ObjectLockMode;
use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::{ArnError, ExecutionArn};
use domain::config::StackConfig;
use domain::environment::Environment;
use domain::error_code::ErrorCode;
use domain::execution::Execution;
use domain::limits::Limits;
use domain::metrics::{self, Measure, Measures, MetricUnit};
use domain::payload::PayloadError;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::proof::{Depth, Proof};
use domain::report::{ReportKey, ReportKind};
use domain::request::{AuditRequest, named_execution};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;

use crate::aim::Aim;
use crate::alert;
use crate::audit::AuditError;
use crate::check::CheckError;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::report::PARTS_A_SLICE;

/// The summary may arrive before DataSync calls the report finished: it is waited for as long as
/// the invocation lasts; then the sweep asks for the missing proof.
const REPORT_PATIENCE: Patience = Patience { attempts: 300, pause: Duration::from_secs(2) };
/// Somebody waits for the answer to a request.
const REQUEST_PATIENCE: Duration = Duration::from_secs(60);

/// What closing a part and writing a checkpoint may take.
const TIME_TO_STOP: Duration = Duration::from_secs(20);

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) environment: Environment,
    pub(crate) records: RecordsBucket,
    pub(crate) heads: Option<DirectHeads>,
    pub(crate) datasync: aws_sdk_datasync::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    /// Open, so that tests of other crates can keep them.
    pub metrics: MetricsSink,
    pub(crate) report_patience: Patience,
    pub(crate) parts_a_slice: usize,
    /// The time that the versioning of a bucket takes to hold everywhere.
    pub(crate) versioning_settles: TimeDelta,
}

impl App {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            heads: DirectHeads::new(config),
            datasync: aws_sdk_datasync::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            environment,
            metrics: MetricsSink::default(),
            report_patience: REPORT_PATIENCE,
            parts_a_slice: PARTS_A_SLICE,
            versioning_settles: aws::clients::versioning_settles(config),
        }
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`HandlerError`]; Lambda tries an event again, and again is safe.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Outcome, HandlerError> {
    handle_at(app, event, Utc::now()).await
}

/// As [`handle`], at a given time.
///
/// # Errors
/// As [`handle`].
pub async fn handle_at(
    app: &App,
    event: LambdaEvent<Value>,
    now: DateTime<Utc>,
) -> Result<Outcome, HandlerError> {
    let input = Input::parse(event.payload)?;
    let context = &event.context;
    let until = (context.deadline > 0).then(|| context.deadline() - TIME_TO_STOP);
    let by_person = matches!(input, Input::Manual(_));
    let invocation = Invocation { app, request_id: &context.request_id, now, until, by_person };
    let outcome = match invocation.verify(input).await {
        // Nothing has failed: the sweep asks for the proof until it is there.
        Err(HandlerError::ReportPending { execution, state }) => {
            Outcome::ReportPending { execution, state }
        }
        Err(HandlerError::VersioningUnsettled { execution, until }) => {
            Outcome::Held { execution, until }
        }
        verified => verified?,
    };
    outcome.log();
    Ok(outcome)
}

#[derive(Clone, Copy)]
pub(crate) struct Invocation<'a> {
    pub(crate) app: &'a App,
    pub(crate) request_id: &'a str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) until: Option<SystemTime>,
    pub(crate) by_person: bool,
}

/// The stack as it is deployed.
pub(crate) struct Deployed {
    pub(crate) outputs: Outputs,
    /// Absent only in a stack that is being made.
    pub(crate) config: Option<StackConfig>,
}

impl Deployed {
    fn depth(&self) -> Depth {
        self.config.as_ref().map(|config| config.proof.depth).unwrap_or_default()
    }

    /// Of proofs and their lists, as configured.
    fn retention(&self, now: DateTime<Utc>) -> Option<Retention> {
        let proving = &self.config.as_ref()?.proof;
        let until = now.checked_add_signed(TimeDelta::days(proving.object_lock_days?.into()))?;
        let mode = ObjectLockMode::from(proving.object_lock_mode.as_str());
        Some(Retention { prefix: keys::PROOFS_PREFIX, mode, until })
    }
}

impl Invocation<'_> {
    async fn verify(&self, input: Input) -> Result<Outcome, HandlerError> {
        let outputs: Outputs =
            self.app.records.read(keys::OUTPUTS).await?.ok_or(HandlerError::NotDeployed)?;
        let deployed = Deployed { outputs, config: self.app.records.read(keys::CONFIG).await? };
        let app = match deployed.retention(self.now) {
            Some(retention) => {
                &App { records: self.app.records.retaining(retention), ..self.app.clone() }
            }
            None => self.app,
        };
        Invocation { app, ..*self }.answer(&deployed, input).await
    }

    async fn answer(&self, deployed: &Deployed, input: Input) -> Result<Outcome, HandlerError> {
        match input {
            Input::ObjectCreated { bucket, key } => {
                match self.reported(&deployed.outputs, &bucket, &key)? {
                    None => Ok(Outcome::Ignored { key }),
                    Some(execution) => {
                        let aim = Aim::first(execution, deployed.depth());
                        match self.proven(&aim.execution).await? {
                            Some(proof) => self.already_proven(&aim, proof).await,
                            None => self.check(deployed, aim, true).await,
                        }
                    }
                }
            }
            Input::Audit(AuditRequest { begun_at: Some(begun_at), .. }) => {
                self.scheduled_audit(deployed, begun_at).await
            }
            Input::Audit(request) => {
                Ok(Outcome::Audited { audit: self.auditor(deployed).run(&request).await? })
            }
            Input::Manual(request) => {
                let execution = named(&deployed.outputs, &request.execution)?;
                let depth = request.depth.unwrap_or_else(|| deployed.depth());
                let aim = match self.proven(&execution).await? {
                    Some(_) => Aim::again(execution, depth, self.now),
                    None => Aim::first(execution, depth),
                };
                self.check(deployed, aim, false).await
            }
            Input::Share(share) => self.share(deployed, share).await,
        }
    }

    /// The execution whose summary this object is, when it is one of our task.
    fn reported(
        &self,
        outputs: &Outputs,
        bucket: &str,
        key: &str,
    ) -> Result<Option<ExecutionArn>, HandlerError> {
        let ours =
            bucket == self.app.records.name() && key.starts_with(keys::SUMMARY_REPORTS_PREFIX);
        let report =
            ReportKey::parse(key).filter(|report| ours && report.kind == ReportKind::Summary);
        let report = report.filter(|report| report.task_id == outputs.task_arn.id());
        Ok(report.map(|report| outputs.task_arn.execution(&report.execution_id)).transpose()?)
    }

    async fn proven(&self, execution: &ExecutionArn) -> Result<Option<Proof>, HandlerError> {
        Ok(self.app.records.read(&keys::proof_document(execution.id())).await?)
    }

    /// Keeps a proof, unless somebody kept it before, and alerts.
    pub(crate) async fn conclude(&self, aim: &Aim, proof: Proof) -> Result<Outcome, HandlerError> {
        if self.app.records.write_once(&aim.proof(), &proof).await? == WriteOnce::AlreadyThere {
            let first = self.app.records.read(&aim.proof()).await?.unwrap_or(proof);
            return self.already_proven(aim, first).await;
        }
        if aim.again.is_none() && proof.verdict.is_proven() {
            self.app.metrics.emit(&self.verified(&proof));
        }
        let alerted = self.settle_alert(aim, &proof).await?;
        Ok(Outcome::Proven { proof, alerted })
    }

    /// Counted by whoever wrote the first proof.
    fn verified(&self, proof: &Proof) -> Measures {
        Measures {
            stack: self.app.environment.stack_name.clone(),
            at: self.now,
            measures: [metrics::VERIFIED_RUNS, metrics::FRESH]
                .map(|name| Measure { name, unit: MetricUnit::Count, value: 1 })
                .to_vec(),
            outcome: None,
            properties: vec![("Execution", proof.execution.id().to_owned())],
        }
    }

    pub(crate) async fn already_proven(
        &self,
        aim: &Aim,
        proof: Proof,
    ) -> Result<Outcome, HandlerError> {
        let alerted = self.settle_alert(aim, &proof).await?;
        Ok(Outcome::AlreadyProven { execution: proof.execution, verdict: proof.verdict, alerted })
    }

    /// The execution once it has ended and its report is written or has failed.
    pub(crate) async fn settled(
        &self,
        deployed: &Deployed,
        arn: &ExecutionArn,
    ) -> Result<Execution, HandlerError> {
        let settled = |execution: &Execution| execution.is_terminal() && !execution.awaits_report();
        let execution =
            describe_until(&self.app.datasync, arn, self.patience(deployed), settled).await;
        let execution = execution.map_err(HandlerError::Describe)?;
        if settled(&execution) {
            Ok(execution)
        } else {
            Err(HandlerError::ReportPending { execution: arn.clone(), state: execution.status })
        }
    }

    fn patience(&self, deployed: &Deployed) -> Patience {
        let limits = deployed
            .config
            .as_ref()
            .map_or_else(Limits::default, |config| Limits::from_config(&config.limits));
        let within = limits.report_within.to_std().unwrap_or_default();
        let left =
            self.until.map(|until| until.duration_since(SystemTime::now()).unwrap_or_default());
        let patience =
            self.app.report_patience.within(left.map_or(within, |left| left.min(within)));
        if self.by_person { patience.within(REQUEST_PATIENCE) } else { patience }
    }

    /// Whether an alert was sent now.
    async fn settle_alert(&self, aim: &Aim, proof: &Proof) -> Result<bool, HandlerError> {
        let app = self.app;
        let Some(alert) = alert::for_proof(&app.environment.stack_name, proof) else {
            return Ok(false);
        };
        let topic_arn = &app.environment.alerts_topic_arn;
        let (claimed_by, now) = (self.request_id, self.now);
        let once = AlertOnce { records: &app.records, sns: &app.sns, topic_arn, claimed_by, now };
        Ok(once.publish(&aim.alert(), &alert).await? == Sent::Now)
    }
}

/// Another task may have another destination, which our outputs don't know.
fn named(outputs: &Outputs, name: &str) -> Result<ExecutionArn, HandlerError> {
    let execution = named_execution(&outputs.task_arn, name)?;
    if execution.task() == outputs.task_arn {
        Ok(execution)
    } else {
        Err(HandlerError::OtherTask { execution })
    }
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
    #[error(
        "verifying `{execution}`: the versioning of its bucket may not hold everywhere before \
            {until}"
    )]
    VersioningUnsettled { execution: ExecutionArn, until: DateTime<Utc> },
    #[error("handing on what there was no time for")]
    HandOn(#[source] SdkFailure),
    #[error("making a proof of all slices: `{key}` is not there any more")]
    Unfinished { key: String },
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    AlertOnce(#[from] AlertOnceError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let code = match &error {
            HandlerError::Payload(_)
            | HandlerError::Execution(_)
            | HandlerError::OtherTask { .. } => ErrorCode::BadPayload,
            HandlerError::NotDeployed => ErrorCode::NotDeployed,
            HandlerError::Describe(_) => ErrorCode::DescribeFailed,
            HandlerError::ReportPending { .. } => ErrorCode::ReportPending,
            HandlerError::VersioningUnsettled { .. } => ErrorCode::VersioningUnsettled,
            HandlerError::HandOn(_) => ErrorCode::HandOnFailed,
            HandlerError::Unfinished { .. } | HandlerError::Check(_) => ErrorCode::CheckFailed,
            HandlerError::Audit(_) => ErrorCode::AuditFailed,
            HandlerError::Records(_) => ErrorCode::RecordsFailed,
            HandlerError::AlertOnce(_) => ErrorCode::AlertFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
