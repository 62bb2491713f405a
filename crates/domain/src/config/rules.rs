//! The rules for values and their combinations. Each section has its own; each message gives the
//! reason and the solution.

use super::StackConfig;
use super::key_lines::KeyLines;
use super::problem::ConfigProblem;
use super::sections::{
    alerts, destination, file_system, functions, instance, limits, network, proof, schedule,
    source, stack, task,
};

/// Everything that is not allowed about a configuration whose types are right.
pub(super) fn check_config(config: &StackConfig, lines: &KeyLines) -> Vec<ConfigProblem> {
    let mut problems = RuleProblems::default();
    stack::check_section(&config.stack, &mut problems);
    network::check_section(&config.network, &config.stack.region, &mut problems);
    file_system::check_section(config, &mut problems);
    source::check_section(&config.source, &mut problems);
    destination::check_section(config, &mut problems);
    task::check_section(config, lines, &mut problems);
    instance::check_section(&config.instance, &mut problems);
    schedule::check_section(config, &mut problems);
    limits::check_section(&config.limits, &mut problems);
    proof::check_section(&config.proof, &mut problems);
    alerts::check_section(config, &mut problems);
    functions::check_section(&config.functions, &mut problems);
    problems.0
}

/// The problems found so far.
#[derive(Default)]
pub(super) struct RuleProblems(pub(super) Vec<ConfigProblem>);

impl RuleProblems {
    pub(super) fn add(
        &mut self,
        key: &str,
        value: impl std::fmt::Debug,
        message: impl Into<String>,
    ) {
        self.0.push(ConfigProblem::new(key, Some(format!("{value:?}")), message));
    }

    /// A problem between keys: where another of them could not be read, it is not one.
    pub(super) fn add_with(
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

    pub(super) fn require(
        &mut self,
        allowed: bool,
        key: &str,
        value: impl std::fmt::Debug,
        message: &str,
    ) {
        if !allowed {
            self.add(key, value, message);
        }
    }

    pub(super) fn refused(
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
    pub(super) fn ids(&mut self, key: &str, ids: &[String], prefix: &str, most: usize, why: &str) {
        if !(1..=most).contains(&ids.len()) {
            self.add(key, ids, format!("must be 1 to {most} ids, {why}"));
        }
        for wrong in ids.iter().filter(|id| !super::ids::is_id(id, prefix)) {
            self.add(
                key,
                wrong,
                format!("must be {prefix} and 8 or 17 hexadecimal digits: a rule of AWS for ids"),
            );
        }
        self.each_once(key, ids);
    }

    pub(super) fn each_once(&mut self, key: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            if values[..index].contains(value) {
                self.add(key, value, "is listed twice; remove one of them");
            }
        }
    }

    /// Source: CloudWatch Logs API, `PutRetentionPolicy`.
    pub(super) fn retention(&mut self, key: &str, days: i32) {
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
