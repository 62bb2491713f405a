//! Reads what is asked for and whether somebody works already, then plans, applies, destroys, or
//! takes its daily look.

use std::time::SystemTime;

use aws::alerts::AlertError;
use aws::failure::chain;
use aws::lock::{self, LockError};
use aws::metrics::MetricsSink;
use aws::records_bucket::{RecordsBucket, RecordsError};
use aws_config::SdkConfig;
use chrono::{DateTime, Utc};
use domain::environment::{Environment, MissingVariable};
use domain::error_code::ErrorCode;
use domain::names::Names;
use domain::payload::PayloadError;
use domain::records::keys::{APPLY_LOCK, DEPLOY_LOCK, INTERRUPTED_APPLY};
use domain::records::lock::Lock;
use domain::request::{BootstrapAction, BootstrapRequest};
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use reconciler::Aws;
use reconciler::apply::ApplyError;
use reconciler::kinds::KindError;
use reconciler::observe::ObserveError;
use serde_json::Value;
use tokio::time::Instant;

use crate::daily::{self, Today};
use crate::input::Input;
use crate::just_changed::JustChanged;
use crate::outcome::Outcome;
use crate::preflight::Finding;
use crate::steps::StepLog;
use crate::work::Work;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) environment: Environment,
    pub(crate) aws: Aws,
    pub(crate) records: RecordsBucket,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) metrics: MetricsSink,
}

impl App {
    /// # Errors
    /// [`MissingVariable`] when no region is set.
    pub fn new(environment: Environment, config: &SdkConfig) -> Result<Self, MissingVariable> {
        let region = config.region().ok_or(MissingVariable("AWS_REGION"))?;
        let names = Names::new(&environment.stack_name, &environment.account, region.as_ref());
        Ok(Self {
            aws: Aws::new(config, names),
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            sns: aws_sdk_sns::Client::new(config),
            metrics: MetricsSink::default(),
            environment,
        })
    }

    /// The same, whose calls are tried again until then when they are denied.
    fn whose_denials_pass(&self, until: Option<Instant>) -> Self {
        Self { aws: self.aws.whose_denials_pass(until), ..self.clone() }
    }
}

/// Answers one invocation.
///
/// # Errors
/// [`HandlerError`]; another try goes on from where this one stopped.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Outcome, HandlerError> {
    let input = Input::parse(event.payload)?;
    let stop_at = stop_at(event.context.deadline(), SystemTime::now());
    let lock = lock_for(&event.context, Utc::now());
    let outcome = match input {
        Input::Daily => daily(app, &event.context.request_id, stop_at, &lock).await,
        Input::Request(request) => {
            let changed = JustChanged::by(&request, Utc::now(), stop_at);
            let app = &app.whose_denials_pass(changed.role_until());
            let configured =
                async || Work::configured(app, &event.context.request_id, stop_at).await;
            let work = changed.retry(configured).await?;
            match request.action {
                BootstrapAction::Plan => work.plan().await,
                BootstrapAction::Outputs => work.outputs().await,
                BootstrapAction::Apply => {
                    alone(&app.records, &lock, changed, work.apply(&request)).await
                }
                BootstrapAction::Destroy => {
                    alone(&app.records, &lock, changed, work.destroy(&request)).await
                }
            }
        }
    }?;
    tracing::info!(outcome = %serde_json::to_string(&outcome).unwrap_or_default(), "bootstrap-stack");
    Ok(outcome)
}

async fn daily(
    app: &App,
    invocation: &str,
    stop_at: Option<Instant>,
    lock: &Lock,
) -> Result<Outcome, HandlerError> {
    match today(app, lock).await? {
        Today::Wait { holder } => Ok(Outcome::Busy { holder }),
        Today::LookForDrift => {
            Work::configured(app, invocation, stop_at).await?.report_drift().await
        }
        Today::RemindOfDestroy(begun_at) => {
            app.alert(&daily::unfinished_destroy(&app.aws.names.stack, begun_at)).await?;
            Ok(Outcome::DestroyUnfinished { begun_at })
        }
        Today::GoOn(request) => go_on(app, invocation, stop_at, lock, &request).await,
    }
}

async fn today(app: &App, lock: &Lock) -> Result<Today, HandlerError> {
    let unfinished = app.records.read(INTERRUPTED_APPLY).await?;
    let mut locks = Vec::new();
    for key in [DEPLOY_LOCK, APPLY_LOCK] {
        locks.extend(app.records.read::<Lock>(key).await?);
    }
    Ok(daily::today(unfinished, &locks, &lock.owner, lock.taken_at))
}

