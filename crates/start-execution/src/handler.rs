//! See to what no event has told, if it is time; then claim the slot, look at the task, start an
//! execution, complete the record. A sweep has a rule of its own, which starts only what was held
//! or waits: the schedule may be rare, paused or off.
//!
//! The claim is a conditional write and comes before the start; the record of what was started
//! comes after. A crash between the two leaves a claim without an execution: whoever takes the slot
//! up again first looks for an execution that bears the slot's tag.

use std::time::{Duration, SystemTime};

use aws::alert_once::{AlertOnce, AlertOnceError};
use aws::failure::{SdkFailure, chain};
use aws::metrics::MetricsSink;
use aws::records_bucket::{RecordsBucket, RecordsError};
use aws_config::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::{ExecutionArn, TaskArn};
use domain::config::StackConfig;
use domain::environment::Environment;
use domain::error_code::ErrorCode;
use domain::function::FunctionName;
use domain::limits::Limits;
use domain::names::Names;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::StartRecord;
use domain::request::{StartRequest, WhenBusy};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;

use crate::decide::{
    SlotDecision, SlotFacts, TaskDecision, decide_failed_start, decide_slot, decide_task,
};
use crate::episodes;
use crate::input::{self, Asked, Input, InputError};
use crate::outcome::Outcome;
use crate::retry;
use crate::slot_record::{self, SlotRecordError};
use crate::sweep::{self, Due};
use crate::task::{self, Start, TaskError};
use crate::waiting::waits;

/// A sweep before a start takes at most so long where Lambda does not tell how long there is; else
/// half of that.
const SWEEP_BEFORE_START: Duration = Duration::from_secs(30);

/// What the function works with. Open, so that tests of other crates can let it work on fakes.
#[derive(Clone, Debug)]
pub struct App {
    pub environment: Environment,
    pub records: RecordsBucket,
    pub datasync: aws_sdk_datasync::Client,
    pub sns: aws_sdk_sns::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub metrics: MetricsSink,
    /// The time that the versioning of a bucket takes to hold everywhere.
    pub versioning_settles: TimeDelta,
}

impl App {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            metrics: MetricsSink::default(),
            versioning_settles: aws::clients::versioning_settles(config),
            environment,
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
    let input = input::input(event.payload, &app.environment.stack_name)?;
    let config: Option<StackConfig> = app.records.read(keys::CONFIG).await?;
    let limits =
        config.as_ref().map_or_else(Limits::default, |config| Limits::from_config(&config.limits));
    let until = (event.context.deadline > 0).then(|| event.context.deadline());
    let request_id = event.context.request_id.as_str();
    let slot = match &input {
        Input::Start(asked) => Some(asked.request.slot.as_str()),
        Input::Sweep => None,
    };
    let invocation =
        Invocation { app, config: config.as_ref(), limits: &limits, request_id, now, until, slot };
    // Boxed: the compiler gives up on a future of so many calls in one.
    let outcome = match &input {
        Input::Start(asked) => Box::pin(invocation.answer(asked)).await?,
        Input::Sweep => Box::pin(invocation.sweep()).await?,
    };
    tracing::info!(outcome = %serde_json::to_string(&outcome).unwrap_or_default(), "start-execution");
    Ok(outcome)
}

/// One invocation: who, and when.
#[derive(Clone, Copy)]
pub(crate) struct Invocation<'a> {
    pub app: &'a App,
    /// Absent before the first deploy.
    pub config: Option<&'a StackConfig>,
    pub limits: &'a Limits,
    pub request_id: &'a str,
    pub now: DateTime<Utc>,
    /// When Lambda ends the invocation.
    pub until: Option<SystemTime>,
    /// The slot of the start that this invocation is for: it is not the sweep's to end.
    pub slot: Option<&'a str>,
}

