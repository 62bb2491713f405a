//! The collector of broken rules, and the checks that several sections share.

use super::problem::ConfigProblem;

/// The problems found so far.
#[derive(Default)]
pub(super) struct RuleProblems(pub(super) Vec<ConfigProblem>);

impl RuleProblems {
    pub(super) fn add_problem(
        &mut self,
        key: &str,
        value: impl std::fmt::Debug,
        message: impl Into<String>,
    ) {
        self.0.push(ConfigProblem::new(key, Some(format!("{value:?}")), message));
    }

    /// A problem between keys: where another of them could not be read, it is not one.
    pub(super) fn add_combined(
        &mut self,
        key: &str,
        value: impl std::fmt::Debug,
        with: &[&str],
        message: impl Into<String>,
    ) {
        self.add_problem(key, value, message);
        if let Some(problem) = self.0.last_mut() {
            problem.with = with.iter().map(|key| (*key).to_owned()).collect();
        }
    }

    pub(super) fn require_value(
        &mut self,
        allowed: bool,
        key: &str,
        value: impl std::fmt::Debug,
        message: &str,
    ) {
        if !allowed {
            self.add_problem(key, value, message);
        }
    }

    pub(super) fn add_refusal(
        &mut self,
        key: &str,
        value: impl std::fmt::Debug,
        checked: Result<(), impl Into<String>>,
    ) {
        if let Err(message) = checked {
            self.add_problem(key, value, message);
        }
    }

    /// Ids of one shape, a bounded number of them, each once.
    pub(super) fn check_ids(
        &mut self,
        key: &str,
        ids: &[String],
        prefix: &str,
        most: usize,
        why: &str,
    ) {
        if !(1..=most).contains(&ids.len()) {
            self.add_problem(key, ids, format!("must be 1 to {most} ids, {why}"));
        }
        for wrong in ids.iter().filter(|id| !super::ids::is_id(id, prefix)) {
            self.add_problem(
                key,
                wrong,
                format!("must be {prefix} and 8 or 17 hexadecimal digits: a rule of AWS for ids"),
            );
        }
        self.check_duplicates(key, ids);
    }

    pub(super) fn check_duplicates(&mut self, key: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            if values[..index].contains(value) {
                self.add_problem(key, value, "is listed twice; remove one of them");
            }
        }
    }

    /// Source: CloudWatch Logs API, `PutRetentionPolicy`.
    pub(super) fn check_retention(&mut self, key: &str, days: i32) {
        if !RETENTION_DAYS.contains(&days) {
            let allowed = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
            self.add_problem(
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
