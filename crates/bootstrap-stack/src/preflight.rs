//! The preflight: it compares the configuration with the data sources and finds problems before
//! anything is created. Pure, except that [`preflight`] reads the data sources.

mod destination;
mod endpoints;
mod instance;
mod network;
mod source;

use domain::config::StackConfig;
use reconciler::Aws;
use reconciler::KindError;
use serde::{Deserialize, Serialize};

use crate::data_sources::DataSources;

/// The data sources, and the problems in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    pub data_sources: DataSources,
    /// Nothing is created while there are any.
    pub problems: Vec<PreflightFinding>,
    /// Warnings prevent nothing.
    pub warnings: Vec<PreflightFinding>,
}

/// One problem or warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreflightFinding {
    pub what: String,
    pub why: String,
    /// The correction.
    pub next: String,
}

/// Reads the data sources and compares the configuration with them.
///
/// # Errors
/// [`KindError`] for a call that failed.
pub async fn preflight(aws: &Aws, config: &StackConfig) -> Result<Preflight, KindError> {
    let data_sources = DataSources::read(aws, config).await?;
    let mut findings = PreflightFindings::default();
    network::check_network(config, &data_sources, &mut findings);
    instance::check_instance(config, &data_sources, &mut findings);
    endpoints::check_endpoints(config, &aws.names, &data_sources, &mut findings);
    source::check_source(config, &data_sources, &mut findings);
    destination::check_destination(config, &aws.names.region, &data_sources, &mut findings);
    Ok(Preflight { data_sources, problems: findings.problems, warnings: findings.warnings })
}

#[derive(Default)]
struct PreflightFindings {
    problems: Vec<PreflightFinding>,
    warnings: Vec<PreflightFinding>,
}

impl PreflightFindings {
    fn add_problem(
        &mut self,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.problems.push(PreflightFinding {
            what: what.into(),
            why: why.into(),
            next: next.into(),
        });
    }

    fn add_warning(
        &mut self,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) {
        self.warnings.push(PreflightFinding {
            what: what.into(),
            why: why.into(),
            next: next.into(),
        });
    }
}

impl std::fmt::Display for PreflightFinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.why, self.next)
    }
}

/// One line for each finding.
#[cfg(test)]
fn finding_lines(check: impl FnOnce(&mut PreflightFindings)) -> String {
    let mut findings = PreflightFindings::default();
    check(&mut findings);
    let problems = findings.problems.iter().map(|finding| format!("! {finding}"));
    let warnings = findings.warnings.iter().map(|finding| format!("? {finding}"));
    problems.chain(warnings).collect::<Vec<_>>().join("\n")
}
