//! Asks `start-execution` for the execution of one sync, and waits for it where it starts later.

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use chrono::{DateTime, Utc};
use domain::arn::ExecutionArn;
use domain::function::FunctionName;
use domain::records::keys;
use domain::records::start::StartRecord;
use domain::request::StartRequest;
use start_execution::StartOutcome as Outcome;
use tokio::time::{Instant, sleep};

use crate::hint::WithHint;
use crate::invoke;
use crate::sync_view::SyncView;
use crate::ui::output;

/// The extra wait after a delayed start, because clocks differ.
const START_MARGIN: Duration = Duration::from_secs(5);
/// The interval at which the record of a start that waits for its turn is read.
const PAUSE_ON_AWS: Duration = Duration::from_secs(10);
const PAUSE_LOCALLY: Duration = Duration::from_millis(500);
/// The longest wait of a start for its turn: after a day `start-execution` gives it up.
const TURN_TIMEOUT: Duration = Duration::from_secs(25 * 60 * 60);

/// One start of one sync.
pub(super) struct StartRun<'a> {
    pub view: &'a SyncView,
    pub request: &'a StartRequest,
    /// The beginning of each line of progress.
    pub label: &'a str,
}

impl StartRun<'_> {
    pub(super) async fn ask_once(&self) -> Result<Outcome> {
        let (context, function) = (&self.view.context, FunctionName::StartExecution);
        Ok(invoke::invoke_function(context, function, self.request).await?)
    }

    /// Asks again after each delay, and waits for the turn of the execution.
    pub(super) async fn await_execution(&self) -> Result<ExecutionArn> {
        loop {
            let outcome = self.ask_once().await?;
            let until = match &outcome {
                Outcome::Held { until, .. } => *until,
                Outcome::Waiting { .. } => return self.await_turn().await,
                outcome => return started_execution(outcome),
            };
            self.print_line(delay_text(until, Utc::now()).trim_end());
            sleep((until - Utc::now()).to_std().unwrap_or_default() + START_MARGIN).await;
        }
    }

    /// Reads the record of the slot until it says what became of it.
    async fn await_turn(&self) -> Result<ExecutionArn> {
        self.print_line("waiting for its turn …");
        let context = &self.view.context;
        let pause = if context.local { PAUSE_LOCALLY } else { PAUSE_ON_AWS };
        let key = keys::start_record(&self.view.name().slot(&self.request.slot));
        let begun = Instant::now();
        while begun.elapsed() < TURN_TIMEOUT {
            let record: Option<StartRecord> = context.records.read(&key).await?;
            if let Some(record) = record.filter(StartRecord::is_finished) {
                return execution_of_record(&record);
            }
            sleep(pause).await;
        }
        bail!(
            "`{key}` does not say within {} hours what became of the start",
            TURN_TIMEOUT.as_secs() / 3600
        )
    }

    fn print_line(&self, line: &str) {
        output::print_progress(format!("{}{line}", self.label));
    }
}

/// Returns the reason for the delay and the remaining time.
fn delay_text(until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = ((until - now).num_seconds().max(0) as u64).div_ceil(60);
    format!(
        "The execution starts at {}, in {minutes} min: S3 needs up to 15 minutes until the \
            versioning of a new bucket is effective.\n",
        until.format("%H:%M UTC")
    )
}

/// Returns the text of an outcome that leads to an execution, now or later.
///
/// # Errors
/// When nothing is started.
pub(super) fn outcome_text(outcome: &Outcome, now: DateTime<Utc>) -> Result<String> {
    match outcome {
        Outcome::Held { until, .. } => Ok(delay_text(*until, now)),
        Outcome::Waiting { slot, .. } => Ok(format!(
            "The start `{slot}` waits for its turn; `efs-s3 status` shows the executions that run \
                now.\n"
        )),
        outcome => Ok(format!("started {}\n", started_execution(outcome)?.id())),
    }
}

fn started_execution(outcome: &Outcome) -> Result<ExecutionArn> {
    if let Outcome::Started { execution, .. } | Outcome::AlreadyStarted { execution, .. } = outcome
    {
        return Ok(execution.clone());
    }
    refuse_start(&why_not_started(outcome))
}

fn execution_of_record(record: &StartRecord) -> Result<ExecutionArn> {
    match (&record.execution, &record.unavailable) {
        (Some(execution), _) => Ok(execution.clone()),
        (None, Some(reason)) => refuse_start(reason),
        (None, None) if record.skipped => refuse_start("another execution is running"),
        (None, None) => refuse_start("its turn did not come"),
    }
}

fn refuse_start(reason: &str) -> Result<ExecutionArn> {
    Err(anyhow!("nothing was started: {reason}")).with_hint(
        "see `efs-s3 status`; `--when-busy queue` starts after the current execution, \
            `--when-busy adopt` follows it",
    )
}

fn why_not_started(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Skipped { running: Some(running), .. } => format!("{} is running", running.id()),
        Outcome::Skipped { running: None, .. } => "the task is busy".to_owned(),
        Outcome::InProgress { slot, .. } => {
            format!("another request has claimed the slot `{slot}`")
        }
        _ => "start-execution returned an unexpected outcome".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delayed_start_is_shown_with_its_time_and_reason() {
        let until = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        insta::assert_snapshot!(delay_text(until, until - chrono::TimeDelta::seconds(61)),
            @r"
            The execution starts at 22:13 UTC, in 2 min: S3 needs up to 15 minutes until the versioning of a new bucket is effective.
            ");
        assert!(delay_text(until, until + chrono::TimeDelta::seconds(1)).contains(", in 0 min"));
    }

    #[test]
    fn the_record_of_a_start_that_waited_has_an_execution_or_a_reason() {
        let task = "arn:aws:datasync:eu-central-1:111122223333:task/task-0806c70094b09457b";
        let execution = ExecutionArn::parse(&format!("{task}/execution/exec-0fcddf3728817690d"));
        let claim = || StartRecord::new_claim("home.manual-1", "request", DateTime::UNIX_EPOCH);
        let started = StartRecord { execution: execution.clone().ok(), ..claim() };
        assert_eq!(execution_of_record(&started).ok(), execution.ok());
        let refused = [
            StartRecord { skipped: true, ..claim() },
            StartRecord { missed: true, ..claim() },
            StartRecord { unavailable: Some("the task is UNAVAILABLE".into()), ..claim() },
        ];
        let reasons = refused.map(|record| execution_of_record(&record).unwrap_err().to_string());
        insta::assert_snapshot!(reasons.join("\n"), @"
        nothing was started: another execution is running
        nothing was started: its turn did not come
        nothing was started: the task is UNAVAILABLE
        ");
    }
}
