//! The preflight: it compares the configuration with the data sources and finds problems before
//! anything is created. Pure, except that [`preflight`] reads the data sources.

mod destination;
mod endpoints;
mod instance;
mod network;
mod source;

use domain::config::{DestinationConfig, ResolvedSync, StackConfig};
use domain::names::Names;
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
    check_syncs(config, &aws.names, &data_sources, &mut findings);
    Ok(Preflight { data_sources, problems: findings.problems, warnings: findings.warnings })
}

/// Checks source and destination of each sync. What several of them have from a section is found
/// once.
fn check_syncs(
    config: &StackConfig,
    names: &Names,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    for sync in config.resolve_syncs() {
        let mut own = PreflightFindings::default();
        source::check_source(&sync.config, data_sources, &mut own);
        destination::check_destination(&sync, names, data_sources, &mut own);
        own.locate(|key| has_own_value(config, &sync, key).then(|| format!("sync.{}", sync.name)));
        findings.add_new(own);
    }
}

/// Whether the sync has another value at the key of a finding than the section.
fn has_own_value(config: &StackConfig, sync: &ResolvedSync, key: &str) -> bool {
    let (ours, theirs) = (&sync.config, config);
    let place = |destination: &DestinationConfig| {
        let DestinationConfig { bucket, region, account, kms_key_arn, .. } = destination.clone();
        (bucket, region, account, kms_key_arn)
    };
    match key.split('.').next() {
        Some("destination") => place(&ours.destination) != place(&theirs.destination),
        Some("file_system") => ours.file_system != theirs.file_system,
        Some("source") => ours.source != theirs.source,
        _ => false,
    }
}

#[derive(Default)]
struct PreflightFindings {
    problems: Vec<PreflightFinding>,
    warnings: Vec<PreflightFinding>,
}

impl PreflightFindings {
    /// Puts the entry before the keys of those findings that it returns one for.
    fn locate(&mut self, entry_of: impl Fn(&str) -> Option<String>) {
        for finding in self.problems.iter_mut().chain(&mut self.warnings) {
            if let Some(entry) = entry_of(&finding.what) {
                finding.what = format!("{entry}.{}", finding.what);
            }
        }
    }

    /// Adds those findings that are not there yet.
    fn add_new(&mut self, other: Self) {
        for (all, new) in
            [(&mut self.problems, other.problems), (&mut self.warnings, other.warnings)]
        {
            for finding in new {
                if !all.contains(&finding) {
                    all.push(finding);
                }
            }
        }
    }

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
