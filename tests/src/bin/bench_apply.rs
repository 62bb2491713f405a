//! Measures an apply against its critical path, with the delays of AWS scaled down, and counts the
//! calls of a plan without changes.
//!
//! The critical path is the longest chain of steps that wait for each other, each with the time it
//! took in the same run, after the one observation that comes first and before the one that comes
//! last.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::cloud::Cloud;
use e2e::data_plane::DataPlane;
use e2e::fault_proxy::{Call, Delays, Faults};
use e2e::part_syncs;
use e2e::project;
use reconciler::KindError;
use reconciler::apply::{ApplyProgress, apply};
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::observe;
use reconciler::plan::Step;

const COMMAND: &str = "make bench-apply";
/// The resources' delays are a tenth of AWS's; the calls' are not scaled.
const SCALE: u32 = 10;
/// So many times the critical path an apply may take.
const MOST: f64 = 1.15;
const MANY: usize = 50;

#[tokio::main]
async fn main() -> Result<()> {
    let cloud = Cloud::up(project::root_folder().join("target/bench"), false).await?;
    let measured = measure_both(&cloud).await;
    cloud.down(false).await?;
    measured
}

/// A stack of one sync, and one of fifty.
async fn measure_both(cloud: &Cloud) -> Result<()> {
    measure(cloud, "100000000090", "", "apply").await?;
    let many = part_syncs::sync_entries(MANY);
    let ratio = measure(cloud, "100000000091", &many, "apply of 50 syncs").await?;
    ensure!(ratio <= MOST, "a first apply of {MANY} syncs takes {ratio} times its critical path");
    Ok(())
}

/// Returns the wall time over the critical path.
async fn measure(cloud: &Cloud, account: &str, entries: &str, what: &str) -> Result<f64> {
    let plane = DataPlane::prepare(cloud, account, entries).await?;
    plane.proxy.set_faults(injected_faults());
    let aws = plane.clients_with_attempts(5);
    let begun = Instant::now();
    observe(&aws, &plane.graph).await?;
    let observing = begun.elapsed();

    let heard = Heard::default();
    let begun = Instant::now();
    apply(&aws, &plane.graph, &heard, None).await.context("the apply to measure")?;
    let wall = begun.elapsed();
    let took = heard.0.into_inner().unwrap_or_default();
    let critical = critical_path(&plane.graph, &took) + observing * 2;
    let ratio = round_to_tenth(wall.as_secs_f64() / critical.as_secs_f64());
    let all_steps = took.values().sum();
    for (name, time) in
        [("wall time", wall), ("critical path", critical), ("sum of all steps", all_steps)]
    {
        let name = format!("{what}, {name}");
        measurements::record(&name, rounded_seconds(time), "s", COMMAND)?;
    }
    let name = format!("{what}, wall time over critical path");
    measurements::record(&name, ratio, "times", COMMAND)?;

    plane.proxy.set_faults(Faults::default());
    observe(&aws, &plane.graph).await?;
    print_unchanged_plan(&plane.proxy.calls(), what)?;
    plane.proxy.set_faults(Faults::default());
    plane.destroy(3).await?;
    Ok(ratio)
}

/// AWS's delays; and DataSync refuses each call once, as it throttles who asks for much at once.
fn injected_faults() -> Faults {
    let delays = read_delays();
    Faults { delays, throttled: 1, throttled_service: Some("datasync"), ..Faults::default() }
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

/// The longest chain of steps.
fn critical_path(graph: &Graph, took: &BTreeMap<ResourceId, Duration>) -> Duration {
    let mut ends: BTreeMap<&ResourceId, Duration> = BTreeMap::new();
    for node in graph.levels().into_iter().flatten() {
        let begins = graph
            .dependencies(node)
            .iter()
            .filter_map(|id| ends.get(id))
            .max()
            .copied()
            .unwrap_or_default();
        ends.insert(&node.id, begins + took.get(&node.id).copied().unwrap_or_default());
    }
    ends.into_values().max().unwrap_or_default()
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
