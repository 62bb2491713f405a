//! A running execution: its two sides, its settings, and the parts it reports to.

use std::io;
use std::sync::Arc;

use posix_files::MountedDirectory;

use crate::engine::execution_input::{ExecutionInput, ManifestObject};
use crate::engine::failure::Stop;
use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::memory::ContentMemory;
use crate::engine::metadata_cache::MetadataCache;
use crate::engine::object_head::ObjectHead;
use crate::engine::progress::CopyProgress;
use crate::engine::recorder::ItemRecorder;
use crate::engine::s3_prefix::S3Prefix;
use crate::engine::scan::filter::FilterSet;
use crate::engine::scan::listed_object::ListedObject;
use crate::engine::settings::CopySettings;
use crate::engine::transfer::staging::Staging;
use crate::engine::transfer::upload_journal::UploadJournal;
use crate::engine::tree::DirectoryTree;
use crate::logs::TaskLog;
use crate::report::Spool;

/// The parts of a running execution. A function that needs one part takes that part.
#[derive(Debug)]
pub(crate) struct EngineContext {
    pub(crate) s3: S3Prefix,
    root: MountedDirectory,
    pub(crate) tree: DirectoryTree,
    /// The directory for files that are not complete; `None` in a backup.
    staging: Option<Arc<Staging>>,
    pub(crate) settings: CopySettings,
    pub(crate) filters: FilterSet,
    pub(crate) manifest: Option<ManifestObject>,
    pub(crate) recorder: ItemRecorder,
    pub(crate) cache: MetadataCache,
    pub(crate) memory: ContentMemory,
    pub(crate) uploads: UploadJournal,
}

impl EngineContext {
    /// Opens the directory and the metadata cache, so this may block.
    pub(crate) fn open(
        input: ExecutionInput,
        progress: Arc<CopyProgress>,
        spool: Arc<Spool>,
        log: Arc<TaskLog>,
    ) -> Result<Self, Stop> {
        let failed = |source| Stop::Mount { path: input.root.path(), source };
        let tree = DirectoryTree::open(&input.root).map_err(failed)?;
        let staging = create_staging(&input, &tree).map_err(failed)?;
        let (bucket, prefix) = (input.s3.bucket(), input.s3.prefix());
        Ok(Self {
            cache: MetadataCache::open(input.cache_path, bucket, prefix),
            recorder: ItemRecorder::new(input.settings.clone(), progress, spool, log),
            memory: ContentMemory::new(),
            s3: input.s3,
            root: input.root,
            tree,
            staging,
            settings: input.settings,
            filters: input.filters,
            manifest: input.manifest,
            uploads: input.uploads,
        })
    }

    pub(crate) fn progress(&self) -> &CopyProgress {
        self.recorder.progress()
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.progress().is_cancelled()
    }

    /// An error that ends the execution, once it is cancelled.
    pub(crate) fn stop_if_cancelled(&self) -> Result<(), Stop> {
        if self.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }

    /// An error that ends the work on one item, once the execution is cancelled.
    pub(crate) fn fail_if_cancelled(&self) -> Result<(), ItemError> {
        if self.is_cancelled() { Err(ItemError::Cancelled) } else { Ok(()) }
    }

    /// Waits until the bandwidth limit lets this many bytes pass.
    pub(crate) async fn wait_for_bandwidth(&self, bytes: u64) -> Result<(), ItemError> {
        self.progress().throttle.wait_for_turn(bytes).await;
        self.fail_if_cancelled()
    }

    /// The error of a root directory that cannot be read.
    pub(crate) fn mount_failure(&self, source: io::Error) -> Stop {
        Stop::Mount { path: self.root.path(), source }
    }

    pub(crate) fn staging(&self) -> Result<&Arc<Staging>, ItemError> {
        self.staging.as_ref().ok_or(ItemError::Broken)
    }

    /// Reads the metadata of a listed object, and keeps it for the next execution.
    pub(crate) async fn read_listed_head(
        &self,
        object: &ListedObject,
    ) -> Result<ObjectHead, ItemError> {
        let head = self.s3.find_object(&object.key, object.version_id.as_deref()).await?;
        let head = head.ok_or_else(|| ItemError::S3 {
            operation: "Head Object",
            reason: "it is gone".to_owned(),
        })?;
        if object.version_id.is_none() {
            self.cache.cache(&object.key, &head);
        }
        Ok(head)
    }

    /// Keeps the metadata of an object that was just written from `item`, for the next execution.
    pub(crate) fn cache_written(
        &self,
        key: &str,
        item: &FileItem,
        size: u64,
        etag: Option<&str>,
        version_id: Option<&str>,
    ) {
        let (etag, version_id) = (etag.map(str::to_owned), version_id.map(str::to_owned));
        let posix = self.settings.kept_metadata(&item.posix);
        self.cache.cache(key, &ObjectHead { size, posix, modified: None, version_id, etag });
    }
}

/// Creates the place for incomplete files, which only a restore needs.
fn create_staging(
    input: &ExecutionInput,
    tree: &DirectoryTree,
) -> io::Result<Option<Arc<Staging>>> {
    if !input.settings.is_restore() {
        return Ok(None);
    }
    Ok(Some(Arc::new(Staging::create(tree, &input.execution_id)?)))
}
