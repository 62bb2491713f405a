//! The input of one execution, gathered before it starts.

use std::path::PathBuf;

use domain::arn::bucket_name;
use posix_files::MountedDirectory;

use crate::app::DataSyncApp;
use crate::engine::failure::ExecutionFailure;
use crate::engine::s3_prefix::S3Prefix;
use crate::engine::scan::filter::FilterSet;
use crate::engine::settings::{CopyDirection, CopySettings};
use crate::engine::task_locations::TaskLocations;
use crate::engine::transfer::upload_journal::UploadJournal;
use crate::state::{
    AccountRegion, ObjectVersionIds, S3Location, S3ManifestConfig, StoredTask, TaskExecution,
};

/// The two locations, filters and options of one execution.
#[derive(Debug)]
pub struct ExecutionInput {
    /// The directory's side.
    pub(crate) root: MountedDirectory,
    pub(crate) s3: S3Prefix,
    pub(crate) settings: CopySettings,
    pub(crate) filters: FilterSet,
    pub(crate) manifest: Option<ManifestObject>,
    pub(crate) execution_id: String,
    pub(crate) uploads: UploadJournal,
    /// The file of the task's metadata cache.
    pub(crate) cache_path: PathBuf,
}

/// The object that a manifest is read from, with a client of the role that may read it.
#[derive(Clone, Debug)]
pub(crate) struct ManifestObject {
    pub(crate) client: aws_sdk_s3::Client,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version_id: Option<String>,
}

impl ExecutionInput {
    /// Gathers the input; `root` is the directory that a mount of the EFS location gives.
    ///
    /// # Errors
    /// [`ExecutionFailure`] when a filter is invalid.
    pub fn new(
        app: &DataSyncApp,
        account_region: &AccountRegion,
        (execution, task): (&TaskExecution, &StoredTask),
        locations: &TaskLocations,
        root: MountedDirectory,
    ) -> Result<Self, ExecutionFailure> {
        let (location, s3_region) = (&locations.s3, &locations.s3_region);
        let role = &location.config.bucket_access_role_arn;
        let client = app.clients.s3_of_role(s3_region, role);
        let manifest = execution.manifest_config.as_ref().and_then(|config| config.s3_source());
        Ok(Self {
            root,
            s3: S3Prefix::new(client, location),
            settings: settings_of(locations.direction, location, execution),
            filters: filters_of(execution)?,
            manifest: manifest.map(|config| ManifestObject::new(app, account_region, config)),
            execution_id: execution.id().to_owned(),
            uploads: UploadJournal::new(&app.uploads, s3_region, role, execution.id()),
            cache_path: app.metadata_cache_path(account_region, task.id()),
        })
    }
}

fn filters_of(execution: &TaskExecution) -> Result<FilterSet, ExecutionFailure> {
    FilterSet::new(&execution.includes, &execution.excludes)
        .map_err(|error| ExecutionFailure { code: "InvalidFilter", detail: error.to_string() })
}

fn settings_of(
    direction: CopyDirection,
    location: &S3Location,
    execution: &TaskExecution,
) -> CopySettings {
    let report = execution.task_report_config.as_ref();
    let version_ids = report.and_then(|config| config.object_version_ids);
    let mut settings = CopySettings::new(direction, &location.storage_class, &execution.options);
    settings.report_version_ids = version_ids == Some(ObjectVersionIds::Include);
    if direction == CopyDirection::Backup || rustix::process::geteuid().is_root() {
        return settings;
    }
    tracing::warn!(
        "{}: owners and groups are not restored, which only the super-user can",
        execution.arn
    );
    settings.without_ownership()
}

impl ManifestObject {
    fn new(app: &DataSyncApp, account_region: &AccountRegion, config: &S3ManifestConfig) -> Self {
        Self {
            client: app.clients.s3_of_role(account_region, &config.bucket_access_role_arn),
            bucket: bucket_name(&config.s3_bucket_arn).to_owned(),
            key: config.manifest_object_path.trim_start_matches('/').to_owned(),
            version_id: config.manifest_object_version_id.clone(),
        }
    }
}
