//! What values may be, and which go together: a file for each section. Each rule says why it is
//! one, and what to do.

mod alerts;
mod bucket_name;
mod destination;
mod file_system;
mod functions;
mod instance;
mod limits;
mod network;
mod proof;
mod schedule;
mod source;
mod stack;
mod task;
mod transition;

use super::StackConfig;
use super::lines::Lines;
use super::problem::ConfigProblem;

/// Everything that is not allowed about a configuration whose types are right.
pub(super) fn check(config: &StackConfig, lines: &Lines) -> Vec<ConfigProblem> {
    let mut problems = Problems::default();
    stack::check(&config.stack, &mut problems);
    network::check(&config.network, &config.stack.region, &mut problems);
    file_system::check(config, &mut problems);
    source::check(&config.source, &mut problems);
    destination::check(config, &mut problems);
    task::check(config, lines, &mut problems);
    instance::check(&config.instance, &mut problems);
    schedule::check(config, &mut problems);
    limits::check(&config.limits, &mut problems);
    proof::check(&config.proof, &mut problems);
    alerts::check(config, &mut problems);
    functions::check(&config.functions, &mut problems);
    problems.0
}

/// What has been found so far.
#[derive(Default)]
struct Problems(Vec<ConfigProblem>);

impl Problems {
    fn add(&mut self, key: &str, value: impl std::fmt::Debug, message: impl Into<String>) {
        self.0.push(ConfigProblem::new(key, Some(format!("{value:?}")), message));
    }

    /// A problem between keys: where another of them could not be read, it is not one.
    fn add_with(
        &mut self,
        key: &str,
        value: impl std::fmt::Debug,
        with: &[&str],
        message: impl Into<String>,
    ) {
        self.add(key, value, message);
        if let Some(problem) = self.0.last_mut() {
            problem.with = with.iter().map(|key| (*key).to_owned()).collect();
        }
    }

    fn require(&mut self, allowed: bool, key: &str, value: impl std::fmt::Debug, message: &str) {
        if !allowed {
            self.add(key, value, message);
        }
    }

    fn refused(
        &mut self,
        key: &str,
        value: impl std::fmt::Debug,
        checked: Result<(), impl Into<String>>,
    ) {
        if let Err(message) = checked {
            self.add(key, value, message);
        }
    }

    /// Ids of one shape, a bounded number of them, each once.
    fn ids(&mut self, key: &str, ids: &[String], prefix: &str, most: usize, why: &str) {
        if !(1..=most).contains(&ids.len()) {
            self.add(key, ids, format!("must be 1 to {most} ids, {why}"));
        }
        for wrong in ids.iter().filter(|id| !super::ids::is_id(id, prefix)) {
            self.add(
                key,
                wrong,
                format!(
                    "must be {prefix} and 8 or 17 hexadecimal digits: AWS has no other ids there"
                ),
            );
        }
        self.each_once(key, ids);
    }

    fn each_once(&mut self, key: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            if values[..index].contains(value) {
                self.add(key, value, "stands there twice; remove one of them");
            }
        }
    }

    /// Source: CloudWatch Logs API, `PutRetentionPolicy`.
    fn retention(&mut self, key: &str, days: i32) {
        if !RETENTION_DAYS.contains(&days) {
            let allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
            self.add(
                key,
                days,
                format!("must be one of the days that CloudWatch Logs offers: {allowed}"),
            );
        }
    }
}

const RETENTION_DAYS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];
