//! Reads the state of syncs: rules and tasks in one list each, documents for each sync.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use domain::config::{StackConfig, rate_minutes};
use domain::names::FULL_VERIFICATION_RULE;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::start::{
    FULL_VERIFICATION, SCHEDULED, Sweep, full_verification_time, scheduled_time,
};
use domain::sync_name::SyncName;
use futures::{StreamExt, TryStreamExt, stream};

use super::sync_status::{CurrentExecution, ScheduleOverview, SyncStatus, TaskOverview};
use crate::context::StackContext;
use crate::deploy::control_plane::SCHEDULE;
use crate::runs::current::running_execution;
use crate::runs::health::Freshness;
use crate::runs::last_runs::{LastRuns, read_last_runs};
use crate::runs::next_run::next_run;
use crate::runs::read_runs::{RunFilter, read_newest_runs, sort_runs};
use crate::runs::restores::read_restores;
use crate::runs::rules::{ScheduleRule, read_schedule_rules};
use crate::runs::tasks::{is_idle, read_task_statuses};
use crate::sync_view::sync_argument;

/// The number of executions that are shown of one sync.
const LAST: usize = 10;
/// The number of syncs that are read concurrently.
const CONCURRENCY: usize = 16;
/// The status of a task that DataSync does not list.
const MISSING: &str = "MISSING";

/// A function that returns the time of a slot of a rule.
type TimeOfSlot = fn(&str) -> Option<DateTime<Utc>>;

/// The lists that all syncs share.
pub(super) struct SyncReader<'a> {
    context: &'a StackContext,
    outputs: Option<&'a Outputs>,
    rules: BTreeMap<String, ScheduleRule>,
    tasks: BTreeMap<String, String>,
    now: DateTime<Utc>,
}

