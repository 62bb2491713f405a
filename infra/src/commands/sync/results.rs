//! The results of several syncs, for the final table and for JSON. Pure.

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::sync_name::SyncName;
use serde::Serialize;
use start_execution::StartOutcome;

use super::start::outcome_text;
use crate::runs::follow::FollowedExecution;
use crate::runs::recorded::{RecordedRun, runs_table};

/// The response to the start of one sync.
#[derive(Debug, Serialize)]
pub(super) struct StartedSync {
    pub sync: SyncName,
    pub started: Option<StartOutcome>,
    /// The reason for no response.
    pub error: Option<String>,
}

impl StartedSync {
    pub(super) fn new(sync: &SyncName, asked: Result<StartOutcome>) -> Self {
        let (started, error) = split_result(asked);
        Self { sync: sync.clone(), started, error }
    }

    /// Returns the reason why there is and will be no execution.
    pub(super) fn failure(&self, now: DateTime<Utc>) -> Option<String> {
        match &self.started {
            Some(outcome) => outcome_text(outcome, now).err().map(|error| error.to_string()),
            None => Some(self.error.clone().unwrap_or_default()),
        }
    }
}

/// The execution of one sync, to its verdict.
#[derive(Debug, Serialize)]
pub(super) struct FollowedSync {
    pub sync: SyncName,
    pub ended: Option<FollowedExecution>,
    /// The reason why there is no execution, or its end is not known.
    pub error: Option<String>,
}

impl FollowedSync {
    pub(super) fn new(sync: &SyncName, ended: Result<FollowedExecution>) -> Self {
        let (ended, error) = split_result(ended);
        Self { sync: sync.clone(), ended, error }
    }
}

fn split_result<T>(result: Result<T>) -> (Option<T>, Option<String>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(aws::failure::chain(error.as_ref()))),
    }
}

pub(super) fn started_text(started: &[StartedSync], now: DateTime<Utc>) -> String {
    let line = |one: &StartedSync| {
        let text = one.started.as_ref().and_then(|outcome| outcome_text(outcome, now).ok());
        let text = text.or_else(|| one.failure(now)).unwrap_or_default();
        format!("{}: {}\n", one.sync, text.trim_end())
    };
    started.iter().map(line).collect()
}

/// Returns a table of the executions, and a line for each sync without one.
pub(super) fn followed_table(followed: &[FollowedSync], now: DateTime<Utc>) -> Result<String> {
    let ended = followed.iter().filter_map(|one| one.ended.as_ref());
    let runs: Vec<RecordedRun> =
        ended.map(|ended| RecordedRun::new(ended.run.clone(), ended.proof.as_ref())).collect();
    let mut text = if runs.is_empty() { String::new() } else { runs_table(&runs, true, now)? };
    for one in followed {
        if let Some(error) = &one.error {
            text.extend([one.sync.as_str(), ": ", error, "\n"]);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
