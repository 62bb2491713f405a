//! What one execution works on, gathered before it starts.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_s3::Client;
use posix_files::MountedDirectory;
use tokio::sync::Semaphore;

use super::buffers::Buffers;
use super::failure::Failure;
use super::filter::Filters;
use super::ledger::Ledger;
use super::live::Live;
use super::settings::Settings;
use super::staging::Staging;
use super::tree::Tree;
use super::upload_journal::UploadJournal;
use domain::arn::bucket_name;

use crate::app::App;
use crate::logs::TaskLog;
use crate::report::Spool;
use crate::state::{
    Account, EfsLocation, Execution, LocationKind, ObjectVersionIds, Place, S3Location,
    S3ManifestConfig, Task,
};

/// Memory for file contents on their way, in KiB: it bounds what concurrent uploads hold at once.
pub(super) const CONTENT_BUDGET_KIB: u32 = 32 * 1024;

/// Which side is the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Directory to bucket.
    Backup,
    /// Bucket to directory.
    Restore,
}

/// The two locations, filters and options of one execution.
#[derive(Debug)]
pub struct Job {
    pub(super) direction: Direction,
    /// The directory's side.
    pub(super) root: MountedDirectory,
    pub(super) s3: Client,
    pub(super) bucket: String,
    /// Empty, or ending in a slash.
    pub(super) prefix: String,
    pub(super) storage_class: String,
    pub(super) settings: Settings,
    pub(super) filters: Filters,
    pub(super) manifest: Option<ManifestPlace>,
    pub(super) version_ids: bool,
    pub(super) execution_id: String,
    pub(super) uploads: UploadJournal,
    ledger: PathBuf,
}

/// Where a manifest lies.
#[derive(Clone, Debug)]
pub(super) struct ManifestPlace {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version_id: Option<String>,
}

/// A running job with what it reports to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) job: Job,
    pub(super) tree: Tree,
    /// Where files are written before they are put in their place; `None` when the directory is the
    /// source.
    pub(super) staging: Option<Arc<Staging>>,
    pub(super) live: Arc<Live>,
    pub(super) spool: Arc<Spool>,
    pub(super) log: Arc<TaskLog>,
    pub(super) ledger: Ledger,
    pub(super) content_kib: Arc<Semaphore>,
    /// Of parts.
    pub(super) buffers: Buffers,
}

impl Job {
    /// `root` is the directory that a mount of the EFS location gives.
    ///
    /// # Errors
    /// [`Failure`] when a location is gone or a filter does not hold.
    pub fn new(
        app: &App,
        place: &Place,
        account: &Account,
        task: &Task,
        execution: &Execution,
        root: MountedDirectory,
    ) -> Result<Self, Failure> {
        let (direction, _, s3) = sides(account, task)?;
        let filters = Filters::new(&execution.includes, &execution.excludes)
            .map_err(|error| Failure { code: "InvalidFilter", detail: error.to_string() })?;
        let ids =
            execution.task_report_config.as_ref().and_then(|config| config.object_version_ids);
        Ok(Self {
            direction,
            root,
            s3: app.clients.of(place).s3,
            bucket: s3.bucket().to_owned(),
            prefix: s3.prefix(),
            storage_class: s3.storage_class.clone(),
            settings: settings(direction, execution),
            filters,
            manifest: execution
                .manifest_config
                .as_ref()
                .and_then(|config| config.s3())
                .map(ManifestPlace::new),
            version_ids: ids == Some(ObjectVersionIds::Include),
            execution_id: execution.id().to_owned(),
            uploads: UploadJournal::new(&app.uploads, place, execution.id()),
            ledger: app.ledger_of(place, task.id()),
        })
    }

    pub(super) fn restores(&self) -> bool {
        self.direction == Direction::Restore
    }

    /// What reports call the item of a key: `/a/b`, a directory's without its slash.
    pub(super) fn path_of(&self, key: &str) -> String {
        let relative = key.strip_prefix(&self.prefix).unwrap_or(key);
        format!("/{}", relative.strip_suffix('/').unwrap_or(relative))
    }
}

/// The task's direction with its two locations.
pub(crate) fn sides<'a>(
    account: &'a Account,
    task: &Task,
) -> Result<(Direction, &'a EfsLocation, &'a S3Location), Failure> {
    let kind = |arn: &str| account.location(arn).map(|location| &location.kind);
    match (kind(&task.source_location_arn), kind(&task.destination_location_arn)) {
        (Some(LocationKind::Efs(efs)), Some(LocationKind::S3(s3))) => {
            Ok((Direction::Backup, efs, s3))
        }
        (Some(LocationKind::S3(s3)), Some(LocationKind::Efs(efs))) => {
            Ok((Direction::Restore, efs, s3))
        }
        _ => {
            let detail =
                "Task execution failed: a location is gone, or the pair is not supported locally."
                    .to_owned();
            Err(Failure { code: "LocationUnsupported", detail })
        }
    }
}

fn settings(direction: Direction, execution: &Execution) -> Settings {
    let settings = Settings::new(&execution.options);
    if direction == Direction::Backup || rustix::process::geteuid().is_root() {
        return settings;
    }
    tracing::warn!(
        "{}: owners and groups are not restored, which only the super-user can",
        execution.arn
    );
    settings.without_ownership()
}

impl ManifestPlace {
    fn new(config: &S3ManifestConfig) -> Self {
        Self {
            bucket: bucket_name(&config.s3_bucket_arn).to_owned(),
            key: config.manifest_object_path.trim_start_matches('/').to_owned(),
            version_id: config.manifest_object_version_id.clone(),
        }
    }
}

impl Run {
    /// Opens the ledger, so this may block.
    pub(super) fn new(
        job: Job,
        tree: Tree,
        staging: Option<Arc<Staging>>,
        live: Arc<Live>,
        spool: Arc<Spool>,
        log: Arc<TaskLog>,
    ) -> Self {
        let content_kib = Arc::new(Semaphore::new(CONTENT_BUDGET_KIB as usize));
        let ledger = Ledger::open(job.ledger.clone(), &job.bucket, &job.prefix);
        Self {
            job,
            tree,
            staging,
            live,
            spool,
            log,
            ledger,
            content_kib,
            buffers: Buffers::default(),
        }
    }
}