impl<'a> SyncReader<'a> {
    pub(super) async fn new(
        context: &'a StackContext,
        outputs: Option<&'a Outputs>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let tasks = match outputs {
            Some(_) => read_task_statuses(context).await?,
            None => BTreeMap::new(),
        };
        Ok(Self { context, outputs, rules: read_schedule_rules(context).await?, tasks, now })
    }

    /// Reads one sync with its latest executions.
    pub(super) async fn read_in_full(&self, sync: &SyncName) -> Result<SyncStatus> {
        let mut status = self.read_state(sync).await?;
        if status.task.is_none() {
            return Ok(status);
        }
        let one = std::slice::from_ref(sync);
        let is_only = self.context.config.sync_names().len() == 1;
        let filter = if is_only { RunFilter::All } else { RunFilter::OfSyncs(one) };
        status.runs = read_newest_runs(&self.context.records, filter, LAST).await?;
        let proven = status.runs.iter().filter(|run| run.sync == *sync && run.is_proven_copy());
        let last_proven = proven.filter_map(|run| run.ended_at).max();
        status.freshness = Some(Freshness::new(last_proven, self.limit_of(sync), self.now));
        status.runs.extend(read_restores(self.context, filter, None, LAST).await?);
        status.runs = sort_runs(std::mem::take(&mut status.runs));
        status.runs.truncate(LAST);
        Ok(status)
    }

    /// Reads several syncs, each with its last execution.
    pub(super) async fn read_rows(&self, syncs: &[SyncName]) -> Result<Vec<SyncStatus>> {
        let limits = syncs.iter().map(|sync| (sync.clone(), self.limit_of(sync))).collect();
        let runs = read_last_runs(&self.context.records, &limits, self.now).await?;
        let rows = stream::iter(syncs).map(async |sync| {
            let status = self.read_state(sync).await?;
            anyhow::Ok(self.add_last_run(status, runs.get(sync)))
        });
        rows.buffered(CONCURRENCY).try_collect().await
    }

    fn add_last_run(&self, mut status: SyncStatus, runs: Option<&LastRuns>) -> SyncStatus {
        if status.task.is_some() {
            let runs = runs.cloned().unwrap_or_default();
            let limit = self.limit_of(&status.sync);
            status.freshness = Some(Freshness::new(runs.proven_at, limit, self.now));
            status.runs = runs.last.into_iter().collect();
        }
        status
    }

    fn limit_of(&self, sync: &SyncName) -> Option<i32> {
        let config: Option<StackConfig> = self.context.config.of_sync(sync);
        config.and_then(|config| config.schedule.fresh_within_hours())
    }

    /// Reads the state of a sync apart from its executions; before the first deploy there are only
    /// its schedules.
    async fn read_state(&self, sync: &SyncName) -> Result<SyncStatus> {
        let of_full = (FULL_VERIFICATION, full_verification_time as TimeOfSlot);
        let status = SyncStatus {
            sync: sync.clone(),
            schedule: self.read_schedule(sync, SCHEDULE, (SCHEDULED, scheduled_time)).await?,
            full_verification: self.read_schedule(sync, FULL_VERIFICATION_RULE, of_full).await?,
            argument: sync_argument(self.context, sync),
            ..SyncStatus::default()
        };
        let Some(outputs) = self.outputs.and_then(|outputs| outputs.of_sync(sync)) else {
            return Ok(status);
        };
        let task = outputs.task_arn.as_str();
        let task_status = self.status_of_task(task);
        let sweep = self.context.records.read::<Sweep>(&keys::sweep(sync)).await?;
        Ok(SyncStatus {
            under_way: self.read_current_execution(task, task_status).await?,
            restore_under_way: self.read_current_restore(outputs).await?,
            task: Some(TaskOverview { arn: task.to_owned(), status: task_status.to_owned() }),
            swept_at: sweep.map(|sweep| sweep.at),
            ..status
        })
    }

    /// Reads a rule that starts executions. `slots` are the prefix of its slots and the function
    /// that returns their time. Returns `None` where there is no such rule.
    async fn read_schedule(
        &self,
        sync: &SyncName,
        rule: &str,
        slots: (&str, TimeOfSlot),
    ) -> Result<Option<ScheduleOverview>> {
        let name = self.context.names().within_stack(&sync.qualify(rule));
        let Some(rule) = self.rules.get(&name) else { return Ok(None) };
        let ScheduleRule { enabled, expression } = rule.clone();
        let last_slot = match enabled && rate_minutes(&expression).is_some() {
            true => self.last_slot_time(sync, slots).await?,
            false => None,
        };
        let next = enabled.then(|| next_run(&expression, last_slot, self.now)).flatten();
        let paused = self.context.records.read(&keys::pause(sync)).await?;
        Ok(Some(ScheduleOverview { expression, enabled, paused, next_run: next }))
    }

    /// Returns the time of the last slot of the rule, from its start record.
    async fn last_slot_time(
        &self,
        sync: &SyncName,
        (begin, slot_time): (&str, TimeOfSlot),
    ) -> Result<Option<DateTime<Utc>>> {
        let prefix = format!("{}{}", keys::STARTS_PREFIX, sync.slot(begin));
        let newest = self.context.records.newest(&prefix, 1).await?;
        let slot = newest
            .first()
            .and_then(|key| key.strip_prefix(keys::STARTS_PREFIX)?.strip_suffix(".json"));
        Ok(slot.and_then(|slot| slot_time(sync.without_sync(slot))))
    }

    /// Reads the current execution of a task. One that is available or missing has none.
    async fn read_current_execution(
        &self,
        task: &str,
        status: &str,
    ) -> Result<Option<CurrentExecution>> {
        if status == MISSING || is_idle(Some(status)) {
            return Ok(None);
        }
        let running = running_execution(self.context, task).await?;
        Ok(running.map(|now| CurrentExecution {
            execution: now.arn.id().to_owned(),
            files_transferred: now.counters.files_transferred,
            files_to_transfer: now.counters.files_to_transfer,
            status: now.status,
        }))
    }

    /// Reads the running restore of a sync.
    async fn read_current_restore(&self, outputs: &Outputs) -> Result<Option<CurrentExecution>> {
        let Some(restore) = &outputs.restore else { return Ok(None) };
        let task = restore.task_arn.as_str();
        self.read_current_execution(task, self.status_of_task(task)).await
    }

    fn status_of_task(&self, task: &str) -> &str {
        self.tasks.get(task).map_or(MISSING, String::as_str)
    }
}