impl Invocation<'_> {
    pub(crate) fn once(&self) -> AlertOnce<'_> {
        AlertOnce {
            records: &self.app.records,
            sns: &self.app.sns,
            topic_arn: &self.app.environment.alerts_topic_arn,
            claimed_by: self.request_id,
            now: self.now,
        }
    }

    pub(crate) fn names(&self, task: &TaskArn) -> Names {
        let environment = &self.app.environment;
        Names::new(&environment.stack_name, &environment.account, task.region())
    }

    /// Sweeps first: a run that got stuck is in the way of the next. Whatever becomes of the sweep,
    /// the start follows; the sweep's own rule sweeps again within minutes, and tells when it
    /// fails.
    async fn answer(&self, asked: &Asked) -> Result<Outcome, HandlerError> {
        let outputs: Outputs =
            self.app.records.read(keys::OUTPUTS).await?.ok_or(HandlerError::NotDeployed)?;
        let by_person = !asked.by_schedule && asked.request.retry_of.is_none();
        let due = if by_person { Due::Now } else { Due::Sometimes };
        match tokio::time::timeout(self.time_to_sweep(), Box::pin(self.look_through(&outputs, due)))
            .await
        {
            Ok(Ok(Some(Outcome::Swept(swept)))) => {
                tracing::info!(swept = %serde_json::to_string(&swept).unwrap_or_default(), "start-execution");
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(error = %chain(&error), "the sweep failed"),
            Err(_) => tracing::error!("the sweep took too long"),
        }
        Box::pin(self.start(&outputs, &asked.request)).await
    }

    /// Looks through everything. Before the first deploy has ended there is nothing to look
    /// through.
    async fn sweep(&self) -> Result<Outcome, HandlerError> {
        let outputs: Option<Outputs> = self.app.records.read(keys::OUTPUTS).await?;
        let Some(outputs) = outputs else { return Ok(Outcome::NothingToSweep) };
        Ok(self.look_through(&outputs, Due::Now).await?.unwrap_or(Outcome::NothingToSweep))
    }

    /// Sweeps, and starts what was held; `None` where it is not time.
    async fn look_through(
        &self,
        outputs: &Outputs,
        due: Due,
    ) -> Result<Option<Outcome>, HandlerError> {
        let Some(mut swept) = Box::pin(sweep::sweep(self, &outputs.task_arn, due)).await? else {
            return Ok(None);
        };
        swept.held_starts = Box::pin(self.start_held(outputs)).await?;
        swept.waiting_starts = Box::pin(self.start_waiting(outputs)).await?;
        Ok(Some(Outcome::Swept(swept)))
    }

    fn time_to_sweep(&self) -> Duration {
        let left =
            self.until.map(|until| until.duration_since(SystemTime::now()).unwrap_or_default());
        left.map_or(SWEEP_BEFORE_START, |left| left / 2)
    }

    pub(crate) async fn start(
        &self,
        outputs: &Outputs,
        request: &StartRequest,
    ) -> Result<Outcome, HandlerError> {
        let (app, now, request_id) = (self.app, self.now, self.request_id);
        self.check(request)?;
        if let Some(until) = self.held_until(outputs) {
            return self.hold(request, until).await;
        }
        let slot = request.slot.clone();
        let (record, fresh) = slot_record::claim(&app.records, &slot, request_id, now).await?;
        match decide_slot(&SlotFacts { record: &record, request_id, now }) {
            SlotDecision::AlreadyStarted(execution) => {
                return Ok(Outcome::AlreadyStarted { slot, execution });
            }
            SlotDecision::AlreadySkipped(running) => {
                retry::tell_of_skipped(self, outputs, request).await?;
                return Ok(Outcome::Skipped { slot, running });
            }
            SlotDecision::InProgress => return Ok(Outcome::InProgress { slot }),
            SlotDecision::Proceed => {}
        }
        let record = if fresh {
            record
        } else {
            slot_record::renew(&app.records, record, request_id, now).await?
        };
        let facts = task::facts(&app.datasync, &outputs.task_arn, &slot, !fresh).await?;
        let (unavailable, disabled) = (facts.unavailable(), facts.schedule_disabled.as_deref());
        episodes::look(self, Class::TaskUnavailable, &outputs.task_arn, unavailable.as_deref())
            .await?;
        episodes::look(self, Class::ScheduleDisabled, &outputs.task_arn, disabled).await?;
        let behind_queued = !request.overrides.is_empty() && !waits(&slot);
        let decision = decide_task(&facts, self.when_busy(request), behind_queued);
        self.follow(outputs, request, record, decision).await
    }

    /// Overrides are judged by the rules of the configuration before anything is claimed.
    fn check(&self, request: &StartRequest) -> Result<(), HandlerError> {
        if request.overrides.is_empty() {
            return Ok(());
        }
        let problems =
            request.overrides.find_problems(self.config.ok_or(HandlerError::NotDeployed)?);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(HandlerError::Overrides { problems: problems.join("; ") })
        }
    }

    /// As asked for; else, for the schedule and for retries alike, as configured.
    fn when_busy(&self, request: &StartRequest) -> WhenBusy {
        request
            .when_busy
            .or(self.config.map(|config| config.schedule.when_busy))
            .unwrap_or_default()
    }

    async fn follow(
        &self,
        outputs: &Outputs,
        request: &StartRequest,
        record: StartRecord,
        decision: TaskDecision,
    ) -> Result<Outcome, HandlerError> {
        let app = self.app;
        match decision {
            TaskDecision::Found(execution) => self.complete(record, execution).await,
            TaskDecision::Adopt(execution) => {
                let record = slot_record::adopt(&app.records, record, &execution).await?;
                Ok(Outcome::AlreadyStarted { slot: record.slot, execution })
            }
            TaskDecision::Start => {
                let (stack, records_bucket) =
                    (app.environment.stack_name.as_str(), app.records.name());
                let start = Start { outputs, stack, request, records_bucket };
                match task::start(&app.datasync, start).await {
                    Ok(execution) => {
                        let record =
                            slot_record::complete(&app.records, record, &execution).await?;
                        Ok(Outcome::Started { slot: record.slot, execution })
                    }
                    Err(error) => self.mend(outputs, request, record, error).await,
                }
            }
            TaskDecision::Skip { running } => self.skip(outputs, request, record, running).await,
            TaskDecision::Unavailable { why } => {
                slot_record::give_up(&app.records, record, &why).await?;
                retry::tell_of_skipped(self, outputs, request).await?;
                Err(HandlerError::Unavailable { why })
            }
        }
    }

    /// After a failed start: its reply may be lost and the execution under way, or another start
    /// was faster.
    async fn mend(
        &self,
        outputs: &Outputs,
        request: &StartRequest,
        record: StartRecord,
        error: TaskError,
    ) -> Result<Outcome, HandlerError> {
        // Whatever keeps us from looking, the failed start is what has to be told.
        let facts = task::facts(&self.app.datasync, &outputs.task_arn, &record.slot, true).await;
        let Ok(facts) = facts else { return Err(error.into()) };
        match decide_failed_start(&facts, error.is_refusal()) {
            Some(TaskDecision::Found(execution)) => self.complete(record, execution).await,
            Some(TaskDecision::Skip { running }) => {
                self.skip(outputs, request, record, running).await
            }
            _ => Err(error.into()),
        }
    }

    async fn complete(
        &self,
        record: StartRecord,
        execution: ExecutionArn,
    ) -> Result<Outcome, HandlerError> {
        let record = slot_record::complete(&self.app.records, record, &execution).await?;
        Ok(Outcome::AlreadyStarted { slot: record.slot, execution })
    }

    async fn skip(
        &self,
        outputs: &Outputs,
        request: &StartRequest,
        record: StartRecord,
        running: Option<ExecutionArn>,
    ) -> Result<Outcome, HandlerError> {
        if waits(&record.slot) {
            let record = slot_record::wait(&self.app.records, record, running).await?;
            return Ok(Outcome::Waiting { slot: record.slot, running: record.running });
        }
        let record = slot_record::skip(&self.app.records, record, running).await?;
        retry::tell_of_skipped(self, outputs, request).await?;
        Ok(Outcome::Skipped { slot: record.slot, running: record.running })
    }
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error("starting an execution with overrides: {problems}")]
    Overrides { problems: String },
    #[error("finding the stack's task: the stack has no outputs yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error(
        "starting an execution: the task is UNAVAILABLE ({why}); run `efs-s3 drift` to see what \
            differs"
    )]
    Unavailable { why: String },
    #[error(transparent)]
    Slot(#[from] SlotRecordError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error("describing an execution under way")]
    Describe(#[source] SdkFailure),
    #[error("handing an execution to {function}")]
    HandOn { function: FunctionName, source: SdkFailure },
    #[error("writing a request as JSON")]
    Json(#[source] serde_json::Error),
    #[error(transparent)]
    Alert(#[from] AlertOnceError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let code = match &error {
            HandlerError::Input(_) | HandlerError::Overrides { .. } => ErrorCode::BadPayload,
            HandlerError::NotDeployed => ErrorCode::NotDeployed,
            HandlerError::Slot(SlotRecordError::Contended { .. }) => ErrorCode::SlotContended,
            HandlerError::Unavailable { .. } => ErrorCode::TaskUnavailable,
            HandlerError::Slot(SlotRecordError::Records(_)) | HandlerError::Records(_) => {
                ErrorCode::RecordsFailed
            }
            HandlerError::Task(_) | HandlerError::Describe(_) => ErrorCode::DataSyncFailed,
            HandlerError::HandOn { .. } | HandlerError::Json(_) => ErrorCode::HandOnFailed,
            HandlerError::Alert(_) => ErrorCode::AlertFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
