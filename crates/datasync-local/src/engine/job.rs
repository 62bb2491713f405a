//! What one execution works on, gathered before it starts.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_s3::Client;
use tokio::sync::Semaphore;

use super::failure::Failure;
use super::filter::Filters;
use super::live::Live;
use super::settings::Settings;
use crate::app::App;
use crate::report::Spool;
use crate::state::{Account, Execution, LocationKind, ObjectVersionIds, Place, Task};

/// Memory for file contents on their way, in KiB: it bounds what concurrent uploads hold at once.
const CONTENT_BUDGET_KIB: usize = 64 * 1024;

/// Source, destination, filters and options of one execution.
#[derive(Debug)]
pub struct Job {
    pub(super) source: PathBuf,
    pub(super) s3: Client,
    pub(super) bucket: String,
    /// Empty, or ending in a slash.
    pub(super) prefix: String,
    pub(super) storage_class: String,
    pub(super) settings: Settings,
    pub(super) filters: Filters,
    pub(super) version_ids: bool,
}

/// A running job with what it reports to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) job: Job,
    pub(super) live: Arc<Live>,
    pub(super) spool: Arc<Spool>,
    pub(super) content_kib: Arc<Semaphore>,
}

impl Job {
    /// # Errors
    /// [`Failure`] when a location is gone or a filter does not hold.
    pub fn new(
        app: &App,
        place: &Place,
        account: &Account,
        task: &Task,
        execution: &Execution,
    ) -> Result<Self, Failure> {
        let location = |arn: &str| account.location(arn).map(|location| &location.kind);
        let locations = (location(&task.source_location_arn), location(&task.destination_location_arn));
        let (Some(LocationKind::Efs(efs)), Some(LocationKind::S3(s3))) = locations else {
            let detail = "Task execution failed: only EFS to S3 is supported locally.".to_owned();
            return Err(Failure { code: "LocationUnsupported", detail });
        };
        let filters = Filters::new(&execution.includes, &execution.excludes)
            .map_err(|error| Failure { code: "InvalidFilter", detail: error.to_string() })?;
        let ids = execution.task_report_config.as_ref().and_then(|config| config.object_version_ids);
        Ok(Self {
            source: app.efs_root.join(efs.file_system_id()).join(efs.subdirectory.trim_matches('/')),
            s3: app.clients.of(place).s3,
            bucket: s3.bucket().to_owned(),
            prefix: s3.prefix(),
            storage_class: s3.storage_class.clone(),
            settings: Settings::new(&execution.options),
            filters,
            version_ids: ids == Some(ObjectVersionIds::Include),
        })
    }
}

impl Run {
    pub(super) fn new(job: Job, live: Arc<Live>, spool: Arc<Spool>) -> Self {
        Self { job, live, spool, content_kib: Arc::new(Semaphore::new(CONTENT_BUDGET_KIB)) }
    }
}
