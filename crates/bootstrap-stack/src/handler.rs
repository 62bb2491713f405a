//! Reads the configuration from the records bucket, then plans, applies, destroys or looks for drift.
//!
//! Each action may run twice and crash anywhere: what exists is read anew every time, and the outputs are written last and
//! removed first, so that they never promise what is not there.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_edge::alerts::{self, AlertError};
use aws_edge::failure::chain;
use aws_edge::lock::{self, LockError};
use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use chrono::{DateTime, Utc};
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use pipeline::config::StackConfig;
use pipeline::environment::{Environment, MissingVariable};
use pipeline::names::Names;
use pipeline::payload::PayloadError;
use pipeline::records::keys;
use pipeline::records::lock::Lock;
use pipeline::request::{BootstrapAction, BootstrapRequest};
use serde_json::Value;
use stack::Aws;
use stack::apply::{self, ApplyError};
use stack::graph::Graph;
use stack::observe::{ObserveError, Observed, observe};
use stack::plan::{self, Plan};
use tokio::time::Instant;

use crate::drift;
use crate::graph::data_plane;
use crate::input::Input;
use crate::outcome::Outcome;
use crate::outputs::outputs;
use crate::steps::StepLog;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    environment: Environment,
    aws: Aws,
    records: RecordsBucket,
    sns: aws_sdk_sns::Client,
}

impl App {
    /// # Errors
    /// [`MissingVariable`] when no region is set.
    pub fn new(environment: Environment, config: &SdkConfig) -> Result<Self, MissingVariable> {
        let region = config.region().ok_or(MissingVariable("AWS_REGION"))?;
        let names = Names::new(&environment.stack_name, &environment.account, region.as_ref());
        Ok(Self {
            aws: Aws::new(config, names),
            records: RecordsBucket::new(aws_edge::clients::s3(config), &environment.records_bucket),
            sns: aws_sdk_sns::Client::new(config),
            environment,
        })
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`HandlerError`]; another try goes on from where this one stopped.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Outcome, HandlerError> {
    let input = Input::parse(event.payload)?;
    let stop_at = stop_at(event.context.deadline(), SystemTime::now());
    let data_plane = DataPlane::configured(app).await?;
    let lock = lock_for(&event.context, Utc::now());
    let outcome = match input {
        Input::Daily => data_plane.report_drift().await,
        Input::Request(BootstrapRequest { action: BootstrapAction::Plan, .. }) => data_plane.plan().await,
        Input::Request(BootstrapRequest { action: BootstrapAction::Apply, .. }) => {
            alone(&app.records, &lock, data_plane.apply(stop_at)).await
        }
        Input::Request(BootstrapRequest { action: BootstrapAction::Outputs, .. }) => data_plane.outputs().await,
        Input::Request(BootstrapRequest { action: BootstrapAction::Destroy, delete_data }) => {
            alone(&app.records, &lock, data_plane.destroy(delete_data, stop_at)).await
        }
    }?;
    tracing::info!(outcome = %serde_json::to_string(&outcome).unwrap_or_default(), "bootstrap-stack");
    Ok(outcome)
}

/// No step is begun in the last quarter of the time that Lambda gives; a step under way may use it. Without a deadline
/// there is none.
fn stop_at(deadline: SystemTime, now: SystemTime) -> Option<Instant> {
    deadline.duration_since(now).ok().map(|left| Instant::now() + left * 3 / 4)
}

/// Expires when Lambda has ended this invocation for certain.
fn lock_for(context: &Context, now: DateTime<Utc>) -> Lock {
    let owner = format!("bootstrap-stack {}", context.request_id);
    Lock { owner, taken_at: now, expires_at: DateTime::<Utc>::from(context.deadline()).max(now) }
}

/// Does the work while nobody else changes the data plane. The lock is given back whatever came of it; where that fails
/// it expires.
async fn alone(
    records: &RecordsBucket,
    lock: &Lock,
    work: impl Future<Output = Result<Outcome, HandlerError>>,
) -> Result<Outcome, HandlerError> {
    lock::take(records, lock).await?;
    let outcome = work.await;
    if let Err(error) = lock::give_back(records, &lock.owner, Utc::now()).await {
        tracing::warn!("giving back the lock: {}", chain(&error));
    }
    outcome
}

/// The data plane as configured now.
struct DataPlane<'a> {
    app: &'a App,
    config: StackConfig,
    graph: Graph,
}

impl<'a> DataPlane<'a> {
    async fn configured(app: &'a App) -> Result<Self, HandlerError> {
        let config: StackConfig = app.records.read(keys::CONFIG).await?.ok_or(HandlerError::NotDeployed)?;
        let graph = data_plane(&config, &app.aws.names);
        Ok(Self { app, config, graph })
    }

    async fn plan(&self) -> Result<Outcome, HandlerError> {
        Ok(Outcome::Planned { plan: self.planned().await? })
    }

    async fn apply(&self, stop_at: Option<Instant>) -> Result<Outcome, HandlerError> {
        let log = StepLog::default();
        let applied = apply::apply(&self.app.aws, &self.graph, &log, stop_at).await?;
        let outputs = self.outputs_of(&applied.observed).ok_or(HandlerError::NoTask)?;
        self.app.records.write(keys::OUTPUTS, &outputs).await?;
        Ok(Outcome::Applied { counts: applied.plan.counts(), outputs, log: log.into_lines() })
    }

    async fn outputs(&self) -> Result<Outcome, HandlerError> {
        let observed = observe(&self.app.aws, &self.graph).await?;
        Ok(Outcome::Outputs { outputs: self.outputs_of(&observed) })
    }