async fn go_on(
    app: &App,
    invocation: &str,
    stop_at: Option<Instant>,
    lock: &Lock,
    request: &BootstrapRequest,
) -> Result<Outcome, HandlerError> {
    let work = Work::configured(app, invocation, stop_at).await?;
    alone(&app.records, lock, JustChanged::default(), work.go_on(request)).await
}

/// No step is begun in the last quarter of the time that Lambda gives; a step under way may use it.
/// Without a deadline there is none.
fn stop_at(deadline: SystemTime, now: SystemTime) -> Option<Instant> {
    deadline.duration_since(now).ok().map(|left| Instant::now() + left * 3 / 4)
}

/// Expires when Lambda has ended this invocation for certain.
fn lock_for(context: &Context, now: DateTime<Utc>) -> Lock {
    let owner = format!("bootstrap-stack {}", context.request_id);
    Lock { owner, taken_at: now, expires_at: DateTime::<Utc>::from(context.deadline()).max(now) }
}

/// Does the work while nobody else changes the data plane. The lock is given back whatever came of
/// it; where that fails it expires.
async fn alone(
    records: &RecordsBucket,
    lock: &Lock,
    changed: JustChanged,
    work: impl Future<Output = Result<Outcome, HandlerError>>,
) -> Result<Outcome, HandlerError> {
    changed.retry(async || Ok(lock::take(records, APPLY_LOCK, lock).await?)).await?;
    let outcome = work.await;
    if let Err(error) = lock::give_back(records, APPLY_LOCK, &lock.owner, Utc::now()).await {
        tracing::warn!("giving back the lock: {}", chain(&error));
    }
    outcome
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
    #[error("looking at what is around the stack")]
    Surroundings(#[from] KindError),
    #[error("nothing was changed, because of {} in the configuration: {}", count(.0), list(.0))]
    Preflight(Vec<Finding>),
    #[error("nothing was changed: the data plane has no resource `{0}` that could be replaced")]
    NoSuchResource(String),
    #[error(transparent)]
    Apply(ApplyError),
    /// The next invocation goes on.
    #[error(transparent)]
    OutOfTime(ApplyError),
    /// The next invocation would come no further.
    #[error("no step could be begun")]
    NoProgress(#[source] ApplyError),
    #[error("reading the outputs: everything was made, and yet there is no task")]
    NoTask,
    #[error(transparent)]
    Alert(#[from] AlertError),
}

impl HandlerError {
    /// The failure of an apply or a destroy whose steps `log` has heard.
    pub(crate) fn after(log: &StepLog, error: ApplyError) -> Self {
        match error {
            ApplyError::OutOfTime { .. } if log.done() > 0 => Self::OutOfTime(error),
            ApplyError::OutOfTime { .. } => Self::NoProgress(error),
            error => Self::Apply(error),
        }
    }
}

fn count(problems: &[Finding]) -> String {
    if problems.len() == 1 {
        "a problem".to_owned()
    } else {
        format!("{} problems", problems.len())
    }
}

fn list(problems: &[Finding]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let code = match &error {
            HandlerError::Payload(_) => ErrorCode::BadPayload,
            HandlerError::NotDeployed => ErrorCode::NotDeployed,
            HandlerError::Records(_) | HandlerError::Lock(LockError::Records(_)) => {
                ErrorCode::RecordsFailed
            }
            HandlerError::Lock(_) => ErrorCode::Locked,
            HandlerError::Observe(_) => ErrorCode::ObserveFailed,
            HandlerError::Surroundings(_) => ErrorCode::ObserveFailed,
            HandlerError::Preflight(_) => ErrorCode::PreflightFailed,
            HandlerError::NoSuchResource(_) => ErrorCode::NoSuchResource,
            HandlerError::OutOfTime(_) => ErrorCode::OutOfTime,
            HandlerError::NoProgress(_) => ErrorCode::NoProgress,
            HandlerError::Apply(ApplyError::Blocked { .. }) => ErrorCode::Blocked,
            HandlerError::Apply(_) => ErrorCode::ApplyFailed,
            HandlerError::NoTask => ErrorCode::NoTask,
            HandlerError::Alert(_) => ErrorCode::AlertFailed,
        };
        Self { error_type: code.to_string(), error_message: chain(&error) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws::fakes::FakeBucket;
    use domain::records::keys;
    use reconciler::apply::Progress as _;
    use reconciler::graph::ResourceId;
    use reconciler::plan::{Action, Step};
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
        let config = config.behavior_version(aws::clients::behavior_version()).build();
        let app = App::new(environment, &config).unwrap();
        App { records: RecordsBucket::new(bucket.client(&[]), "records"), ..app }
    }

    async fn refused(bucket: &FakeBucket, payload: Value) -> Diagnostic {
        handle(&app(bucket), LambdaEvent::new(payload, Context::default()))
            .await
            .unwrap_err()
            .into()
    }

    #[tokio::test]
    async fn without_a_configuration_it_says_what_to_run() {
        let diagnostic = refused(&FakeBucket::default(), json!({"action": "apply"})).await;
        assert_eq!(diagnostic.error_type, "NotDeployed");
        assert_eq!(
            diagnostic.error_message,
            "reading the configuration: there is none yet, run `efs-s3 deploy`"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_configuration_of_a_first_deploy_may_come_to_be_seen_late() {
        let bucket = FakeBucket::default();
        let begun = Instant::now();
        let seen_late = async {
            tokio::time::sleep(Duration::from_secs(14 * 60)).await;
            // A broken one: that it was read is all that counts here.
            bucket.put(keys::CONFIG, "{");
        };
        let mut event =
            LambdaEvent::new(json!({"action": "plan", "configured": true}), Context::default());
        event.context.deadline =
            (Utc::now() + chrono::TimeDelta::hours(1)).timestamp_millis().unsigned_abs();
        let app = app(&bucket);
        let (answer, ()) = tokio::join!(handle(&app, event), seen_late);
        assert_eq!(Diagnostic::from(answer.unwrap_err()).error_type, "RecordsFailed");
        assert!(begun.elapsed() >= Duration::from_secs(14 * 60));
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
        let first = Lock {
            owner: "first".into(),
            taken_at: now,
            expires_at: now + chrono::TimeDelta::minutes(15),
        };
        lock::take(&app.records, APPLY_LOCK, &first).await.unwrap();
        let second = Lock { owner: "second".into(), ..first.clone() };
        let refused: Diagnostic =
            alone(&app.records, &second, JustChanged::default(), async { Ok(Outcome::NoDrift) })
                .await
                .unwrap_err()
                .into();
        assert_eq!(refused.error_type, "Locked");
        assert!(
            refused.error_message.contains("`first`")
                && refused.error_message.contains("efs-s3 unlock"),
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
        alone(&app.records, &mine("first"), JustChanged::default(), async {
            Err(HandlerError::NoTask)
        })
        .await
        .unwrap_err();
        alone(&app.records, &mine("second"), JustChanged::default(), async {
            Ok(Outcome::NoDrift)
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn the_daily_look_leaves_a_stack_alone_that_somebody_changes() {
        let bucket = FakeBucket::default();
        let app = app(&bucket);
        let now = Utc::now();
        let deploy = Lock {
            owner: "anna".into(),
            taken_at: now,
            expires_at: now + chrono::TimeDelta::minutes(2),
        };
        lock::take(&app.records, DEPLOY_LOCK, &deploy).await.unwrap();
        let event = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
        let outcome = handle(&app, LambdaEvent::new(event, Context::default())).await.unwrap();
        assert_eq!(outcome, Outcome::Busy { holder: "anna".into() });
    }

    #[test]
    fn only_an_invocation_that_progressed_is_gone_on_with() {
        let out_of_time = || ApplyError::OutOfTime { done: 0, left: 2 };
        let log = StepLog::new("request-1");
        let told: Diagnostic = HandlerError::after(&log, out_of_time()).into();
        assert_eq!(told.error_type, "NoProgress");
        let step = Step {
            id: ResourceId::new("task"),
            kind: "DataSync task".into(),
            action: Action::Delete,
        };
        log.started(&step);
        log.finished(&step, Duration::from_secs(1), None);
        let told: Diagnostic = HandlerError::after(&log, out_of_time()).into();
        assert_eq!(told.error_type, "OutOfTime");
    }

    #[test]
    fn three_quarters_of_the_time_are_for_steps() {
        let (now, soon) = (SystemTime::UNIX_EPOCH, Instant::now());
        let stop_at = stop_at(now + Duration::from_secs(100), now).unwrap();
        assert!(
            stop_at >= soon + Duration::from_secs(75)
                && stop_at <= Instant::now() + Duration::from_secs(75)
        );
        assert_eq!(super::stop_at(SystemTime::UNIX_EPOCH, now + Duration::from_secs(1)), None);
    }
}
