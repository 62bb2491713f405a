//! Several applies of one stack at once, through the function's own handler and the lock in its
//! records bucket: one works.

use anyhow::{Context, Result, bail, ensure};
use aws::lock::LockError;
use bootstrap_stack::{
    BootstrapApp as App, BootstrapError as HandlerError, BootstrapOutcome as Outcome, handle,
};
use chrono::{TimeDelta, Utc};
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::data_plane::{DataPlane, Inventory, read_inventory};
use e2e::fault_proxy::Faults;
use futures::future::join_all;
use lambda_runtime::LambdaEvent;
use serde_json::json;

/// The longest time that Lambda lets a function run.
const DEADLINE: TimeDelta = TimeDelta::minutes(15);

/// The owner that one apply named in its request for the lock, and its result.
type Ended = (String, Result<Outcome, HandlerError>);

pub(crate) async fn one_apply_runs_and_the_others_name_its_owner(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let plane = DataPlane::prepare(cloud, account, "").await?;
    let app = plane.bootstrap_function("").await?;
    plane.apply(1).await?;
    let (whole, counted) = (plane.read_snapshot().await?, read_inventory(&plane.direct).await?);
    plane.destroy(1).await?;
    let mut refused = 0;
    for at_once in bounds::at_once() {
        plane.proxy.set_faults(Faults::default());
        refused += apply_at_once(&app, at_once).await?;
        ensure!(plane.read_snapshot().await? == whole, "{at_once} at once end elsewhere than one");
        require_counted(&plane, &counted, at_once).await?;
        plane.destroy(1).await?;
    }
    measurements::proven("concurrent applies that heard who works", refused, "applies");
    Ok(())
}

async fn require_counted(plane: &DataPlane, counted: &Inventory, at_once: usize) -> Result<()> {
    let now = read_inventory(&plane.direct).await?;
    ensure!(now == *counted, "{at_once} at once leave {now:?} instead of {counted:?}");
    Ok(())
}

/// Returns the number of those that heard who works.
async fn apply_at_once(app: &App, at_once: usize) -> Result<usize> {
    let applies = (1..=at_once).map(|number| apply(app, format!("{at_once}-{number}")));
    the_others_name_the_one_that_worked(join_all(applies).await)
        .with_context(|| format!("{at_once} at once"))
}

async fn apply(app: &App, request: String) -> Ended {
    let mut event =
        LambdaEvent::new(json!({"action": "apply"}), lambda_runtime::Context::default());
    event.context.request_id.clone_from(&request);
    event.context.deadline = (Utc::now() + DEADLINE).timestamp_millis().unsigned_abs();
    (format!("bootstrap-stack {request}"), handle(app, event).await)
}

/// Returns the number of refused applies.
fn the_others_name_the_one_that_worked(ended: Vec<Ended>) -> Result<usize> {
    let (worked, refused): (Vec<Ended>, Vec<Ended>) =
        ended.into_iter().partition(|(_, outcome)| outcome.is_ok());
    let [(worker, Ok(Outcome::Applied { .. }))] = worked.as_slice() else {
        bail!("not one but {} worked: {worked:?}; the others: {refused:?}", worked.len());
    };
    for (owner, outcome) in &refused {
        match outcome {
            Err(HandlerError::Lock(error @ LockError::Held(lock))) if lock.owner == *worker => {
                ensure!(
                    error.to_string().contains(worker.as_str()),
                    "{owner} is not told who works: {error}"
                );
            }
            other => bail!("{owner} was to hear that {worker} works, and heard {other:?}"),
        }
    }
    Ok(refused.len())
}