    async fn destroy(&self, delete_data: bool, stop_at: Option<Instant>) -> Result<Outcome, HandlerError> {
        self.app.records.remove(keys::OUTPUTS).await?;
        let log = StepLog::default();
        let destroyed = apply::destroy(&self.app.aws, &self.graph, delete_data, &log, stop_at).await?;
        let plan = destroyed.plan;
        Ok(Outcome::Destroyed { deleted: plan.deleted(), kept: plan.kept(), log: log.into_lines() })
    }

    async fn report_drift(&self) -> Result<Outcome, HandlerError> {
        let drifted = drift::sentences(&self.planned().await?);
        if drifted.is_empty() {
            return Ok(Outcome::NoDrift);
        }
        let Environment { stack_name, alerts_topic_arn, .. } = &self.app.environment;
        alerts::publish(&self.app.sns, alerts_topic_arn, &drift::alert(stack_name, &drifted)).await?;
        Ok(Outcome::Drifted { drifted })
    }

    async fn planned(&self) -> Result<Plan, HandlerError> {
        let observed = observe(&self.app.aws, &self.graph).await?;
        Ok(plan::plan(&self.graph, &observed))
    }

    fn outputs_of(&self, observed: &Observed) -> Option<pipeline::records::outputs::Outputs> {
        outputs(&self.config, &self.app.aws.names, |id, attribute| observed.attribute(id, attribute))
    }
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("reading the configuration: there is none yet, run `efs-s3 deploy`")]
    NotDeployed,
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Observe(#[from] ObserveError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("reading the outputs: everything was made, and yet there is no task")]
    NoTask,
    #[error(transparent)]
    Alert(#[from] AlertError),
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match &error {
            HandlerError::Payload(_) => "BadPayload",
            HandlerError::NotDeployed => "NotDeployed",
            HandlerError::Records(_) | HandlerError::Lock(LockError::Records(_)) => "RecordsFailed",
            HandlerError::Lock(_) => "Locked",
            HandlerError::Observe(_) => "ObserveFailed",
            HandlerError::Apply(ApplyError::OutOfTime { .. }) => "OutOfTime",
            HandlerError::Apply(_) => "ApplyFailed",
            HandlerError::NoTask => "NoTask",
            HandlerError::Alert(_) => "AlertFailed",
        };
        Self { error_type: error_type.into(), error_message: chain(&error) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_edge::fakes::FakeBucket;
    use serde_json::json;

    use super::*;

    fn app(bucket: &FakeBucket) -> App {
        let environment = Environment {
            stack_name: "backup".into(),
            account: "111122223333".into(),
            records_bucket: "records".into(),
            alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
        };
        let config = SdkConfig::builder().region(aws_config::Region::from_static("eu-central-1"));
        let config = config.behavior_version(aws_edge::clients::behavior_version()).build();
        let app = App::new(environment, &config).unwrap();
        App { records: RecordsBucket::new(bucket.client(&[]), "records"), ..app }
    }

    async fn refused(bucket: &FakeBucket, payload: Value) -> Diagnostic {
        handle(&app(bucket), LambdaEvent::new(payload, Context::default())).await.unwrap_err().into()
    }

    #[tokio::test]
    async fn without_a_configuration_it_says_what_to_run() {
        let diagnostic = refused(&FakeBucket::default(), json!({"action": "apply"})).await;
        assert_eq!(diagnostic.error_type, "NotDeployed");
        assert_eq!(diagnostic.error_message, "reading the configuration: there is none yet, run `efs-s3 deploy`");
    }

    #[tokio::test]
    async fn a_broken_configuration_is_an_error_of_its_own() {
        let bucket = FakeBucket::default();
        bucket.put(keys::CONFIG, "{");
        assert_eq!(refused(&bucket, json!({"action": "plan"})).await.error_type, "RecordsFailed");
    }

    #[tokio::test]
    async fn a_second_apply_at_the_same_time_hears_who_holds_the_lock() {
        let bucket = FakeBucket::default();
        let app = app(&bucket);
        let now = Utc::now();
        let first = Lock { owner: "first".into(), taken_at: now, expires_at: now + chrono::TimeDelta::minutes(15) };
        lock::take(&app.records, &first).await.unwrap();
        let second = Lock { owner: "second".into(), ..first.clone() };
        let refused: Diagnostic =
            alone(&app.records, &second, async { Ok(Outcome::NoDrift) }).await.unwrap_err().into();
        assert_eq!(refused.error_type, "Locked");
        assert!(
            refused.error_message.contains("`first`") && refused.error_message.contains("efs-s3 unlock"),
            "{}",
            refused.error_message
        );
    }

    #[tokio::test]
    async fn the_lock_is_given_back_whatever_came_of_the_work() {
        let app = app(&FakeBucket::default());
        let now = Utc::now();
        let mine = |owner: &str| Lock {
            owner: owner.into(),
            taken_at: Utc::now(),
            expires_at: now + chrono::TimeDelta::minutes(15),
        };
        alone(&app.records, &mine("first"), async { Err(HandlerError::NoTask) }).await.unwrap_err();
        alone(&app.records, &mine("second"), async { Ok(Outcome::NoDrift) }).await.unwrap();
    }

    #[test]
    fn three_quarters_of_the_time_are_for_steps() {
        let (now, soon) = (SystemTime::UNIX_EPOCH, Instant::now());
        let stop_at = stop_at(now + Duration::from_secs(100), now).unwrap();
        assert!(stop_at >= soon + Duration::from_secs(75) && stop_at <= Instant::now() + Duration::from_secs(75));
        assert_eq!(super::stop_at(SystemTime::UNIX_EPOCH, now + Duration::from_secs(1)), None);
    }
}
