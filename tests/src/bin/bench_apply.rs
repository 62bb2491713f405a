//! Measures an apply against its critical path, with the delays of AWS scaled down, and counts the
//! calls of a plan without changes.
//!
//! The critical path is the longest chain of steps that wait for each other, after the one
//! observation that comes first and before the one that comes last. A step takes the time that it
//! took in the apply of one sync, in the same run. Where DataSync throttles, it also holds the time
//! in which the allowed rate lets all calls of an operation pass.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::critical_path::{StepTimes, find_critical_path};
use e2e::data_plane::DataPlane;
use e2e::fault_proxy::{Call, Delays, Faults, RateLimit};
use e2e::part_syncs;
use e2e::project;
use reconciler::apply::{ApplyProgress, apply};
use reconciler::graph::ResourceId;
use reconciler::observe::observe;
use reconciler::plan::Step;
use reconciler::{Aws, KindError};

const COMMAND: &str = "make bench-apply";
/// The resources' delays are a quarter of AWS's, as a call is given up after 30 s. Those of the
/// calls and the rates of DataSync are not scaled: they count for more than on AWS.
const SCALE: u32 = 4;
/// So many times the critical path an apply may take.
const MOST: f64 = 1.15;
const MANY: usize = 50;
/// AWS does not document the rates of DataSync's API. 20 is the refill rate of a read in EC2's
/// example (EC2 Developer Guide, "Request throttling for the Amazon EC2 API"); 5 is assumed.
const DATASYNC_LIMIT: RateLimit = RateLimit { service: "datasync", reads: 20, changes: 5 };

#[tokio::main]
async fn main() -> Result<()> {
    let cloud = Cloud::up(project::root_folder().join("target/bench"), false).await?;
    let measured = measure_both(&cloud).await;
    cloud.down(false).await?;
    measured
}

/// A stack of one sync, and one of fifty.
async fn measure_both(cloud: &Cloud) -> Result<()> {
    let mut alone = StepTimes::new();
    measure(cloud, "100000000090", "", "apply", &mut alone).await?;
    let many = part_syncs::sync_entries(MANY);
    let what = format!("apply of {MANY} syncs");
    let ratio = measure(cloud, "100000000091", &many, &what, &mut alone).await?;
    ensure!(ratio <= MOST, "a first apply of {MANY} syncs takes {ratio} times its critical path");
    Ok(())
}

/// Returns the wall time over the critical path. Steps that `alone` does not have yet are added.
async fn measure(
    cloud: &Cloud,
    account: &str,
    entries: &str,
    what: &str,
    alone: &mut StepTimes,
) -> Result<f64> {
    let plane = DataPlane::prepare(cloud, account, entries).await?;
    let aws = plane.clients();
    let observing = time_observation(&plane, &aws).await?;
    plane.proxy.set_faults(injected_faults());
    let heard = Heard::default();
    let begun = Instant::now();
    apply(&aws, &plane.graph, &heard, None).await.context("the apply to measure")?;
    let wall = begun.elapsed();
    let calls = plane.proxy.calls().len();
    let took = heard.0.into_inner().unwrap_or_default();
    let all_steps = took.values().sum();
    for (id, time) in took {
        alone.entry(id).or_insert(time);
    }
    time_observation(&plane, &aws).await?;
    let steps = find_critical_path(&plane.graph, alone, DATASYNC_LIMIT);
    let critical = observing + steps + observing.max(plane.proxy.least_time());
    let ratio = round_to_tenth(wall.as_secs_f64() / critical.as_secs_f64());
    for (name, time) in
        [("wall time", wall), ("critical path", critical), ("sum of all steps", all_steps)]
    {
        let name = format!("{what}, {name}");
        measurements::record(&name, rounded_seconds(time), "s", COMMAND)?;
    }
    measurements::record(&format!("{what}, calls"), calls as f64, "calls", COMMAND)?;
    let name = format!("{what}, wall time over critical path");
    measurements::record(&name, ratio, "times", COMMAND)?;

    plane.proxy.set_faults(Faults::default());
    observe(&aws, &plane.graph).await?;
    print_unchanged_plan(&plane.proxy.calls(), what)?;
    plane.proxy.set_faults(Faults::default());
    plane.destroy(3).await?;
    Ok(ratio)
}

/// Observes under the injected faults.
async fn time_observation(plane: &DataPlane, aws: &Aws) -> Result<Duration> {
    plane.proxy.set_faults(injected_faults());
    let begun = Instant::now();
    observe(aws, &plane.graph).await?;
    Ok(begun.elapsed())
}

/// AWS's delays, and DataSync's throttling.
fn injected_faults() -> Faults {
    Faults { delays: read_delays(), rate_limit: Some(DATASYNC_LIMIT), ..Faults::default() }
}

/// EFS 5 s, mount target 90 s, NAT gateway 100 s, instance 30 s, task 20 s: on the call that makes
/// it, as the local cloud has everything at once.
fn read_delays() -> Delays {
    let of =
        |service, operation, seconds| (service, operation, Duration::from_secs(seconds) / SCALE);
    Delays {
        every_call: Duration::from_millis(60),
        of: vec![
            of("elasticfilesystem", "POST /2015-02-01/file-systems", 5),
            of("elasticfilesystem", "POST /2015-02-01/mount-targets", 90),
            of("ec2", "CreateNatGateway", 100),
            of("ec2", "RunInstances", 30),
            of("datasync", "CreateTask", 20),
        ],
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn print_unchanged_plan(calls: &[Call], what: &str) -> Result<()> {
    let mut by_operation: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls {
        let operation = call.operation.split(['?', '/']).next().unwrap_or_default().trim();
        *by_operation.entry(format!("{} {operation}", call.service)).or_default() += 1;
    }
    println!("requests of an unchanged plan after the {what}:");
    by_operation.iter().for_each(|(operation, count)| println!("  {count:>3}  {operation}"));
    let name = format!("requests of an unchanged plan after the {what}");
    measurements::record(&name, calls.len() as f64, "requests", COMMAND)
}

fn rounded_seconds(duration: Duration) -> f64 {
    round_to_tenth(duration.as_secs_f64())
}

fn round_to_tenth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The duration of each step.
#[derive(Default)]
struct Heard(Mutex<BTreeMap<ResourceId, Duration>>);

impl ApplyProgress for Heard {
    fn on_started(&self, _step: &Step) {}

    fn on_finished(&self, step: &Step, elapsed: Duration, _failure: Option<&KindError>) {
        if let Ok(mut took) = self.0.lock() {
            *took.entry(step.id.clone()).or_default() += elapsed;
        }
    }
}
