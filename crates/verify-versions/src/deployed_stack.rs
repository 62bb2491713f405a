//! The outputs and the configuration of the stack as it is deployed, and of one of its syncs.

use aws::records_bucket::{RecordsBucket, RecordsError, Retention};
use aws_sdk_s3::types::ObjectLockMode;
use chrono::{DateTime, TimeDelta, Utc};
use domain::arn::{ArnError, ExecutionArn, TaskArn};
use domain::config::StackConfig;
use domain::limits::Limits;
use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::proof::Depth;
use domain::report::{ReportKey, ReportKind};

/// All syncs of the stack.
pub(crate) struct DeployedStack {
    pub(crate) outputs: Outputs,
    /// Absent only in a stack that is being created.
    pub(crate) config: Option<StackConfig>,
}

/// One sync: its own outputs, and the configuration with its sections.
pub(crate) struct SyncScope {
    pub(crate) outputs: Outputs,
    /// Absent in a stack that is being created, and of a sync that is about to be removed.
    pub(crate) config: Option<StackConfig>,
}

impl DeployedStack {
    /// Reads both documents; `None` when the stack has no outputs yet.
    pub(crate) async fn read(records: &RecordsBucket) -> Result<Option<Self>, RecordsError> {
        let Some(outputs) = records.read(keys::OUTPUTS).await? else { return Ok(None) };
        Ok(Some(Self { outputs, config: records.read(keys::CONFIG).await? }))
    }

    /// The sync of a task; `None` if no sync has it.
    pub(crate) fn sync_of_task(&self, task: &TaskArn) -> Option<SyncScope> {
        self.outputs.of_task(task).map(|outputs| self.view_sync(outputs))
    }

    pub(crate) fn each_sync(&self) -> impl Iterator<Item = SyncScope> {
        self.outputs.each_sync().map(|outputs| self.view_sync(outputs))
    }

    fn view_sync(&self, outputs: &Outputs) -> SyncScope {
        let config = self.config.as_ref().and_then(|config| config.of_sync(&outputs.sync));
        SyncScope { outputs: outputs.clone(), config }
    }

    /// The retention of proofs and their lists, as configured.
    pub(crate) fn proof_retention(&self, now: DateTime<Utc>) -> Option<Retention> {
        let config = &self.config.as_ref()?.proof;
        let until = now.checked_add_signed(TimeDelta::days(config.object_lock_days?.into()))?;
        let mode = ObjectLockMode::from(config.object_lock_mode.as_str());
        Some(Retention { prefix: keys::PROOFS_PREFIX, mode, until })
    }

    /// The execution whose summary report is at `key` of the records bucket; `None` for any other
    /// object, and for a report of a task that no sync has.
    pub(crate) fn execution_of_report(&self, key: &str) -> Result<Option<ExecutionArn>, ArnError> {
        let report = ReportKey::parse(key)
            .filter(|_| key.starts_with(keys::SUMMARY_REPORTS_PREFIX))
            .filter(|report| report.kind == ReportKind::Summary);
        let Some(report) = report else { return Ok(None) };
        let of_report = |outputs: &&Outputs| outputs.task_arn.id() == report.task_id;
        let sync = self.outputs.each_sync().find(of_report);
        sync.map(|sync| sync.task_arn.execution(&report.execution_id)).transpose()
    }
}

impl SyncScope {
    pub(crate) fn proof_depth(&self) -> Depth {
        self.config.as_ref().map(|config| config.proof.depth).unwrap_or_default()
    }

    pub(crate) fn limits(&self) -> Limits {
        self.config
            .as_ref()
            .map_or_else(Limits::default, |config| Limits::from_config(&config.limits))
    }

    pub(crate) fn storage_class(&self) -> Option<&'static str> {
        self.config.as_ref().map(|config| config.destination.storage_class.as_s3_str())
    }
}
