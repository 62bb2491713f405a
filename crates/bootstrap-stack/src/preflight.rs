//! What would go wrong, found before anything is made: the configuration against what exists around
//! the stack. Pure but for [`preflight`], which looks.

mod destination;
mod instance;
mod network;
mod source;

use domain::config::StackConfig;
use reconciler::Aws;
use reconciler::KindError;
use serde::{Deserialize, Serialize};

use crate::surroundings::Surroundings;

/// What was looked at, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    pub surroundings: Surroundings,
    /// Nothing is made while there are any.
    pub problems: Vec<Finding>,
    /// Worth knowing; nothing stops for them.
    pub warnings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub what: String,
    pub why: String,
    /// What to do about it.
    pub next: String,
}

/// Looks around and compares.
///
/// # Errors
/// [`KindError`] for a call that failed.
pub async fn preflight(aws: &Aws, config: &StackConfig) -> Result<Preflight, KindError> {
    let surroundings = Surroundings::look(aws, config).await?;
    let mut findings = Findings::default();
    network::check(config, &surroundings, &mut findings);
    instance::check(config, &surroundings, &mut findings);
    source::check(config, &surroundings, &mut findings);
    destination::check(config, &aws.names.region, &surroundings, &mut findings);
    Ok(Preflight { surroundings, problems: findings.problems, warnings: findings.warnings })
}

#[derive(Default)]
struct Findings {
    problems: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Findings {
    fn problem(
        &mut self,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.problems.push(Finding { what: what.into(), why: why.into(), next: next.into() });
    }

    fn warning(
        &mut self,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.warnings.push(Finding { what: what.into(), why: why.into(), next: next.into() });
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.why, self.next)
    }
}

/// One line for each finding.
#[cfg(test)]
fn lines(check: impl FnOnce(&mut Findings)) -> String {
    let mut findings = Findings::default();
    check(&mut findings);
    let problems = findings.problems.iter().map(|finding| format!("! {finding}"));
    let warnings = findings.warnings.iter().map(|finding| format!("? {finding}"));
    problems.chain(warnings).collect::<Vec<_>>().join("\n")
}
